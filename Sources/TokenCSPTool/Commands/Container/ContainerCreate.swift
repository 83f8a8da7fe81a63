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

    @Argument(help: ContainerName.help, completion: Completion.containers)
    var name: String?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try ContainerName.validate(name)
    }

    func run() throws {
        let context = try global.acquire(container: name, flags: .newKeySet)
        defer { context.release() }
        guard !context.isTransient else {
            throw ToolError(
                .refused,
                "the token takes no data objects, so it cannot keep an empty container; 'tokencsp key generate' makes the "
                    + "container with its first key"
            )
        }
        try Output.print(ContainerCreated(container: context.containerName ?? name), json: global.json)
    }
}
