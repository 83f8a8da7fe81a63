import Glibc

/// The terminal that controls this process, whatever standard input and output are: /dev/tty.
struct Terminal: ~Copyable {
    private let descriptor: Int32

    /// Nil where there is none to ask on: no controlling terminal, or a job in the background, which would only be
    /// stopped (SIGTTIN, SIGTTOU).
    init?() {
        let opened = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        guard tcgetpgrp(opened) == getpgrp() else {
            close(opened)
            return nil
        }
        descriptor = opened
    }

    deinit {
        close(descriptor)
    }

    func write(_ text: String) {
        _ = writeAll(Array(text.utf8), to: descriptor)
    }

    /// One line without its end; nil at the end of input. The caller wipes it where it is a secret.
    ///
    /// - Parameter limit: The longest line that is kept; what follows is read and dropped, and the line is then
    ///   `limit + 1` bytes long so that the caller can tell.
    func readLine(limit: Int) -> [UInt8]? {
        var line: [UInt8] = []
        // No growth, so that no copy of a secret stays behind in freed memory.
        line.reserveCapacity(limit + 1)
        var byte: UInt8 = 0
        while true {
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return line.isEmpty ? nil : line }
            if byte == UInt8(ascii: "\n") { return line }
            if line.count <= limit { line.append(byte) }
            byte = 0
        }
    }

    /// Runs `body` with the echo switched off. It is on again afterwards, also where a signal ends the process.
    ///
    /// Nil where the terminal cannot be set.
    func withoutEcho<Result>(_ body: () -> Result) -> Result? {
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else { return nil }
        let armed = EchoGuard.arm(descriptor: descriptor, settings: settings)
        defer { EchoGuard.disarm(armed) }
        settings.c_lflag &= ~tcflag_t(ECHO)
        settings.c_lflag |= tcflag_t(ECHONL)
        guard tcsetattr(descriptor, TCSAFLUSH, &settings) == 0 else { return nil }
        return body()
    }
}

/// Restores a terminal's settings when a signal ends the process in the middle of a prompt.
///
/// A signal handler can capture nothing and must not touch a Swift `var` (exclusivity checks), so what it needs lies
/// behind two constant pointers. `tcsetattr`, `signal` and `raise` are async-signal-safe.
private enum EchoGuard {
    private static nonisolated(unsafe) let saved = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    private static nonisolated(unsafe) let terminal = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    /// Answers the signals that have a handler now: what nohup or a parent has switched off stays off.
    static func arm(descriptor: Int32, settings: termios) -> [Int32] {
        saved.initialize(to: settings)
        terminal.initialize(to: descriptor)
        let ignored = unsafeBitCast(SIG_IGN, to: Int.self)
        return [SIGINT, SIGTERM, SIGHUP, SIGQUIT].filter { number in
            let previous = signal(number) { number in
                tcsetattr(EchoGuard.terminal.pointee, TCSANOW, EchoGuard.saved)
                signal(number, SIG_DFL)
                raise(number)
            }
            guard unsafeBitCast(previous, to: Int.self) == ignored else { return true }
            signal(number, SIG_IGN)
            return false
        }
    }

    static func disarm(_ signals: [Int32]) {
        tcsetattr(terminal.pointee, TCSAFLUSH, saved)
        for number in signals { signal(number, SIG_DFL) }
    }
}
