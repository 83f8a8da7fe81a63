import ArgumentParser
import TokenCSP

struct TokenChangePIN: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change-pin",
        abstract: "Change the user PIN.",
        discussion: """
            --pin-source is where the present PIN comes from. A PIN without a source is asked for on the terminal, the \
            new one twice.

            Example:
              tokencsp token change-pin \\
                --pin-source file:old.pin --new-pin-source file:new.pin
            """
    )

    @Option(
        help: ArgumentHelp(
            "Where the new PIN comes from: file:PATH, env:NAME, fd:N or prompt.", valueName: "source"),
        transform: PINSourceArgument.parse)
    var newPinSource: PINSourceArgument?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try PINSourceArgument.validate(("--new-pin-source", newPinSource), ("--pin-source", global.pinSource))
    }

    func run() throws {
        let configuration = try global.configuration()
        let old = try (global.pinSource ?? .prompt).read(asking: "Present user PIN")
        let new = try (newPinSource ?? .prompt).readNew(asking: "New user PIN")
        try Tokens.changePIN(configuration, old: old, new: new)
        try Output.print(ChangePINResult(changed: true), json: global.json)
    }
}

/// `{"changed": true}`
private struct ChangePINResult: CommandResult {
    let changed: Bool

    var text: String { "The user PIN is changed.\n" }
}
