import ArgumentParser
import FoundationEssentials
import Glibc

/// Writes the manual pages into a folder: for scripts/install, and so not in the help.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Write the manual pages into a folder. For 'scripts/install'.",
        shouldDisplay: false)

    @Argument(help: "The folder, which is there already.")
    var folder: String

    func run() throws {
        let help = try JSONDecoder().decode(CommandHelp.Document.self, from: Data(TokenCSPCommand._dumpHelp().utf8))
        try write(help.command, under: [])
    }

    private func write(_ command: CommandHelp, under parents: [CommandHelp]) throws {
        let page = ManualPage(command, under: parents)
        try OutputFile.write(Array(page.text(date: Self.today).utf8), to: "\(folder)/\(page.name).1")
        for child in command.shownSubcommands { try write(child, under: parents + [command]) }
    }

    /// The day of the build: SOURCE_DATE_EPOCH says it where builds are to be the same.
    private static var today: String {
        var time = environment("SOURCE_DATE_EPOCH").flatMap { Int($0) } ?? Glibc.time(nil)
        var day = tm()
        gmtime_r(&time, &day)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(day.tm_year + 1900)-\(two(day.tm_mon + 1))-\(two(day.tm_mday))"
    }
}

/// A command as swift-argument-parser tells of it: the parts that a page wants.
struct CommandHelp: Decodable {
    struct Document: Decodable {
        let command: CommandHelp
    }

    struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String

            var text: String { (kind == "long" ? "--" : "-") + name }
        }
        let kind: String
        let shouldDisplay: Bool
        let isOptional: Bool
        let isRepeating: Bool
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let allValues: [String]?
        let abstract: String?
        let discussion: String?
    }

    let commandName: String
    let abstract: String?
    let discussion: String?
    let shouldDisplay: Bool?
    let subcommands: [CommandHelp]?
    let arguments: [Argument]?

    var shownSubcommands: [CommandHelp] {
        (subcommands ?? []).filter { $0.shouldDisplay ?? true && $0.commandName != "help" }
    }

    /// Those of the page, but for --help and --version, which every command has.
    var shownArguments: [Argument] {
        (arguments ?? []).filter { argument in
            argument.shouldDisplay && !(argument.names ?? []).contains { ["help", "version"].contains($0.name) }
        }
    }
}
