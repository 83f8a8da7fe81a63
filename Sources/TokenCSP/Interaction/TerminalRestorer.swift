internal import Glibc
internal import Synchronization

/// Sets the terminal back where another thread ends the process by `exit` while a question is open.
enum TerminalRestorer {
    private static let process = Atomic<pid_t>(0)
    private static nonisolated(unsafe) let saved = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    private static nonisolated(unsafe) let terminal = UnsafeMutablePointer<CInt>.allocate(capacity: 1)

    private static let isRegistered: Bool = {
        atexit {
            // A forked child's exit is none of the question's.
            guard TerminalRestorer.process.load(ordering: .acquiring) == getpid() else { return }
            // In the background it is another job's, and to set it would stop this process.
            _ = TerminalDevice.set(
                TerminalRestorer.terminal.pointee, TerminalRestorer.saved.pointee, flushingAfter: false)
        } == 0
    }()

    static func begin(_ descriptor: CInt, _ settings: termios) {
        _ = isRegistered
        saved.initialize(to: settings)
        terminal.initialize(to: descriptor)
        process.store(getpid(), ordering: .releasing)
    }

    static func end() {
        process.store(0, ordering: .releasing)
    }
}
