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
        let context = try global.open(container: selection.container)
        defer { context.release() }
        let report = try selection.key(in: context).key.report()
        try Output.print(KeyShowResult(key: ReportResult(report)), json: global.json)
    }
}

/// `{"key": {…a report, see ReportResult…}}`
private struct KeyShowResult: CommandResult {
    let key: ReportResult

    var text: String { key.text }
}
