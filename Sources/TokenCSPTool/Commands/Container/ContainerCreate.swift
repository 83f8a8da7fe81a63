import ArgumentParser
import TokenCSP

struct ContainerCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create an empty container.",
        discussion: """
            'tokencsp key generate' creates the container it needs by itself.

            Example:
              tokencsp container create alice
            """
    )

    @Argument(help: "The container's name; the default container if left out.", transform: ContainerName.parse)
    var name: String?

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let context = try global.acquire(container: name, flags: .newKeySet)
        defer { context.release() }
        try Output.print(ContainerResult.created(context.containerName ?? name), json: global.json)
    }
}
