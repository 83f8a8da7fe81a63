internal import Glibc

/// Calls that are made once more because the token answered wrongly while another process, or thread, changed something.
package enum RaceRetry {
    /// Told each time, with what was answered. PKCS11 keeps no log of its own.
    package static let observer = Lock<(@Sendable (PKCS11Error) -> Void)?>(nil)

    /// Calls again, once, what failed for no reason of its own. Nothing that counts attempts or changes the token.
    static func once<R>(_ work: () throws(PKCS11Error) -> R) throws(PKCS11Error) -> R {
        do throws(PKCS11Error) {
            return try work()
        } catch {
            let microseconds: UInt32
            switch error.returnValue {
            // The other process may have been stopped in the middle of its write: let it run, on a busy machine too.
            case .generalError: microseconds = 200_000
            // SoftHSM looks a slot up, without a lock, while another thread has a free slot added.
            case .slotIDInvalid: microseconds = 1000
            default: throw error
            }
            observer.withLock { $0 }?(error)
            usleep(microseconds)
            return try work()
        }
    }
}
