import ArgumentParser
import TokenCSP

struct KeyShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what the token holds of a key, attribute by attribute.",
        discussion: """
            Says who can export the key, who asks for the PIN and what the key is for, then every attribute as the \
            token tells it now. The private half is visible after a login only, so this asks for the PIN; where there \
            is none to be had, the public half is shown.

            Examples:
              tokencsp key show --container alice --spec signature
              tokencsp key show --container alice --json --pin-source env:PIN
            """
    )

    @OptionGroup var selection: KeySelection
    @OptionGroup var global: GlobalOptions

    func run() throws {
        // A source that was named and gives nothing is an error, not a key without a private half.
        try global.readNamedPINSource()
        let context = try open()
        defer { context.release() }
        let report = try selection.key(in: context).key.report()
        try Output.print(KeyShowResult(key: ReportResult(report)), json: global.json)
    }

    /// Half a key of another tool's is no container, and not nothing either.
    private func open() throws -> Context {
        do {
            return try global.open(container: selection.container)
        } catch let error as CSPError where error.code == .badKeyset {
            let isHalf = try? Context.isPrivateHalfAlone(
                selection.container, flags: global.keySet, configuration: global.configuration())
            guard isHalf == true else { throw error }
            throw CSPError(
                error.code,
                "\(describe(container: selection.container)) is a private key alone: without its public half, which "
                    + "another tool left out or deleted, TokenCSP does not find it")
        }
    }
}

/// `{"key": {…a report, see ReportResult…}}`
private struct KeyShowResult: CommandResult {
    let key: ReportResult

    var text: String { key.text }
}
