import ArgumentParser
import TokenCSP

struct TokenInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a token ready: give it a label, a security officer's PIN and a user PIN.",
        discussion: """
            Takes a free slot of the module that the URI names. With --reinitialize it takes the token that the URI \
            names, and every key on that is destroyed. A PIN without a source is asked for, twice where it is new.

            Example:
              tokencsp token init --label demo \\
                --so-pin-source file:so.pin --pin-source file:user.pin \\
                --token 'pkcs11:?module-path=/usr/lib/softhsm/libsofthsm2.so'
            """
    )

    @Option(
        help: ArgumentHelp("The new token's label, 1 to 32 bytes.", valueName: "text"), transform: TokenLabel.parse)
    var label: String

    @OptionGroup var officer: OfficerOptions

    @Flag(help: "Erase and label anew the token that the URI names.")
    var reinitialize = false

    @Flag(help: "Do not ask before erasing.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try PINSourceArgument.validate(("--so-pin-source", officer.soPinSource), ("--pin-source", global.pinSource))
    }

    func run() throws {
        let configuration = try global.configuration()
        if reinitialize {
            let tokens = try Tokens.list(configuration).filter(\.isInitialized)
            let names = tokens.map { "\"\($0.label)\" (serial \($0.serial))" }.joined(separator: ", ")
            try Confirmation.require("Destroy everything on token \(names)?", yes: yes || tokens.isEmpty)
        }
        // A token that is initialized anew checks the PIN its security officer has; a free one is given it.
        var soPIN = PINEntry()
        defer { soPIN.takeNoticeAway?() }
        let slot: TokenDescription?
        if reinitialize {
            let token = try Tokens.find(configuration)
            slot = token
            soPIN = try PINEntry.present(officer.soPinSource, of: .securityOfficer, token, configuration)
        } else {
            slot = Self.free(configuration)
            soPIN.pin = try PINEntry.new(
                officer.soPinSource, of: .securityOfficer, label: label, in: slot, configuration)
        }
        let userPIN = try PINEntry.new(global.pinSource, of: .user, label: label, in: slot, configuration)
        let token = try Tokens.initialize(
            configuration, label: label, soPIN: soPIN.pin, userPIN: userPIN, reinitialize: reinitialize,
            usingFinalTry: soPIN.isFresh)
        try Output.print(TokenInitResult(token: TokenResult(token)), json: global.json)
    }

    /// The free slot that will be taken; the library says why there is none.
    private static func free(_ configuration: Configuration) -> TokenDescription? {
        // The URI may name the token that is still to be made.
        var configuration = configuration
        configuration.tokenURI = configuration.tokenURI.map { PKCS11URI($0).removingToken }
        return (try? Tokens.list(configuration))?.first { !$0.isInitialized && !$0.isWriteProtected }
    }
}

/// `{"token": {…as in token list…}}`
private struct TokenInitResult: CommandResult {
    let token: TokenResult

    var text: String {
        """
        Token "\(printable(token.label))" is ready, serial \(printable(token.serial)).
        export TOKENCSP_TOKEN='\(printable(token.uri))'

        """
    }
}

/// `--label`: CK_TOKEN_INFO holds 32 bytes of UTF-8, padded with blanks.
private enum TokenLabel {
    static func parse(_ text: String) throws -> String {
        guard (1...32).contains(text.utf8.count) else {
            throw ValidationError("the label has \(text.utf8.count) bytes: 1 to 32 are allowed")
        }
        guard text == printable(text), text.last != " " else {
            throw ValidationError("the label \"\(printable(text))\" ends with a blank or holds a control character")
        }
        return text
    }
}
