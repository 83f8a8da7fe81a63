internal import CPKCS11
internal import Glibc

/// The open sessions of one token: an anchor that stays (login and session objects die with the last session), and idle
/// ones to borrow. Sessions stay open: opening and closing costs more than an operation.
final class SessionPool: Sendable {
    private struct State {
        var anchor: SessionConnection?
        var idle: [SessionConnection] = []
        var lent = 0
    }

    private let state = Lock(State())
    /// Held while the anchor is opened: two at once would take two of a token's few sessions.
    private let anchoring = Lock(())
    /// More idle sessions than this are closed when they come back.
    private static let maximumIdle = 64

    /// The session that stays, once one was opened in this process.
    var standing: SessionConnection? {
        state.withLock { $0.anchor }.flatMap { $0.generation == ForkGeneration.current ? $0 : nil }
    }

    func borrow(_ slot: Slot) throws(PKCS11Error) -> SessionConnection {
        let generation = ForkGeneration.current
        let ready = state.withLock { state -> SessionConnection? in
            if let anchor = state.anchor, anchor.generation != generation { state = State() }
            guard state.anchor != nil, let session = state.idle.popLast() else { return nil }
            state.lent += 1
            return session
        }
        return if let ready { ready } else { try open(slot) }
    }

    private func open(_ slot: Slot) throws(PKCS11Error) -> SessionConnection {
        try slot.module.enterProcess()
        try openAnchor(slot)
        // A token with few sessions (YubiKeys have 16): wait for one to come back, 30 s at most.
        for _ in 0..<15_000 {
            let wasBusy = state.withLock { state in
                defer { state.lent += 1 }
                return state.lent > 0
            }
            do throws(PKCS11Error) {
                return try SessionConnection(slot)
            } catch {
                let isFull = error.returnValue == .sessionCount
                let (idle, isBusy) = state.withLock { state -> (SessionConnection?, Bool) in
                    // One may have come back since.
                    if isFull, let session = state.idle.popLast() { return (session, true) }
                    state.lent = max(0, state.lent - 1)
                    return (nil, state.lent > 0)
                }
                if let idle { return idle }
                guard isFull, wasBusy || isBusy else { throw error }
            }
            usleep(2000)
        }
        throw .returned(.sessionCount, "C_OpenSession", "the token's sessions are all in use")
    }

    private func openAnchor(_ slot: Slot) throws(PKCS11Error) {
        try anchoring.withLock { _ throws(PKCS11Error) in
            guard state.withLock({ $0.anchor == nil }) else { return }
            let session = try SessionConnection(slot)
            state.withLock { $0.anchor = session }
        }
    }

    /// Takes a session back; one that saw an unexpected error is closed instead of lent again.
    func giveBack(_ session: SessionConnection, isSound: Bool) {
        state.withLock { state in
            state.lent = max(0, state.lent - 1)
            if isSound, session.generation == state.anchor?.generation, state.idle.count < Self.maximumIdle {
                state.idle.append(session)
            }
        }
    }

    /// Forgets every session: the token went away, or was made anew.
    func reset() {
        let old = state.withLock { state -> State in
            defer { state = State() }
            return state
        }
        withExtendedLifetime(old) {}
    }
}
