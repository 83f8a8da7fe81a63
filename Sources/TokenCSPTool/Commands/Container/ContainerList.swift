import ArgumentParser
import TokenCSP

struct ContainerList: ListingCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the containers of the key set, with the keys in them. No PIN is asked for.",
        discussion: """
            Example:
              tokencsp container list --machine
            """
    )

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let context = try global.acquireForListing()
        defer { context.release() }
        let containers = try context.containersWithKeys().map { container in
            let specs = container.keys.flatMap(\.specs)
            // Keys of other tools that no CryptoAPI function uses; deleting the container deletes them too.
            let others = container.keys.filter(\.specs.isEmpty).map { "other (\($0.algorithm.name) \($0.bits))" }
            return ContainerListResult.Container(
                name: container.name,
                keys: [KeySpec.signature, .keyExchange].filter { specs.contains($0) }.map(\.argument) + others,
                uri: try context.containerURI(container.name))
        }
        try Output.print(ContainerListResult(containers: containers), json: global.json)
    }
}

/// `{"containers": [{"name": "alice", "keys": ["signature", "exchange"], "uri": "pkcs11:…"}]}`
private struct ContainerListResult: CommandResult {
    struct Container: Encodable {
        let name: String
        let keys: [String]
        let uri: String
    }
    static let emptyNote = "No container found."

    let containers: [Container]

    var text: String {
        guard !containers.isEmpty else { return "" }
        var table = Table("CONTAINER", "KEYS")
        for container in containers {
            table.append(container.name, container.keys.isEmpty ? "none" : container.keys.joined(separator: ", "))
        }
        return table.text()
    }
}

/// What `container create` prints: `{"container": "alice", "created": true}`.
struct ContainerCreated: CommandResult {
    /// Absent where the default container is meant and its name is not known.
    let container: String?
    let created = true

    private enum CodingKeys: CodingKey { case container, created }

    var text: String {
        let name = describe(container: container)
        return name.prefix(1).uppercased() + name.dropFirst() + " created.\n"
    }
}
