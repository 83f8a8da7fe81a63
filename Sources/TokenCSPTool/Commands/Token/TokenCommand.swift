import ArgumentParser

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "List tokens, make them ready, change and unblock their PINs.",
        discussion: """
            Example:
              tokencsp token list
            """,
        subcommands: [
            TokenList.self, TokenInit.self, TokenChangePIN.self, TokenUnblock.self, TokenChangeOfficerPIN.self,
        ]
    )
}
