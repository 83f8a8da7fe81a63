import ArgumentParser
import TokenCSP

struct KeyDelete: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete one key pair of a container. The container stays.",
        discussion: """
            Asks before it deletes. Without a terminal it deletes with --yes only.

            Example:
              tokencsp key delete --container alice --spec signature --yes
            """
    )

    @Option(help: ContainerName.help, completion: Completion.containers)
    var container: String?

    @Option(help: "Which of the container's keys.")
    var spec: KeySpecArgument

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try ContainerName.validate(container)
    }

    func run() throws {
        let context = try global.open(container: container)
        defer { context.release() }
        // Found first, so that an absent key is an error and not a question.
        if let named = try context.specs(namedBy: container), !named.contains(spec.keySpec) {
            throw CSPError.otherKey(named)
        }
        let key = try context.userKey(spec.keySpec)
        let name = context.containerName ?? container
        let what = "the \(key.bits)-bit \(spec.rawValue) key of \(describe(container: name))"
        let warning = try KeyReplacement.warning(spec.keySpec, in: context, name)
        try Confirmation.require("Delete \(what)?\(warning)", yes: yes)
        try context.deleteKey(spec.keySpec)
        let result = KeyDeleteResult(container: name, spec: spec.rawValue, deleted: true)
        try Output.print(result, json: global.json)
    }
}

/// `{"container": "alice", "spec": "signature", "deleted": true}`
private struct KeyDeleteResult: CommandResult {
    let container: String?
    let spec: String
    let deleted: Bool

    var text: String { "The \(spec) key of \(describe(container: container)) is deleted.\n" }
}
