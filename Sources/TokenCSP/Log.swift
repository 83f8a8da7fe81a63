internal import Glibc
internal import Logging
internal import PKCS11
internal import Synchronization

/// Where details go that a C caller cannot get from GetLastError. A Swift program's LoggingSystem decides on the place;
/// without one it is standard error. The level is `TOKENCSP_LOG` (trace … critical), else `info`.
package enum Log {
    private static let logger: Logger = {
        var logger = Logger(label: "tokencsp")
        guard let value = getenv("TOKENCSP_LOG"), value.pointee != 0 else { return logger }
        if let level = Logger.Level(rawValue: String(cString: value)) {
            logger.logLevel = level
        } else {
            let allowed = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            logger.warning("TOKENCSP_LOG is none of \(allowed); it is ignored")
        }
        return logger
    }()

    /// Says at once, and once, where TOKENCSP_LOG is wrong.
    static func start() { _ = logger }

    /// How often another process changed the token between a search and a read of ours.
    private static let raceRetries = Atomic<Int>(0)

    /// The same for tests and tools of the package.
    package static var raceRetryCount: Int { raceRetries.load(ordering: .relaxed) }

    static func raceRetry(_ message: @autoclosure () -> String) {
        raceRetries.add(1, ordering: .relaxed)
        debug(message())
    }

    /// Hears of the calls that PKCS11 makes once more.
    static func observeRaces() {
        RaceRetry.observer.withLock { observer in
            guard observer == nil else { return }
            observer = { raceRetry("once more after \($0.description): another process changed the token") }
        }
    }

    /// Hears of PIN files that others can read.
    static func observePINSources() {
        PKCS11.PINSource.observer.withLock { observer in
            guard observer == nil else { return }
            observer = { message in logger.warning("\(message)") }
        }
    }

    static func debug(_ message: @autoclosure () -> String) {
        logger.debug("\(message())")
    }

    static func notice(_ message: @autoclosure () -> String) {
        logger.notice("\(message())")
    }

    /// A function of the C library failed. The reason holds no secret.
    package static func failure(_ function: StaticString, _ error: CSPError) {
        logger.debug("\(function.description): \(error.description)")
    }
}
