internal import CPKCS11
internal import Glibc
internal import Synchronization

/// The open sessions of one token: an anchor that stays (login and session objects die with the last session), and idle
/// ones to borrow. Sessions stay open: opening and closing costs more than an operation.
///
/// An idle session is borrowed and given back without a lock; the lock is for opening.
final class SessionPool: Sendable {
    private struct State {
        var anchor: SessionConnection?
        /// Sessions to lend that are open or about to be: those that are not idle are at work.
        var members = 0
    }

    private let idle = IdleSessions()
    private let state = Lock(State())
    /// Counts the resets: sessions of before are closed when they come back.
    private let era = Atomic<UInt>(0)
    /// Held while the anchor is opened: two at once would take two of a token's few sessions.
    private let anchoring = Lock(())

    /// The session that stays, once one was opened in this process.
    var standing: SessionConnection? {
        state.withLock { $0.anchor }.flatMap { $0.generation == ForkGeneration.current ? $0 : nil }
    }

    /// A session, with a reference that is to be given back.
    func borrow(_ slot: Slot) throws(PKCS11Error) -> Unmanaged<SessionConnection> {
        if let session = takeIdle() { return session }
        return try open(slot)
    }

    private func takeIdle() -> Unmanaged<SessionConnection>? {
        while let session = idle.take() {
            if session._withUnsafeGuaranteedRef({ self.isCurrent($0) }) { return session }
            session.release()
        }
        return nil
    }

    /// Whether the session is this process's, and of no time before a reset.
    private func isCurrent(_ session: SessionConnection) -> Bool {
        session.generation == ForkGeneration.current && session.era == era.load(ordering: .acquiring)
    }

    private func open(_ slot: Slot) throws(PKCS11Error) -> Unmanaged<SessionConnection> {
        try slot.module.enterProcess()
        try openAnchor(slot)
        // A token with few sessions (YubiKeys have 16): wait for one to come back, 30 s at most.
        for _ in 0..<15_000 {
            let wasBusy = state.withLock { state in
                defer { state.members += 1 }
                return state.members > idle.count
            }
            do throws(PKCS11Error) {
                return .passRetained(try SessionConnection(slot, era: era.load(ordering: .acquiring)))
            } catch {
                state.withLock { $0.members = max(0, $0.members - 1) }
                guard error.returnValue == .sessionCount else { throw error }
                // One may have come back since.
                if let session = takeIdle() { return session }
                guard wasBusy || state.withLock({ $0.members > idle.count }) else { throw error }
            }
            usleep(2000)
        }
        throw .returned(.sessionCount, "C_OpenSession", "the token's sessions are all in use")
    }

    private func openAnchor(_ slot: Slot) throws(PKCS11Error) {
        try anchoring.withLock { _ throws(PKCS11Error) in
            let isThere = state.withLock { state in
                guard let anchor = state.anchor, isCurrent(anchor) else {
                    // A parent's, or of before a reset.
                    state = State()
                    return false
                }
                return true
            }
            guard !isThere else { return }
            let session = try SessionConnection(slot, era: era.load(ordering: .acquiring))
            state.withLock { $0.anchor = session }
        }
    }

    /// Takes a session back; one that saw an unexpected error is closed instead of lent again.
    func giveBack(_ session: Unmanaged<SessionConnection>, isSound: Bool) {
        let isCurrent = session._withUnsafeGuaranteedRef { self.isCurrent($0) }
        if isSound, isCurrent, idle.put(session) { return }
        if isCurrent { state.withLock { $0.members = max(0, $0.members - 1) } }
        session.release()
    }

    /// Forgets every session: the token went away, or was made anew.
    func reset() {
        era.wrappingAdd(1, ordering: .acquiringAndReleasing)
        let old = state.withLock { state -> State in
            defer { state = State() }
            return state
        }
        while let session = idle.take() { session.release() }
        withExtendedLifetime(old) {}
    }
}
