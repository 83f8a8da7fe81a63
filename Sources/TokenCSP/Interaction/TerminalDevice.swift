internal import Glibc

/// /dev/tty, opened, while this process is in its foreground.
final class TerminalDevice: Sendable {
    let descriptor: CInt

    /// Nil where there is none to ask on: no controlling terminal, or a job in the background, which would only be
    /// stopped (SIGTTIN, SIGTTOU).
    init?() {
        // Reading and writing wait in poll, where signals and the time are seen.
        let opened = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else { return nil }
        guard Self.isForeground(opened) else {
            TerminalLocks.close(opened)
            return nil
        }
        descriptor = opened
    }

    /// Whether there is one. Beside an open question nothing is opened, which could not be closed before its end.
    static var isThere: Bool {
        TerminalLocks.withLocked { $0.map { isForeground($0) } } ?? (TerminalDevice() != nil)
    }

    deinit { TerminalLocks.close(descriptor) }

    var isForeground: Bool { Self.isForeground(descriptor) }

    private static func isForeground(_ descriptor: CInt) -> Bool {
        tcgetpgrp(descriptor) == getpgrp()
    }

    // MARK: - One question at a time

    /// Waits for other processes of this job: two of a pipeline would read each other's answers, and the second would
    /// "restore" a terminal without echo. Signals do meanwhile what they do without us.
    ///
    /// - Returns: false where the deadline has passed before.
    func awaitTurn(_ deadline: Deadline) -> Bool {
        while !TerminalLocks.take(descriptor) {
            guard !deadline.hasPassed else { return false }
            usleep(20_000)
        }
        return true
    }

    // MARK: - Settings

    var settings: termios? {
        var settings = termios()
        return tcgetattr(descriptor, &settings) == 0 ? settings : nil
    }

    /// Whether lines are read and shown as by these settings.
    func isSet(_ settings: termios) -> Bool {
        let local = tcflag_t(ICANON | ISIG | ECHO)
        return self.settings.map { $0.c_lflag & local == settings.c_lflag & local } ?? false
    }

    /// Forgets what was typed and not read, before or after it sets the terminal. It is left alone in the background, where
    /// it is another's.
    ///
    /// Not TCSAFLUSH, which waits for the output: for ever after a ^S.
    func set(_ settings: termios, flushingAfter: Bool) -> Bool {
        Self.set(descriptor, settings, flushingAfter: flushingAfter)
    }

    static func set(_ descriptor: CInt, _ settings: termios, flushingAfter: Bool) -> Bool {
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

    // MARK: - Text

    /// False where the terminal takes nothing for two seconds (^S) or is gone.
    func write(_ text: String) -> Bool {
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
