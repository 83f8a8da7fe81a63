import ArgumentParser
import TokenCSP

struct KeyList: ListingCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the key pairs of the key set. No PIN is asked for.",
        discussion: """
            A key's whole id and its PKCS#11 URI are in --json.

            Examples:
              tokencsp key list
              tokencsp key list --json | jq -r '.keys[] | select(.bits < 3072) | .container'
            """
    )

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let context = try global.acquireForListing()
        defer { context.release() }
        // The token's own order means nothing, and may be another tomorrow.
        let keys = try context.keys().sorted {
            ($0.container, $1.spec.rawValue, $0.uri) < ($1.container, $0.spec.rawValue, $1.uri)
        }
        try Output.print(KeyListResult(keys: keys.map { KeyListResult.Key($0) }), json: global.json)
    }
}

/// `{"keys": [{"container": "alice", "spec": "signature", "specs": ["signature"], "algorithm": "CALG_RSA_SIGN",
/// "bits": 3072, "id": "0a1b…", "uri": "pkcs11:…", "is_ours": true}]}`
///
/// `specs` has two entries for a key of another tool that serves both uses; `is_ours` is false for such keys.
struct KeyListResult: CommandResult {
    struct Key: Encodable {
        let container: String
        let spec: String
        let specs: [String]
        let algorithm: String
        let bits: Int
        let id: String
        let uri: String
        let isOurs: Bool

        init(_ key: KeySummary) {
            container = key.container
            spec = key.spec.argument
            specs = key.specs.map(\.argument)
            algorithm = key.algorithm.name
            bits = key.bits
            id = hexadecimal(key.id)
            uri = key.uri
            isOurs = key.isOurs
        }
    }
    static let emptyNote = "No key found."

    let keys: [Key]

    var text: String {
        guard !keys.isEmpty else { return "" }
        var table = Table("CONTAINER", "SPEC", "ALGORITHM", "BITS", "MADE BY", "ID")
        for key in keys {
            table.append(
                key.container, key.specs.joined(separator: ", "), key.algorithm, String(key.bits),
                key.isOurs ? "tokencsp" : "another tool", shortened(key.id))
        }
        return table.text()
    }
}
