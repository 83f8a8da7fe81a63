import ArgumentParser
import TokenCSP

struct TokenChangeOfficerPIN: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change-so-pin",
        abstract: "Change the security officer's PIN.",
        discussion: """
            A PIN without a source is asked for, a new one twice.

            Example:
              tokencsp token change-so-pin \\
                --so-pin-source file:so.pin --new-pin-source file:new-so.pin
            """
    )

    @OptionGroup var officer: OfficerOptions

    @Option(
        help: ArgumentHelp("Where the officer's new PIN comes from, as --so-pin-source.", valueName: "source"),
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
        let old = try PINEntry.present(officer.soPinSource, of: .securityOfficer, token, configuration)
        defer { old.takeNoticeAway?() }
        let new = try PINEntry.new(newPinSource, of: .securityOfficer, after: old, token, configuration)
        defer { new.takeNoticeAway?() }
        try Tokens.changeOfficerPIN(
            configuration, old: old.pin, new: new.pin, source: old.source, usingFinalTry: old.isFresh)
        try Output.print(ChangePINResult(text: "The security officer's PIN is changed.\n"), json: global.json)
    }
}

/// What the security officer's commands take.
struct OfficerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the security officer's PIN comes from: \(PINSourceArgument.forms).", valueName: "source"),
        transform: PINSourceArgument.parse)
    var soPinSource: PINSourceArgument?

    /// Refuses what the command has no use for, or could not tell apart.
    func validate(_ global: GlobalOptions, _ newPINSource: PINSourceArgument?) throws {
        guard global.pinSource == nil else {
            throw ValidationError(
                "--pin-source has no place here: --so-pin-source is the officer's PIN, --new-pin-source the new one")
        }
        try PINSourceArgument.validate(("--so-pin-source", soPinSource), ("--new-pin-source", newPINSource))
    }
}
