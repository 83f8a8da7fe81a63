import ArgumentParser
import TokenCSP

struct TokenUnblock: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unblock",
        abstract: "Give the user a new PIN as security officer: where the old one is locked or forgotten.",
        discussion: """
            A PIN without a source is asked for, the new one twice. The keys on the token stay.

            Example:
              tokencsp token unblock \\
                --so-pin-source file:so.pin --new-pin-source file:user.pin
            """
    )

    @OptionGroup var officer: OfficerOptions

    @Option(
        help: ArgumentHelp("Where the user's new PIN comes from, as --so-pin-source.", valueName: "source"),
        transform: PINSourceArgument.parse)
    var newPinSource: PINSourceArgument?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try officer.validate(global, newPinSource)
    }

    func run() throws {
        let configuration = try global.configuration()
        let token = try Tokens.find(configuration)
        try PINEntry.requireUnlocked(token, of: .securityOfficer)
        let soPIN = try PINEntry.present(officer.soPinSource, of: .securityOfficer, token, configuration)
        defer { soPIN.takeNoticeAway?() }
        let new = try PINEntry.new(newPinSource, of: .user, after: soPIN, token, configuration)
        defer { new.takeNoticeAway?() }
        let result = try Tokens.unblock(
            configuration, soPIN: soPIN.pin, newPIN: new.pin, source: soPIN.source, usingFinalTry: soPIN.isFresh)
        try Output.print(
            UnblockResult(before: TokenResult(result.before), after: TokenResult(result.after)), json: global.json)
    }
}

/// `{"before": {…as in token list…}, "after": {…}}`
private struct UnblockResult: CommandResult {
    let before: TokenResult
    let after: TokenResult

    private enum CodingKeys: CodingKey { case before, after }

    var text: String {
        """
        Token "\(printable(after.label))" has a new user PIN.
        before: \(before.state)
        now:    \(after.state)

        """
    }
}
