import TokenCSP

/// Where an administrator's command has a PIN from: a source, a person, or the reader's own pad.
struct PINEntry {
    /// Nil: it is entered at the pad.
    let pin: PIN?
    /// The source, which errors name.
    var source: String?
    /// Whether a person entered it just now, who was told how many tries are left.
    var isFresh = false

    /// A PIN that the token has.
    static func present(
        _ source: PINSourceArgument?, of owner: UserRequest.Owner, _ token: TokenDescription,
        _ configuration: Configuration
    ) throws(CSPError) -> PINEntry {
        if case .stored(let source) = source {
            return PINEntry(pin: try PINSource.read(source, allowingCommands: true), source: source)
        }
        var request = UserRequest(.pin, token: token.label, serial: token.serial)
        request.administration = owner
        let isOfficer = owner == .securityOfficer
        if isOfficer ? token.soPINFinalTry : token.userPINFinalTry {
            request.tries = .last
        } else if isOfficer ? token.soPINCountLow : token.userPINCountLow {
            request.tries = .fewer
        }
        return PINEntry(pin: try ask(request, source, token, configuration), isFresh: true)
    }

    /// A PIN that is to be set, which a person enters twice.
    static func new(
        _ source: PINSourceArgument?, of owner: UserRequest.Owner, _ token: TokenDescription,
        _ configuration: Configuration
    ) throws(CSPError) -> PIN? {
        if case .stored(let source) = source { return try PINSource.read(source, allowingCommands: true) }
        var request = UserRequest(.newPIN, token: token.label, serial: token.serial)
        request.administration = owner
        if token.minimumPINLength > 0, token.maximumPINLength >= token.minimumPINLength {
            request.pinLength = token.minimumPINLength...token.maximumPINLength
        }
        return try ask(request, source, token, configuration)
    }

    /// A PIN for a token that is to be made.
    static func new(
        _ source: PINSourceArgument?, of owner: UserRequest.Owner, label: String, _ configuration: Configuration
    ) throws(CSPError) -> PIN {
        if case .stored(let source) = source { return try PINSource.read(source, allowingCommands: true) }
        var request = UserRequest(.newPIN, token: label, serial: "")
        request.administration = owner
        return try ask(request, source, configuration)
    }

    /// Nil: at the pad, which is used where no source is named.
    private static func ask(
        _ request: UserRequest, _ source: PINSourceArgument?, _ token: TokenDescription, _ configuration: Configuration
    ) throws(CSPError) -> PIN? {
        guard source == nil, token.hasProtectedAuthenticationPath else {
            return try ask(request, source, configuration)
        }
        _ = CommandInteraction(configuration).announcePad(request)
        return nil
    }

    private static func ask(
        _ request: UserRequest, _ source: PINSourceArgument?, _ configuration: Configuration
    ) throws(CSPError) -> PIN {
        var configuration = configuration
        if let source { configuration.interaction = source.interaction(configuration) }
        let interaction = CommandInteraction(configuration)
        guard interaction.isAvailable else {
            throw CSPError(
                .notAuthenticated,
                "\(request.label): there is nobody to ask; name a source by --pin-source, or of a new or an officer's PIN by --new-pin-source, --so-pin-source (\(PINSourceArgument.forms))"
            )
        }
        var request = request
        request.timeout = configuration.promptTimeout > 0 ? configuration.promptTimeout : nil
        return try interaction.enterPIN(request)
    }
}
