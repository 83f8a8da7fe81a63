import Glibc
import Synchronization

/// The file under way, which goes with the process where a signal ends it.
enum TemporaryFiles {
    // Read by a signal handler: the address of a C string, swapped as a whole; 0 for none.
    private static let current = Atomic<UInt>(0)

    static func add(_ path: String) {
        replace(by: strdup(path))
        for number in [SIGINT, SIGTERM, SIGHUP] {
            var action = sigaction()
            // Ignored by who started us (nohup): stays so.
            guard sigaction(number, nil, &action) == 0, action.__sigaction_handler.sa_handler == nil else { continue }
            signal(number) { number in
                if let path = UnsafePointer<CChar>(bitPattern: TemporaryFiles.current.load(ordering: .acquiring)) {
                    unlink(path)
                }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    static func removeAll() {
        replace(by: nil)
    }

    private static func replace(by path: UnsafeMutablePointer<CChar>?) {
        let old = current.exchange(UInt(bitPattern: path), ordering: .acquiringAndReleasing)
        free(UnsafeMutableRawPointer(bitPattern: old))
    }
}
