import Foundation
import Testing

/// A pseudo-terminal that becomes this process's controlling terminal, and the person who sits before it. For tests in a
/// process of their own.
final class PseudoTerminal: @unchecked Sendable {
    // Unchecked: what is shown is touched by the person's thread alone.
    private let master: CInt
    private let slave: CInt
    private(set) var shown = ""

    init(isNewSession: Bool = true) {
        precondition(!isNewSession || setsid() >= 0)
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // TIOCSPTLCK and TIOCGPTN: Swift sees neither these macros nor unlockpt and ptsname.
        var isLocked: CInt = 0
        var number: CInt = 0
        precondition(ioctl(master, 0x4004_5431, &isLocked) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
        // The first terminal that a session's leader opens controls it.
        slave = open("/dev/pts/\(number)", O_RDWR | O_CLOEXEC)
        precondition(slave >= 0 && tcgetpgrp(slave) == getpgrp())
    }

    var settings: [UInt32] {
        var settings = termios()
        precondition(tcgetattr(slave, &settings) == 0)
        return [settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag]
    }

    var echoes: Bool { settings[3] & UInt32(ECHO) != 0 }

    func set(_ change: (inout termios) -> Void) {
        var settings = termios()
        precondition(tcgetattr(slave, &settings) == 0)
        change(&settings)
        precondition(tcsetattr(slave, TCSANOW, &settings) == 0)
    }

    /// Waits until `text` is shown behind what was waited for before; then nothing more for a moment.
    func expect(_ text: String) {
        let deadline = ContinuousClock.now + .seconds(10)
        while !shown.contains(text) {
            precondition(ContinuousClock.now < deadline, "'\(text)' is not in: \(shown)")
            read(100)
        }
        shown = String(shown[(shown.range(of: text)?.upperBound ?? shown.endIndex)...])
        usleep(50_000)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        precondition(write(master, bytes, bytes.count) == bytes.count)
    }

    /// What was shown since, after a moment.
    var rest: String {
        read(100)
        return shown
    }

    func hangUp() { close(master) }

    private func read(_ milliseconds: CInt) {
        var wait = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, milliseconds) > 0 else { return }
        var piece = [UInt8](repeating: 0, count: 4096)
        let count = Foundation.read(master, &piece, piece.count)
        if count > 0 { shown += String(decoding: piece[..<count], as: UTF8.self) }
    }

    /// Runs what the person does in a thread of its own, and `body` in this one.
    func with<R>(_ person: @escaping @Sendable (PseudoTerminal) -> Void, _ body: () -> R) -> R {
        let thread = Thread { [self] in
            person(self)
            isDone.signal()
        }
        thread.start()
        let result = body()
        isDone.wait()
        return result
    }

    private let isDone = DispatchSemaphore(value: 0)
}
