public import PKCS11

/// Asks on the terminal that controls the process (/dev/tty), whatever standard input and output are.
public struct TerminalInteraction: UserInteraction {
    public init() {}

    public var isAvailable: Bool { false }

    public func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
        throw CSPError(.notAuthenticated, "\(request.label): there is no terminal to ask on")
    }

    public func confirm(_ request: UserRequest) throws(CSPError) {
        throw CSPError(.notAuthenticated, "\(request.label): there is no terminal to ask on")
    }
}
