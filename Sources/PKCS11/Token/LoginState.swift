internal import Synchronization

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
    /// The number of the login that stands, 0 for none: what of `known` is asked at each use, without the lock.
    private let standing = Atomic<UInt>(0)
    /// No two logins of this process have a number in common, whatever their tokens.
    private static let logins = Atomic<UInt>(0)
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

    /// The number of the login that stands in this process; 0 where none does. In its last bits is the fork that it
    /// belongs to: a child has its parent's memory and not its login.
    var number: UInt {
        let number = standing.load(ordering: .acquiring)
        return number & Self.forkMask == ForkGeneration.current & Self.forkMask ? number : 0
    }

    private static let forkMask: UInt = 0xFFFF

    /// - Parameter accepted: nil where nobody here knows which PIN it was.
    func logIn(accepted: PINDigest?, isByPad: Bool) {
        known.withLock { known in
            known.isLoggedIn = true
            known.isByPad = isByPad
            known.generation = ForkGeneration.current
            known.accepted = accepted
            renumber()
        }
    }

    /// Under the lock. What was known by the number before has to be found out anew.
    private func renumber() {
        let serial = Self.logins.wrappingAdd(1, ordering: .relaxed).newValue
        standing.store(serial << 16 | ForkGeneration.current & Self.forkMask, ordering: .releasing)
    }

    /// Where the token tells something else of itself than before.
    func forgetNumber() {
        known.withLock { known in
            if known.isLoggedIn, known.generation == ForkGeneration.current { renumber() }
        }
    }

    /// The login is gone, with the sessions; rejected PINs stay known.
    func reset() {
        known.withLock { known in
            standing.store(0, ordering: .releasing)
            known.isLoggedIn = false
            known.isByPad = false
            known.accepted = nil
        }
    }
}
