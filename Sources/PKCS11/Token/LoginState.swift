/// What this process knows of the login on one token.
///
/// The token cannot be asked: C_Login answers CKR_USER_ALREADY_LOGGED_IN for a wrong PIN too.
final class LoginState: Sendable {
    struct Known {
        var isLoggedIn = false
        /// At the reader's pad: which PIN it was nobody here knows.
        var isByPad = false
        var generation: UInt = 0
        var accepted: PINDigest?
        var rejected: Set<PINDigest> = []
        var rejectedOfOfficer: Set<PINDigest> = []
    }

    private final class Attempt: Sendable {
        let lock = Lock(())
    }

    let known = Lock(Known())
    private let attempt = Lock((generation: UInt(0), attempt: Attempt()))

    /// Runs a whole C_Login, so that two threads with one PIN make one attempt.
    ///
    /// A child process has a turn of its own: a thread of its parent's that had it is not there to give it back.
    func attempting<R>(_ work: () throws(PKCS11Error) -> R) throws(PKCS11Error) -> R {
        let current = attempt.withLock { known in
            if known.generation != ForkGeneration.current { known = (ForkGeneration.current, Attempt()) }
            return known.attempt
        }
        return try current.lock.withLock { _ throws(PKCS11Error) in try work() }
    }

    /// The login is gone, with the sessions; rejected PINs stay known.
    func reset() {
        known.withLock { known in
            known.isLoggedIn = false
            known.isByPad = false
            known.accepted = nil
        }
    }
}
