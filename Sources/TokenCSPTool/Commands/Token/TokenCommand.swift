import ArgumentParser

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "List tokens, make them ready, change their PIN.",
        discussion: """
            Example:
              tokencsp token list
            """,
        subcommands: [TokenList.self, TokenInit.self, TokenChangePIN.self]
    )
}
