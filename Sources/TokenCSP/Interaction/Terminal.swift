internal import Glibc

/// The terminal that controls this process, whatever standard input and output are: /dev/tty.
///
/// Who has one has the turn to ask; others wait.
package struct Terminal: ~Copyable {
    let descriptor: CInt

    /// Nil where there is none to ask on: no controlling terminal, or a job in the background, which would only be
    /// stopped (SIGTTIN, SIGTTOU).
    package init?() {
        PromptTurn.begin()
        guard let opened = Self.open() else {
            PromptTurn.end()
            return nil
        }
        descriptor = opened
    }

    deinit {
        close(descriptor)
        PromptTurn.end()
    }

    /// Whether there is one to ask on now.
    static var isThere: Bool {
        guard let opened = open() else { return false }
        close(opened)
        return true
    }

    /// Shows a text without waiting for the turn. False where there is no terminal.
    static func show(_ text: String) -> Bool {
        guard let opened = open() else { return false }
        defer { close(opened) }
        return write(text, to: opened)
    }

    package func write(_ text: String) {
        _ = Self.write(text, to: descriptor)
    }

    // MARK: - Settings

    /// Those of the terminal in whose foreground the process is.
    static var currentSettings: termios? {
        guard let opened = open() else { return nil }
        defer { close(opened) }
        var settings = termios()
        return tcgetattr(opened, &settings) == 0 ? settings : nil
    }

    /// Sets it back after another program.
    static func restore(_ settings: termios) {
        guard let opened = open() else { return }
        defer { close(opened) }
        _ = set(opened, settings, flushingAfter: false)
    }

    var isForeground: Bool { Self.isForeground(descriptor) }

    /// Its settings now.
    func settings() throws(CSPError) -> termios {
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else {
            throw CSPError(.notAuthenticated, "the terminal cannot be set: \(String(cString: strerror(errno)))")
        }
        return settings
    }

    /// Forgets what was typed and not read, and sets the terminal. It is left alone in the background, where it is
    /// another's.
    ///
    /// Not TCSAFLUSH, which waits for the output: for ever after a ^S.
    func set(_ settings: termios, flushingAfter: Bool) -> Bool {
        Self.set(descriptor, settings, flushingAfter: flushingAfter)
    }

    private static func set(_ descriptor: CInt, _ settings: termios, flushingAfter: Bool) -> Bool {
        // It may become the background meanwhile: an error then and no stop.
        var stop = sigset_t()
        sigemptyset(&stop)
        sigaddset(&stop, SIGTTOU)
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &stop, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        guard isForeground(descriptor) else { return false }
        var settings = settings
        if !flushingAfter { tcflush(descriptor, TCIFLUSH) }
        let isSet = tcsetattr(descriptor, TCSANOW, &settings) == 0
        if flushingAfter { tcflush(descriptor, TCIFLUSH) }
        return isSet
    }

    private static func open() -> CInt? {
        // Reading and writing wait in poll, where signals and the time are seen.
        let opened = Glibc.open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else { return nil }
        guard isForeground(opened) else {
            close(opened)
            return nil
        }
        return opened
    }

    private static func isForeground(_ descriptor: CInt) -> Bool {
        tcgetpgrp(descriptor) == getpgrp()
    }

    /// False where the terminal takes nothing for two seconds (^S) or is gone.
    private static func write(_ text: String, to descriptor: CInt) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
                continue
            }
            if count < 0, errno == EINTR { continue }
            guard count < 0, errno == EAGAIN else { return false }
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&wait, 1, 2000) > 0 else { return false }
        }
        return true
    }
}
