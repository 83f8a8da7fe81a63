import ArgumentParser
import TokenCSP

struct ContainerDelete: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a container and the keys in it.",
        discussion: """
            Asks before it deletes. Without a terminal it deletes with --yes only.

            Example:
              tokencsp container delete alice --yes
            """
    )

    @Argument(help: "The container's name.", completion: Completion.containers)
    var name: String?

    @Flag(name: .customLong("default"), help: "The default container.")
    var isDefault = false

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try ContainerName.validate(name)
        if isDefault == (name != nil) {
            throw ValidationError("name the container to delete, or give --default for the default container")
        }
    }

    func run() throws {
        // Opened first, so that an absent container is an error and not a question.
        let context = try global.acquire(container: name)
        let found = context.containerName ?? name
        let keys = try context.keys().filter { $0.container == found }
        context.release()
        let list = keys.map { key in
            let specs = key.specs.map(\.argument).joined(separator: " and ")
            let maker = key.isOurs ? "" : ", made by another tool, id \(hexadecimal(key.id))"
            return "\(specs.isEmpty ? "" : specs + " ")\(key.algorithm.name) \(key.bits)\(maker)"
        }
        let what = keys.isEmpty ? "which is empty" : "with \(list.joined(separator: "; "))"
        try Confirmation.require("Delete \(describe(container: found)), \(what)?", yes: yes)
        try global.deleteContainer(name)
        try Output.print(ContainerResult.deleted(found), json: global.json)
    }
}
