import ArgumentParser
import TokenCSP

/// `tokencsp container rename`, and `key rename`.
struct ContainerRename: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Give a container another name.",
        discussion: """
            The labels of its keys, certificates and record change; the keys, their ids and policy stay. Programs find the \
            container under the new name alone. If something stops it half-way the same command finishes it.
            Example:
              tokencsp container rename alice alice-2026
            """
    )

    @Argument(help: "The container's name.", completion: Completion.containers)
    var name: String

    @Argument(help: "The new name.")
    var newName: String

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try ContainerName.validate(name)
        try ContainerName.validate(newName)
    }

    func run() throws {
        let listing = try global.acquireForListing()
        let wasThere = try listing.containers().contains(name)
        listing.release()
        var (old, global) = (name, global)
        do {
            let context = try global.open(container: name)
            defer { context.release() }
            global.provider = context.providerName
            old = context.containerName ?? name
            try context.renameContainer(to: newName)
        } catch let error as CSPError where error.code == .badKeyset && wasThere {
            // Opening it finished what was stopped half-way.
        }
        // Read back, by a context of its own.
        let renamed = try global.acquire(container: newName)
        defer { renamed.release() }
        let keys = try renamed.keys().filter { $0.container == newName }.flatMap(\.specs).map(\.argument)
        try Output.print(ContainerRenameResult(container: newName, formerName: old, keys: keys), json: global.json)
    }
}

/// `tokencsp key rename`: the same by another name.
struct KeyRename: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Give a key's container another name.",
        discussion: """
            The same as 'tokencsp container rename'.

            Example:
              tokencsp key rename alice alice-2026
            """
    )

    @OptionGroup var rename: ContainerRename

    func run() throws { try rename.run() }
}

private struct ContainerRenameResult: CommandResult {
    let container: String
    let formerName: String
    let keys: [String]

    var text: String {
        "\(describe(container: formerName)) is now \(describe(container: container))"
            + (keys.isEmpty ? ", empty" : ", with its keys: " + keys.joined(separator: ", ")) + ".\n"
    }
}
