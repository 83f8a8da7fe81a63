internal import Glibc
public import PKCS11

/// Asks by pinentry, the dialog of the GnuPG project, which every desktop has one of.
///
/// It is started for each question, never told that it may remember a PIN, and ended when our time is up.
public struct PinentryInteraction: UserInteraction {
    /// The program's path; nil: the `pinentry` on PATH.
    let path: String?
    /// Seconds within which a pinentry says something, apart from the question itself.
    var patience = 20

    /// - Parameter path: the program, or a name to look for on PATH; nil: `pinentry`.
    public init(path: String? = nil) {
        self.path = path
    }

    /// Whether there are a pinentry and a display or a terminal for it.
    public var isAvailable: Bool {
        PinentryProcess.find(path) != nil && (Self.hasDisplay || Terminal.isThere)
    }

    /// Whether the environment names a display.
    static var hasDisplay: Bool {
        environment("DISPLAY") != nil || environment("WAYLAND_DISPLAY") != nil
    }

    public func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
        try converse(request) { (pinentry) throws(CSPError) in
            guard request.question == .newPIN else { return try Self.entry(&pinentry, request).pin }
            return try Self.newEntry(&pinentry, request)
        }
    }

    public func confirm(_ request: UserRequest) throws(CSPError) {
        try converse(request) { (pinentry) throws(CSPError) in
            _ = try Self.ask("CONFIRM", &pinentry, request)
        }
    }

    public func announcePad(_ request: UserRequest) -> (@Sendable () -> Void)? {
        // A dialog on the terminal would have to be answered before the pad is looked at.
        guard Self.hasDisplay, let program = PinentryProcess.find(path) else {
            return TerminalInteraction().announcePad(request)
        }
        do throws(CSPError) {
            var pinentry = PinentryConnection(try PinentryProcess(program), label: request.label, alarm: -1)
            var request = request
            request.complaint = "Enter the PIN at the reader's own pad."
            try introduce(request, &pinentry, hasTerminal: false)
            pinentry.sendOnly("MESSAGE")
            let notice = PinentryNotice(pinentry)
            return { notice.takeAway() }
        } catch {
            return TerminalInteraction().announcePad(request)
        }
    }

    // MARK: - A conversation

    private func converse<R>(
        _ request: UserRequest, _ body: (inout PinentryConnection) throws(CSPError) -> R
    ) throws(CSPError) -> R {
        guard let program = PinentryProcess.find(path) else {
            throw CSPError(.notAuthenticated, "\(request.label): there is no \(path ?? "pinentry on PATH")")
        }
        let deadline = Deadline(seconds: request.timeout)
        guard PromptTurn.begin(deadline) else { throw PromptTurn.timeout(request.label) }
        defer { PromptTurn.end() }
        // It may ask on the terminal. Nobody looks at the signals of a watch before the question is there.
        let device = TerminalDevice()
        if let device, !device.awaitTurn(deadline) { throw PromptTurn.timeout(request.label) }
        guard let watch = SignalWatch(SignalWatch.ending) else {
            throw CSPError(.notAuthenticated, "\(request.label): \(String(cString: strerror(errno)))")
        }
        let settings = device?.settings
        let alarm = watch.descriptor
        let result = Result { () throws(CSPError) in
            var pinentry = PinentryConnection(try PinentryProcess(program), label: request.label, alarm: alarm)
            do throws(CSPError) {
                try introduce(request, &pinentry, hasTerminal: device != nil)
                let answer = try body(&pinentry)
                pinentry.sendOnly("BYE")
                return answer
            } catch {
                pinentry.interrupt()
                throw error
            }
        }
        // A dialog that died on the terminal has not put it back.
        if case .failure = result, let settings { _ = device?.set(settings, flushingAfter: false) }
        withExtendedLifetime(device) {}
        let signal = watch.next()
        if watch.end(raising: signal) {
            throw CSPError(.cancelledByUser, "\(request.label): interrupted by a signal")
        }
        return try result.get()
    }

    private func introduce(
        _ request: UserRequest, _ pinentry: inout PinentryConnection, hasTerminal: Bool
    ) throws(CSPError) {
        let deadline = Deadline(seconds: patience)
        try pinentry.greet(deadline: deadline)
        var commands = Self.options(hasTerminal: hasTerminal).map { ("OPTION", "\($0)=\($1)") }
        commands += [
            ("SETTITLE", "TokenCSP"), ("SETDESC", request.facts), ("SETPROMPT", request.pinName + ":"),
            ("SETOK", request.question == .consent ? "_Allow" : "_OK"),
            ("SETCANCEL", request.question == .consent ? "_Refuse" : "_Cancel"),
        ]
        if let timeout = request.timeout, timeout > 0 { commands.append(("SETTIMEOUT", "\(timeout)")) }
        if let complaint = request.shownComplaint { commands.append(("SETERROR", complaint)) }
        // A pinentry need not know all of them.
        for (command, text) in commands { _ = try pinentry.send(command, text, deadline: deadline) }
    }

    private static func options(hasTerminal: Bool) -> [(String, String)] {
        var options: [(String, String)] = []
        if hasTerminal { options.append(("ttyname", "/dev/tty")) }
        if let value = environment("TERM") { options.append(("ttytype", value)) }
        if let value = environment("LC_ALL") ?? environment("LC_CTYPE") ?? environment("LANG") {
            options.append(("lc-ctype", value))
        }
        if let value = environment("DISPLAY") { options.append(("display", value)) }
        return options
    }

    private static func newEntry(_ pinentry: inout PinentryConnection, _ request: UserRequest) throws(CSPError) -> PIN {
        let setting = Deadline(seconds: 20)
        for _ in 1...3 {
            _ = try pinentry.send("SETPROMPT", request.pinName + ":", deadline: setting)
            _ = try pinentry.send("SETREPEAT", "Again:", deadline: setting)
            _ = try pinentry.send("SETREPEATERROR", "The two PINs differ.", deadline: setting)
            let first = try entry(&pinentry, request)
            if let length = request.pinLength, !length.contains(first.count) {
                let words = "The token takes PINs of \(length.lowerBound) to \(length.upperBound) bytes."
                _ = try pinentry.send("SETERROR", words, deadline: setting)
                continue
            }
            if pinentry.hasRepeated { return first.pin }
            // It may know the command and not do it; then it is asked once more.
            _ = try pinentry.send("SETPROMPT", "Again:", deadline: setting)
            if try entry(&pinentry, request).holdsSame(as: first) { return first.pin }
            _ = try pinentry.send("SETERROR", "The two PINs differ: once more.", deadline: setting)
        }
        throw CSPError(.invalidChv, "\(request.label): the two PINs differ, or the token does not take PINs this long")
    }

    private static func entry(
        _ pinentry: inout PinentryConnection, _ request: UserRequest
    ) throws(CSPError) -> SecretBuffer {
        let entry = try ask("GETPIN", &pinentry, request)
        guard !entry.isEmpty else { throw CSPError(.cancelledByUser, "\(request.label): no answer") }
        return entry
    }

    /// Asks the question itself. Pinentry's own clock comes first, ours is for one that has stopped.
    private static func ask(
        _ command: String, _ pinentry: inout PinentryConnection, _ request: UserRequest
    ) throws(CSPError) -> SecretBuffer {
        let entry = SecretBuffer(capacity: Terminal.longestPIN)
        let timeout = request.timeout.flatMap { $0 > 0 ? $0 : nil }
        let own = Deadline(seconds: timeout)
        let answer = try pinentry.send(
            command, data: entry, isQuestion: true,
            deadline: Deadline(seconds: timeout.map { min($0, 1_000_000_000) + 2 }))
        guard case .refused(let code, let words) = answer else { return entry }
        switch code {
        // GPG_ERR_CANCELED, GPG_ERR_NOT_CONFIRMED, GPG_ERR_FULLY_CANCELED: some say so when their time is up.
        case 99, 114, 198:
            guard own.hasPassed else { throw CSPError(.cancelledByUser, "\(request.label): cancelled by the user") }
            fallthrough
        // GPG_ERR_TIMEOUT.
        case 62: throw CSPError(.timeout, "\(request.label): no answer within \(timeout ?? 0) seconds")
        default:
            throw CSPError(
                .notAuthenticated, "\(request.label): pinentry says \"\(request.shown(words, 200))\" (\(code))")
        }
    }
}

/// A dialog that only tells, until it is taken away.
private final class PinentryNotice: Sendable {
    private final class Dialog {
        let pinentry: PinentryConnection

        init(_ pinentry: consuming PinentryConnection) { self.pinentry = pinentry }
    }

    private let dialog: Lock<Dialog?>

    init(_ pinentry: consuming PinentryConnection) { dialog = Lock(Dialog(pinentry)) }

    func takeAway() {
        dialog.withLock { dialog in
            dialog?.pinentry.interrupt()
            dialog = nil
        }
    }
}

private func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
}
