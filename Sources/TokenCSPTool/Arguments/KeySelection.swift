import ArgumentParser
import PKCS11
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
        if let named = try context.specs(namedBy: container) {
            guard let found = spec?.keySpec ?? named.first, named.contains(found) else {
                throw CSPError.otherKey(named)
            }
            return (try context.userKey(found), found)
        }
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

extension Context {
    /// Whether the container is known to hold neither key: a token that does not answer may hold one.
    var hasNoKeys: Bool {
        [KeySpec.signature, .keyExchange].allSatisfy { spec in
            do throws(CSPError) {
                _ = try userKey(spec)
                return false
            } catch {
                return error.code == .noKey
            }
        }
    }

    /// The specs of the one key whose id stands in a container's URI; nil where none stands there.
    ///
    /// - Throws: NTE_NO_KEY where this container has no key of that id.
    func specs(namedBy container: String?) throws(CSPError) -> [KeySpec]? {
        guard let container, container.lowercased().hasPrefix("pkcs11:"), let id = (try? TokenURI(container))?.objectID
        else { return nil }
        for key in try keys() where key.container == containerName && key.id == id { return key.specs }
        throw CSPError(
            .noKey, "\(describe(container: containerName)) has no key of the URI's id for provider \"\(providerName)\"")
    }
}

extension CSPError {
    /// The URI names one key, and `--spec` another.
    static func otherKey(_ named: [KeySpec]) -> CSPError {
        let name = named.map(\.argument).joined(separator: " and ")
        return CSPError(.noKey, "the id in the URI is that of the container's \(name) key, and --spec names the other")
    }
}

/// How a container is spoken of: its name in quotes, or "the default container".
func describe(container: String?) -> String {
    container.map { "container \"\(printable($0))\"" } ?? "the default container"
}
