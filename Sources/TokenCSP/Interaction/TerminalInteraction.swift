public import PKCS11

/// Asks on the terminal that controls the process (/dev/tty), whatever standard input and output are.
///
/// A signal that ends or stops the process meanwhile finds the terminal as it was; where the program survives it, the
/// question has ended as SCARD_W_CANCELLED_BY_USER.
public struct TerminalInteraction: UserInteraction {
    public init() {}

    /// Whether the process is in the foreground of a terminal.
    public var isAvailable: Bool { Terminal.isThere }
    public var whyUnavailable: String { "there is no terminal that this process is in the foreground of" }

    public func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
        guard let terminal = try Terminal(for: request.label, timeout: request.timeout) else {
            throw Self.noTerminal(request)
        }
        terminal.write(Self.introduction(request))
        guard request.question == .newPIN else {
            return try terminal.askForPIN(request.label, timeout: request.timeout).pin
        }
        for round in 1...3 {
            let first = try terminal.askForPIN(request.label, timeout: request.timeout)
            if let length = request.pinLength, !length.contains(first.count) {
                terminal.write("The token takes PINs of \(length.lowerBound) to \(length.upperBound) bytes.\n")
                continue
            }
            if try terminal.askForPIN(request.label + ", again", timeout: request.timeout).holdsSame(as: first) {
                return first.pin
            }
            terminal.write("The two PINs differ" + (round < 3 ? ": once more.\n" : ".\n"))
        }
        throw CSPError(.invalidChv, "\(request.label): the two PINs differ, or the token does not take PINs this long")
    }

    public func confirm(_ request: UserRequest) throws(CSPError) {
        guard let terminal = try Terminal(for: request.label, timeout: request.timeout) else {
            throw Self.noTerminal(request)
        }
        terminal.write(Self.introduction(request))
        // To have put a token in is nothing that one regrets.
        let isToken = request.question == .token
        let line = try terminal.ask(
            request.label, ending: isToken ? " [Y/n] " : "? [y/N] ", isHidden: false, limit: 64,
            timeout: request.timeout)
        let answer = line.text.lowercased()
        guard ["y", "yes"].contains(answer) || isToken && answer.isEmpty else {
            throw CSPError(.cancelledByUser, "\(request.label): refused by the user")
        }
    }

    public func announcePad(_ request: UserRequest) -> (@Sendable () -> Void)? {
        // Beside a question that may be open: the reader waits already.
        if let device = TerminalDevice() {
            _ = device.write(Self.introduction(request) + "Enter the PIN at the reader's own pad.\n")
        }
        return nil
    }

    /// What stands above the question. Above one that is repeated, the facts are still to be read.
    private static func introduction(_ request: UserRequest) -> String {
        guard let complaint = request.shownComplaint else { return request.facts + "\n" }
        return complaint + "\n" + (request.warning.map { $0 + "\n" } ?? "")
    }

    private static func noTerminal(_ request: UserRequest) -> CSPError {
        CSPError(.notAuthenticated, "\(request.label): there is no terminal to ask on")
    }
}
