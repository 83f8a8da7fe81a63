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
        let context = try global.open(container: name)
        let found = context.containerName ?? name
        let keys = context.containerName == nil ? [] : try context.ownKeys()
        var global = global
        global.provider = context.providerName
        context.release()
        let list = keys.map { key in
            let specs = key.specs.map(\.argument).joined(separator: " and ")
            let maker = key.isOurs ? "" : ", made by another tool, id \(hexadecimal(key.id))"
            return "\(specs.isEmpty ? "" : specs + " ")\(key.algorithm.name) \(key.bits)\(maker)"
        }.joined(separator: "; ")
        let what = keys.isEmpty ? "which is empty" : "with \(list)"
        try Confirmation.require("Delete \(describe(container: found)), \(what)?", yes: yes)
        try global.deleteContainer(name)
        let result = ContainerDeleted(
            container: found, keys: keys.map { KeyListResult.Key($0) }, list: list)
        try Output.print(result, json: global.json)
    }
}

/// `{"container": "alice", "deleted": true, "keys": [{…as `key list` had them…}]}`
private struct ContainerDeleted: CommandResult {
    /// Absent where the default container is meant and its name is not known.
    let container: String?
    let deleted = true
    let keys: [KeyListResult.Key]
    let list: String

    private enum CodingKeys: CodingKey { case container, deleted, keys }

    var text: String {
        let name = describe(container: container)
        let what = keys.isEmpty ? "it was empty" : "with it \(list)"
        return name.prefix(1).uppercased() + name.dropFirst() + " deleted, \(what).\n"
    }
}
