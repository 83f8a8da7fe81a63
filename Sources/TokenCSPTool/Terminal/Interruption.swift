import Glibc
import Synchronization

/// Control-C and its relatives while there is something to clear away first: the work ends at its next step.
enum Interruption {
    private static let seen = Atomic<Bool>(false)

    /// From now on the signals are noted.
    static func watch() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in Interruption.seen.store(true, ordering: .relaxed) }
        }
    }

    static var happened: Bool { seen.load(ordering: .relaxed) }
}
