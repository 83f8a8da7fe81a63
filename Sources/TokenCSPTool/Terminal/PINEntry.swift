import TokenCSP

/// Where an administrator's command has a PIN from: a source, a person, or the reader's own pad.
struct PINEntry {
    /// Nil: it is entered at the pad.
    var pin: PIN?
    /// The source, which errors name.
    var source: String?
    /// Whether a person entered it just now, who was told how many tries are left.
    var isFresh = false
    /// Takes away the dialog that stands while the PIN is entered at the pad; nil where there is none.
    var takeNoticeAway: (@Sendable () -> Void)?

    /// Refuses, before anything is asked, what a locked token could only refuse after it.
    static func requireUnlocked(_ token: TokenDescription, of owner: UserRequest.Owner) throws(CSPError) {
        switch owner {
        case .securityOfficer where token.soPINLocked:
            throw CSPError(.chvBlocked, "token \"\(token.label)\": the security officer's PIN is locked")
        case .user where token.userPINLocked:
            throw CSPError(
                .chvBlocked,
                "token \"\(token.label)\": the PIN is locked; to unlock it: tokencsp token unblock --token '\(token.uri)'"
            )
        default: break
        }
    }

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
        var entry = try ask(request, source, isOfficer ? "--so-pin-source" : "--pin-source", token, configuration)
        entry.isFresh = true
        return entry
    }

    /// A PIN that is to be set, which a person enters twice.
    ///
    /// - Parameter present: what was asked for before. A dialog of its that still stands is not hidden by another.
    static func new(
        _ source: PINSourceArgument?, of owner: UserRequest.Owner, after present: PINEntry, _ token: TokenDescription,
        _ configuration: Configuration
    ) throws(CSPError) -> PINEntry {
        if case .stored(let source) = source {
            return PINEntry(pin: try PINSource.read(source, allowingCommands: true), source: source)
        }
        if source == nil, token.hasProtectedAuthenticationPath, present.takeNoticeAway != nil { return PINEntry() }
        var request = UserRequest(.newPIN, token: token.label, serial: token.serial)
        request.administration = owner
        request.pinLength = lengths(token)
        return try ask(request, source, "--new-pin-source", token, configuration)
    }

    /// How long a token's PINs may be, where it tells.
    private static func lengths(_ token: TokenDescription) -> ClosedRange<Int>? {
        guard token.minimumPINLength > 0, token.maximumPINLength >= token.minimumPINLength else { return nil }
        return token.minimumPINLength...token.maximumPINLength
    }

    /// A PIN for a token that is to be made.
    ///
    /// - Parameter slot: what is there now, which says how long PINs may be; nil where that is not known.
    static func new(
        _ source: PINSourceArgument?, of owner: UserRequest.Owner, label: String, in slot: TokenDescription?,
        _ configuration: Configuration
    ) throws(CSPError) -> PIN {
        if case .stored(let source) = source { return try PINSource.read(source, allowingCommands: true) }
        var request = UserRequest(.newPIN, token: label, serial: "")
        request.administration = owner
        request.pinLength = slot.flatMap(lengths)
        return try ask(request, source, owner == .user ? "--pin-source" : "--so-pin-source", configuration)
    }

    /// At the pad where there is one and no source is named.
    private static func ask(
        _ request: UserRequest, _ source: PINSourceArgument?, _ option: String, _ token: TokenDescription,
        _ configuration: Configuration
    ) throws(CSPError) -> PINEntry {
        guard source == nil, token.hasProtectedAuthenticationPath else {
            return PINEntry(pin: try ask(request, source, option, configuration))
        }
        return PINEntry(takeNoticeAway: CommandInteraction(configuration).announcePad(request))
    }

    /// - Parameter option: the one that would name a source for this PIN.
    private static func ask(
        _ request: UserRequest, _ source: PINSourceArgument?, _ option: String, _ configuration: Configuration
    ) throws(CSPError) -> PIN {
        var configuration = configuration
        if let source { configuration.interaction = source.interaction(configuration) }
        let interaction = CommandInteraction(configuration)
        guard interaction.isAvailable else {
            throw CSPError(
                .notAuthenticated,
                "\(request.label): there is nobody to ask; name a source by \(option) (\(PINSourceArgument.forms))"
            )
        }
        var request = request
        request.timeout = configuration.promptTimeout > 0 ? configuration.promptTimeout : nil
        return try interaction.enterPIN(request)
    }
}
