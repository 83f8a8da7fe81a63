import ArgumentParser
import TokenCSP

struct TokenChangePIN: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change-pin",
        abstract: "Change the user PIN, also one that has expired.",
        discussion: """
            The present PIN comes from --pin-source, else from the URI's pin-source, else from a person; the new one \
            from --new-pin-source, else from a person, who enters it twice.

            Example:
              tokencsp token change-pin \\
                --pin-source file:old.pin --new-pin-source file:new.pin
            """
    )

    @Option(
        help: ArgumentHelp("Where the new PIN comes from: \(PINSourceArgument.forms).", valueName: "source"),
        transform: PINSourceArgument.parse)
    var newPinSource: PINSourceArgument?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try PINSourceArgument.validate(("--new-pin-source", newPinSource), ("--pin-source", global.pinSource))
    }

    func run() throws {
        let configuration = try global.configuration()
        let token = try Tokens.find(configuration)
        try PINEntry.requireUnlocked(token, of: .user)
        let old: PINEntry
        // The last try is for a person's entry, where there is somebody to ask and no option says otherwise.
        let asks = token.userPINFinalTry && global.pinSource == nil && CommandInteraction(configuration).isAvailable
        if !asks, let stored = try Tokens.storedPIN(configuration) {
            old = PINEntry(pin: stored.pin, source: stored.source)
        } else {
            old = try PINEntry.present(global.pinSource, of: .user, token, configuration)
        }
        defer { old.takeNoticeAway?() }
        let new = try PINEntry.new(newPinSource, of: .user, after: old, token, configuration)
        defer { new.takeNoticeAway?() }
        try Tokens.changePIN(
            configuration, old: old.pin, new: new.pin, source: old.source, usingFinalTry: old.isFresh)
        if global.pinSource == nil, let source = old.source, source.hasPrefix("file:") || source.hasPrefix("/") {
            Output.writeError("tokencsp: \(printable(source)) has the old PIN still: put the new one into it")
        }
        try Output.print(ChangePINResult(text: "The user PIN is changed.\n"), json: global.json)
    }
}

/// `{"changed": true}`
struct ChangePINResult: CommandResult {
    let changed = true
    let text: String

    private enum CodingKeys: CodingKey { case changed }
}
