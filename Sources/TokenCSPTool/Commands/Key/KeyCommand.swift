import ArgumentParser

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Generate, list, show, import, export, copy, protect and delete keys.",
        discussion: """
            Example:
              tokencsp key generate --container alice --spec signature --bits 3072
            """,
        subcommands: [
            KeyGenerate.self, KeyAttest.self, KeyList.self, KeyShow.self, KeyExportPublic.self, KeyImport.self,
            KeyExport.self, KeyArchive.self, KeyCopy.self, KeyRename.self, KeyProtect.self, KeyDelete.self,
        ]
    )
}
