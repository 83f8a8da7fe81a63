internal import Glibc

/// Calls that are made once more because the token answered wrongly while another process changed it.
package enum RaceRetry {
    /// Told each time, with what was answered. PKCS11 keeps no log of its own.
    package static let observer = Lock<(@Sendable (PKCS11Error) -> Void)?>(nil)

    /// Calls again, once, what failed for no reason of its own. Nothing that counts attempts or changes the token.
    static func once<R>(_ work: () throws(PKCS11Error) -> R) throws(PKCS11Error) -> R {
        do throws(PKCS11Error) {
            return try work()
        } catch {
            guard error.returnValue == .generalError else { throw error }
            observer.withLock { $0 }?(error)
            // The other process may have been stopped in the middle of its write: let it run, on a busy machine too.
            usleep(200_000)
            return try work()
        }
    }
}
