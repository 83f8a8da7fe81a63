internal import PKCS11

/// One question at a time about a token, in the whole process.
///
/// Who waits while another thread has the token's login question answered wants that same answer: it is given to all who
/// waited, a refusal too. Consent to one use of a key is never shared.
final class QuestionQueue: Sendable {
    private struct State {
        var waiting = 0
        var answers: UInt = 0
        /// The last answer to a login question, as long as somebody waits who may want it.
        var last: (answer: Result<PIN, CSPError>, asker: ObjectIdentifier?)?
    }

    private let turn = Lock(())
    private let state = Lock(State())

    /// The queue of a token; tokens are shared by the process and never go.
    static func of(_ token: Token) -> QuestionQueue {
        queues.withLock { queues in
            let place = ObjectIdentifier(token)
            if let queue = queues[place] { return queue }
            let queue = QuestionQueue()
            queues[place] = queue
            return queue
        }
    }

    private static let queues = Lock<[ObjectIdentifier: QuestionQueue]>([:])

    /// Runs `work` when it is this thread's turn.
    ///
    /// - Parameter asker: answers are shared among equal ones; nil for who asks as the configuration says.
    /// - Parameter work: gets the answer that a login question got while this thread waited.
    func inTurn<R>(
        _ asker: ObjectIdentifier?, _ work: (Result<PIN, CSPError>?) throws(CSPError) -> R
    ) throws(CSPError) -> R {
        let before = state.withLock { state in
            state.waiting += 1
            return state.answers
        }
        return try turn.withLock { _ throws(CSPError) in
            let answered = state.withLock { state -> Result<PIN, CSPError>? in
                guard state.answers != before, let last = state.last, last.asker == asker else { return nil }
                return last.answer
            }
            defer {
                state.withLock { state in
                    state.waiting -= 1
                    if state.waiting == 0 { state.last = nil }
                }
            }
            return try work(answered)
        }
    }

    /// Tells those who wait what a login question was answered. In turn only.
    func share(_ answer: Result<PIN, CSPError>, _ asker: ObjectIdentifier?) {
        state.withLock { state in
            state.answers += 1
            // The caller itself is one of them.
            state.last = state.waiting > 1 ? (answer, asker) : nil
        }
    }
}
