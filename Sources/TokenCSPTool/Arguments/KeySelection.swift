import ArgumentParser
import TokenCSP

/// One existing key: `key show`, `key export-public`, `sign` and `verify` take it.
struct KeySelection: ParsableArguments {
    @Option(help: ContainerName.help, completion: Completion.containers)
    var container: String?

    @Option(help: "Which of the container's keys (default: the signature key, else the exchange key).")
    var spec: KeySpecArgument?

    mutating func validate() throws {
        try ContainerName.validate(container)
    }

    /// Finds the key. No PIN is needed for this.
    func key(in context: Context) throws(CSPError) -> (key: Key, spec: KeySpec) {
        if let spec { return (try context.userKey(spec.keySpec), spec.keySpec) }
        do throws(CSPError) {
            return (try context.userKey(.signature), .signature)
        } catch {
            guard error.code == .noKey else { throw error }
        }
        do throws(CSPError) {
            return (try context.userKey(.keyExchange), .keyExchange)
        } catch {
            guard error.code == .noKey else { throw error }
            throw CSPError(.noKey, "\(describe(container: context.containerName ?? container)) holds no key")
        }
    }
}

/// How a container is spoken of: its name in quotes, or "the default container".
func describe(container: String?) -> String {
    container.map { "container \"\(printable($0))\"" } ?? "the default container"
}
