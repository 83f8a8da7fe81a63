import ArgumentParser
import TokenCSP

struct KeyShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what the token holds of a key, attribute by attribute.",
        discussion: """
            The private half is visible after a login only, so this asks for the PIN.

            Example:
              tokencsp key show --container alice --spec signature
            """
    )

    @OptionGroup var selection: KeySelection
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let context = try global.acquire(container: selection.container)
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
