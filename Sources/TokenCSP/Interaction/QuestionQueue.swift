internal import Glibc
internal import PKCS11

/// One question at a time about a token, in the whole process.
///
/// Who waits while another thread has the token's login question answered wants that same answer: it is given to all who
/// waited, a refusal too. Consent to one use of a key is never shared.
final class QuestionQueue: Sendable {
    private struct State {
        var waiting = 0
        var answers: UInt = 0
        /// The thread whose turn it is, and whether somebody answers it now.
        var owner: pthread_t?
        var isAsking = false
        /// The last answer to a login question, as long as somebody waits who may want it.
        var last: (answer: Result<PIN, CSPError>, asker: ObjectIdentifier?)?
    }

    private struct Place: Hashable {
        let token: ObjectIdentifier
        /// A child process asks in turns of its own: the thread of its parent that had one is not there.
        let process: pid_t
    }

    private let turn = Lock(())
    private let state = Lock(State())

    /// The queue of a token; tokens are shared by the process and never go.
    static func of(_ token: Token) -> QuestionQueue {
        queues.withLock { queues in
            let place = Place(token: ObjectIdentifier(token), process: getpid())
            if let queue = queues[place] { return queue }
            let queue = QuestionQueue()
            queues[place] = queue
            return queue
        }
    }

    private static let queues = Lock<[Place: QuestionQueue]>([:])

    /// Runs `work` when it is this thread's turn; at once within a turn of its own.
    ///
    /// - Parameter asker: answers are shared among equal ones; nil for who asks as the configuration says.
    /// - Parameter work: gets the answer that a login question got while this thread waited.
    /// - Throws: SCARD_W_CARD_NOT_AUTHENTICATED where the program asks within its own answer to a question.
    func inTurn<R>(
        _ asker: ObjectIdentifier?, _ work: (Result<PIN, CSPError>?) throws(CSPError) -> R
    ) throws(CSPError) -> R {
        let own = state.withLock { state in state.owner == pthread_self() ? (isAsking: state.isAsking, ()) : nil }
        if let own {
            guard !own.isAsking else {
                throw CSPError(
                    .notAuthenticated,
                    "the function that answers a question about this token needs an answer to another: set the PIN there"
                )
            }
            return try work(nil)
        }
        let before = state.withLock { state in
            state.waiting += 1
            return state.answers
        }
        return try turn.withLock { _ throws(CSPError) in
            let answered = state.withLock { state -> Result<PIN, CSPError>? in
                state.owner = pthread_self()
                guard state.answers != before, let last = state.last, last.asker == asker else { return nil }
                return last.answer
            }
            defer {
                state.withLock { state in
                    state.owner = nil
                    state.waiting -= 1
                    if state.waiting == 0 { state.last = nil }
                }
            }
            return try work(answered)
        }
    }

    /// Runs what a person answers. In turn only.
    func asking<R>(_ question: () throws(CSPError) -> R) throws(CSPError) -> R {
        state.withLock { $0.isAsking = true }
        defer { state.withLock { $0.isAsking = false } }
        return try question()
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
