public import PKCS11

/// Asks by what the configuration names, else by what there is at the time of the question: a dialog where there are a
/// display and a pinentry, else the terminal, else nobody.
public struct DefaultInteraction: UserInteraction {
    private let kind: Configuration.Interaction
    private let pinentry: PinentryInteraction
    private let terminal = TerminalInteraction()

    /// - Parameter configuration: its `interaction` and `pinentry` count.
    public init(_ configuration: Configuration = Configuration()) {
        kind = configuration.interaction
        pinentry = PinentryInteraction(path: configuration.pinentry)
    }

    public var isAvailable: Bool { chosen.isAvailable }

    public var whyUnavailable: String {
        switch kind {
        case .none: RefusingInteraction().whyUnavailable
        case .terminal: "interaction = terminal, and \(terminal.whyUnavailable)"
        case .pinentry: "interaction = pinentry: \(pinentry.path ?? "none on PATH") cannot be run, or has no display"
        case .automatic: "no terminal, no dialog"
        }
    }

    public func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
        let chosen = chosen
        do throws(CSPError) {
            return try chosen.enterPIN(request)
        } catch {
            guard mayAskOnTerminal(after: error, chosen) else { throw error }
            return try terminal.enterPIN(request)
        }
    }

    public func confirm(_ request: UserRequest) throws(CSPError) {
        let chosen = chosen
        do throws(CSPError) {
            try chosen.confirm(request)
        } catch {
            guard mayAskOnTerminal(after: error, chosen) else { throw error }
            try terminal.confirm(request)
        }
    }

    public func announcePad(_ request: UserRequest) -> (@Sendable () -> Void)? {
        chosen.announcePad(request)
    }

    private var chosen: any UserInteraction {
        switch kind {
        case .none: RefusingInteraction()
        case .terminal: terminal
        case .pinentry: pinentry
        case .automatic:
            if PinentryInteraction.hasDisplay, pinentry.isAvailable {
                pinentry
            } else if terminal.isAvailable {
                terminal
            } else {
                RefusingInteraction()
            }
        }
    }

    /// A display that the environment names and that cannot be reached (ssh, su) is no reason to refuse.
    private func mayAskOnTerminal(after error: CSPError, _ chosen: any UserInteraction) -> Bool {
        kind == .automatic && error.code == .notAuthenticated && chosen is PinentryInteraction && terminal.isAvailable
    }
}
