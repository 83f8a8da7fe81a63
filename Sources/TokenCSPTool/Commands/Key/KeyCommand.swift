import ArgumentParser

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Generate, list, show, export and delete keys.",
        discussion: """
            Example:
              tokencsp key generate --container alice --spec signature --bits 3072
            """,
        subcommands: [
            KeyGenerate.self, KeyAttest.self, KeyList.self, KeyShow.self, KeyExportPublic.self, KeyDelete.self,
        ]
    )
}
