import ArgumentParser
import PKCS11
import TokenCSP

/// Where the passphrase of a file comes from. Never an argument: other users can read a command line.
struct PassphraseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the file's passphrase comes from: as --pin-source; a prompt if left out.", valueName: "source"),
        completion: Completion.pinSources,
        transform: PINSourceArgument.parse)
    var passphraseSource: PINSourceArgument?

    mutating func validate() throws {
        try PINSourceArgument.validate(("--passphrase-source", passphraseSource))
        if passphraseSource == .pinentry {
            throw ValidationError("--passphrase-source pinentry is not there: dialogs ask for PINs; use prompt")
        }
    }

    /// That passphrase, PIN and data do not wait for the same standard input.
    func validate(_ global: GlobalOptions, readsInput: Bool) throws {
        guard passphraseSource?.readsStandardInput == true else { return }
        if readsInput || global.pinSource?.readsStandardInput == true {
            throw ValidationError("--passphrase-source fd:0 wants standard input, which something else reads too")
        }
    }

    /// Reads it, or asks.
    ///
    /// - Parameters:
    ///   - what: the thing that it opens, for the question.
    ///   - isNew: it is to be set, and entered twice.
    func read(_ what: String, isNew: Bool = false) throws -> PIN {
        if case .stored(let source) = passphraseSource {
            do {
                return try TokenCSP.PINSource.read(source, allowingCommands: true)
            } catch {
                // They are read alike, and a passphrase is no PIN.
                let reason = error.reason.hasPrefix("PIN ") ? "passphrase " + error.reason.dropFirst(4) : error.reason
                throw ToolError.passphrase(reason)
            }
        }
        let question = "Passphrase for \(printable(what))"
        let isAsked = passphraseSource == .prompt
        if !isAsked, let configuration = try? Configuration.load(), configuration.interaction == .none {
            throw missing(question, "nobody is to be asked (interaction = none)")
        }
        guard let terminal = try Terminal(for: question) else {
            throw missing(question, "there is no terminal to ask on")
        }
        let first = try terminal.askForPIN(question)
        guard !first.isEmpty else { throw ToolError.passphrase("an empty passphrase protects nothing") }
        guard isNew else { return first.pin }
        guard try terminal.askForPIN(question + ", again").holdsSame(as: first) else {
            throw ToolError.passphrase("the two passphrases differ")
        }
        return first.pin
    }

    private func missing(_ question: String, _ why: String) -> ToolError {
        ToolError.passphrase("\(question): \(why); name a source by --passphrase-source")
    }
}
