/// What this process knows of the login on one token.
///
/// The token cannot be asked: C_Login answers CKR_USER_ALREADY_LOGGED_IN for a wrong PIN too.
final class LoginState: Sendable {
    struct Known {
        var isLoggedIn = false
        var generation: UInt = 0
        var accepted: PINDigest?
        var rejected: Set<PINDigest> = []
        var rejectedOfOfficer: Set<PINDigest> = []
    }

    /// Held through a whole C_Login, so that two threads with one PIN make one attempt.
    let attempt = Lock(())
    let known = Lock(Known())

    /// The login is gone, with the sessions; rejected PINs stay known.
    func reset() {
        known.withLock { known in
            known.isLoggedIn = false
            known.accepted = nil
        }
    }
}
