internal import Glibc

extension Terminal {
    /// Longer than any token's longest PIN.
    package static let longestPIN = 1024

    /// Asks a question and reads the line that answers it. The terminal is set back afterwards, also where a signal ends
    /// or stops the process meanwhile; what was typed before is dropped.
    ///
    /// - Parameters:
    ///   - isHidden: without echo.
    ///   - timeout: in seconds; nil or 0: never.
    /// - Throws: SCARD_W_CANCELLED_BY_USER at the end of input (^D) and after a signal that the program has survived,
    ///   ERROR_TIMEOUT, SCARD_E_INVALID_CHV for a line of more than `limit` bytes.
    package func ask(
        _ question: String, ending: String = ": ", isHidden: Bool = true, limit: Int = longestPIN, timeout: Int? = nil
    ) throws(CSPError) -> SecretBuffer {
        let line = SecretBuffer(capacity: limit + 1)
        guard let before = device.settings else {
            throw CSPError(
                .notAuthenticated, "\(question): the terminal cannot be set: \(String(cString: strerror(errno)))")
        }
        guard
            let watch = SignalWatch(SignalWatch.ending + [SIGTSTP] + (SignalWatch.isDefault(SIGCONT) ? [SIGCONT] : []))
        else { throw CSPError(.notAuthenticated, "\(question): \(String(cString: strerror(errno)))") }
        TerminalRestorer.begin(device.descriptor, before)
        let answer = read(
            into: line, asking: question + ending, Self.asking(before, isHidden: isHidden), before, watch,
            Deadline(seconds: timeout))
        // Behind the question; the end of a line has moved on already.
        if case .line = answer {} else { write("\n") }
        _ = device.set(before, flushingAfter: false)
        TerminalRestorer.end()
        var signal: CInt?
        if case .interrupted(let number) = answer { signal = number }
        if watch.end(raising: signal) { throw CSPError(.cancelledByUser, "\(question): interrupted by a signal") }
        switch answer {
        case .line: break
        case .end, .interrupted: throw CSPError(.cancelledByUser, "\(question): no answer")
        case .timedOut: throw CSPError(.timeout, "\(question): no answer within \(timeout ?? 0) seconds")
        case .unset: throw CSPError(.notAuthenticated, "\(question): the terminal's echo cannot be switched off")
        }
        guard line.count <= limit else {
            throw CSPError(.invalidChv, "\(question): the answer has more than \(limit) bytes")
        }
        return line
    }

    /// Asks for a PIN, without echo.
    ///
    /// - Throws: as `ask`, and SCARD_W_CANCELLED_BY_USER for an empty line: tokens have no empty PIN.
    package func askForPIN(_ question: String, timeout: Int? = nil) throws(CSPError) -> SecretBuffer {
        let line = try ask(question, timeout: timeout)
        guard !line.isEmpty else {
            throw CSPError(.cancelledByUser, "\(question): an empty PIN is not sent to a token")
        }
        return line
    }

    private enum Answer {
        case line, end, timedOut, unset
        case interrupted(CInt)
    }

    /// Lines that the terminal edits, whatever the program has set it to.
    private static func asking(_ before: termios, isHidden: Bool) -> termios {
        var settings = before
        settings.c_lflag |= tcflag_t(ICANON | ISIG | ECHONL)
        settings.c_iflag |= tcflag_t(ICRNL)
        settings.c_iflag &= ~tcflag_t(IGNCR | INLCR)
        settings.c_oflag |= tcflag_t(OPOST | ONLCR)
        if isHidden {
            settings.c_lflag &= ~tcflag_t(ECHO)
        } else {
            settings.c_lflag |= tcflag_t(ECHO | ECHOE | ECHOK)
        }
        return settings
    }

    private func read(
        into line: SecretBuffer, asking question: String, _ asking: termios, _ before: termios,
        _ watch: borrowing SignalWatch, _ deadline: Deadline
    ) -> Answer {
        var mustAsk = true
        // A SIGCONT before that is late: another thread has caught that of a stop that was ours, or a shell gave the
        // terminal first. The question stands again already.
        var standsAgain: Deadline?
        var wasInBackground = false
        while !deadline.hasPassed {
            let isMine = device.isForeground
            if mustAsk, isMine {
                if wasInBackground { standsAgain = Deadline(seconds: 1) }
                wasInBackground = false
                line.truncate(to: 0)
                guard device.set(asking, flushingAfter: true) else { return .unset }
                write(question)
                mustAsk = false
            }
            if !isMine {
                mustAsk = true
                wasInBackground = true
            }
            switch wait(isMine, watch, deadline) {
            case .nothing: continue
            case .gone: return .end
            case .typed: if let answer = take(line) { return answer }
            case .signal(SIGTSTP):
                _ = device.set(before, flushingAfter: false)
                write("\n")
                watch.letThrough(SIGTSTP)
                mustAsk = true
                standsAgain = Deadline(seconds: 1)
            case .signal(SIGCONT):
                // A shell may have set the terminal, too.
                if standsAgain.map({ $0.hasPassed }) ?? true || !device.isSet(asking) { mustAsk = true }
            case .signal(let number): return .interrupted(number)
            }
        }
        return .timedOut
    }

    private enum Event {
        case nothing, typed, gone
        case signal(CInt)
    }

    /// In the background nothing is read: the program goes on, and the question waits to come back.
    private func wait(_ isMine: Bool, _ watch: borrowing SignalWatch, _ deadline: Deadline) -> Event {
        var polled = [
            pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: device.descriptor, events: isMine ? Int16(POLLIN) : 0, revents: 0),
        ]
        let left = deadline.milliseconds
        let milliseconds = isMine ? left : left < 0 ? 200 : min(left, 200)
        guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return .nothing }
        if let number = watch.next() { return .signal(number) }
        if polled[1].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 { return .gone }
        return polled[1].revents != 0 && device.isForeground ? .typed : .nothing
    }

    /// Reads what there is; nil where the line is not at its end yet.
    private func take(_ line: SecretBuffer) -> Answer? {
        let count = line.fill { Glibc.read(device.descriptor, $0.baseAddress, $0.count) }
        if count < 0 {
            // EIO: the terminal is gone.
            return errno == EINTR || errno == EAGAIN ? nil : .end
        }
        // ^D behind some text sends it off, and so does another one the line's end.
        if count == 0 { return line.isEmpty ? .end : .line }
        if let end = line.firstIndex(of: UInt8(ascii: "\n")) {
            line.truncate(to: end)
            return .line
        }
        return nil
    }
}
