internal import Glibc

/// The conversation with a pinentry: a command, its answer.
struct PinentryConnection: ~Copyable {
    /// The answer to a command that was understood. Whatever is amiss with the pinentry is thrown.
    enum Answer {
        case ok
        case refused(code: Int, words: String)
    }

    /// No SIGPIPE for the program.
    private static let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
    private let process: PinentryProcess
    /// Readable when a signal wants the question to end; -1: no signals are looked for.
    private let alarm: CInt
    private let label: String
    private let input = SecretBuffer(capacity: 4 * AssuanText.longestLine)
    /// Whether it said that it has compared two entries itself.
    private(set) var hasRepeated = false
    /// Whether it is a person that we wait for, and not the pinentry.
    private var isAsking = false

    init(_ process: consuming PinentryProcess, label: String, alarm: CInt) {
        self.process = process
        self.alarm = alarm
        self.label = label
    }

    /// Hears its greeting.
    ///
    /// - Throws: as `send`.
    mutating func greet(deadline: Deadline) throws(CSPError) {
        guard case .ok = try answer(to: "its greeting", nil, deadline) else { throw failure("does not greet") }
    }

    /// Sends a command and waits for the answer. The data that come with it go to `data`.
    ///
    /// - Throws: ERROR_TIMEOUT for a question, SCARD_W_CANCELLED_BY_USER for a signal, SCARD_W_CARD_NOT_AUTHENTICATED
    ///   for a pinentry that has ended, talks rubbish or says nothing.
    mutating func send(
        _ command: String, _ text: String = "", data: SecretBuffer? = nil, isQuestion: Bool = false, deadline: Deadline
    ) throws(CSPError) -> Answer {
        isAsking = isQuestion
        let line = text.isEmpty ? Array(command.utf8) : AssuanText.line(command, text)
        try write(line + [UInt8(ascii: "\n")], deadline)
        return try answer(to: command, data, deadline)
    }

    /// Sends a command that is not answered soon, or never.
    func sendOnly(_ command: String) {
        let line = Array((command + "\n").utf8)
        _ = Glibc.send(process.socket, line, line.count, Self.flags)
    }

    /// Ends the pinentry in the middle of a question.
    func interrupt() { process.interrupt() }

    private mutating func answer(
        to command: String, _ data: SecretBuffer?, _ deadline: Deadline
    ) throws(CSPError) -> Answer {
        let data = data ?? SecretBuffer(capacity: AssuanText.longestLine)
        // Comments without end are rubbish too.
        for _ in 0..<1000 {
            let end = try lineEnd(deadline)
            let reply = input.withUnsafeBytes { AssuanReply(UnsafeRawBufferPointer(rebasing: $0[..<end]), data: data) }
            input.removeFirst(end + 1)
            switch reply {
            case .ok: return .ok
            case .error(let code, let words): return .refused(code: code, words: words)
            case .status("PIN_REPEATED"): hasRepeated = true
            case .data, .status, .comment: break
            case nil: throw failure("answers \(command) with something that is not Assuan")
            }
        }
        throw failure("never answers \(command)")
    }

    /// Where the next line in the buffer ends.
    private func lineEnd(_ deadline: Deadline) throws(CSPError) -> Int {
        while true {
            let end = input.firstIndex(of: UInt8(ascii: "\n"))
            guard end ?? input.count <= AssuanText.longestLine else { throw failure("sends an over-long line") }
            if let end { return end }
            try wait(for: POLLIN, deadline)
            let count = input.fill { recv(process.socket, $0.baseAddress, $0.count, Self.flags) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw failure("has ended") }
        }
    }

    private func write(_ bytes: [UInt8], _ deadline: Deadline) throws(CSPError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(
                    process.socket, $0.baseAddress, $0.count, Self.flags)
            }
            if count > 0 {
                rest = rest.dropFirst(count)
                continue
            }
            guard count < 0, errno == EINTR || errno == EAGAIN else { throw failure("has ended") }
            try wait(for: POLLOUT, deadline)
        }
    }

    private func wait(for event: CInt, _ deadline: Deadline) throws(CSPError) {
        var polled = [
            pollfd(fd: process.socket, events: Int16(event), revents: 0),
            pollfd(fd: alarm, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            guard !deadline.hasPassed else {
                throw isAsking
                    ? CSPError(.timeout, "\(label): no answer in time, and pinentry did not end")
                    : failure("says nothing")
            }
            guard poll(&polled, nfds_t(polled.count), deadline.milliseconds) > 0 else { continue }
            if polled[1].revents != 0 { throw CSPError(.cancelledByUser, "\(label): interrupted by a signal") }
            if polled[0].revents != 0 { return }
        }
    }

    private func failure(_ words: String) -> CSPError {
        CSPError(.notAuthenticated, "\(label): pinentry \(words)")
    }
}
