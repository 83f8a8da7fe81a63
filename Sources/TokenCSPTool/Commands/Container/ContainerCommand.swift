import ArgumentParser

struct ContainerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "container",
        abstract: "List, create, rename and delete key containers.",
        discussion: """
            A container holds at most two key pairs, one for signatures and one for key exchange. The keys that other \
            tools have made on the token appear as containers too.

            Example:
              tokencsp container list
            """,
        subcommands: [ContainerList.self, ContainerCreate.self, ContainerRename.self, ContainerDelete.self]
    )
}
