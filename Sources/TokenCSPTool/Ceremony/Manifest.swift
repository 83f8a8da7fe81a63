import TokenCSP

/// What key ceremonies have made, for an auditor to keep: `key generate --manifest` writes it, `key attest` holds it
/// against the token. Documentation/Ceremony.md describes every field.
///
/// The names of the stored properties are the keys of the file, as in `CommandResult`. There is no secret in it.
struct Manifest: Encodable {
    static let schemaName = "tokencsp-manifest"
    /// Changes with the set of fields, and with the set of attributes that are read back.
    static let schemaVersion = 1

    let schema = Manifest.schemaName
    let version = Manifest.schemaVersion
    /// One for each command that wrote into the file.
    var runs: [Run]

    var keys: [Key] { runs.flatMap(\.keys) }

    /// One command.
    struct Run: Encodable {
        let time: String
        let software: Software
        let host: String
        let `operator`: String
        let note: String?
        let module: Module
        let token: Token
        let provider: String
        let keySet: KeySetName
        var keys: [Key]
    }

    struct Software: Encodable {
        let name: String
        let version: String
    }

    struct Module: Encodable, Equatable {
        let path: String
        let description: String
        let manufacturer: String
        let version: String
    }

    struct Token: Encodable, Equatable {
        let label: String
        let manufacturer: String
        let model: String
        let serial: String
        /// Without a module: where that is installed is another matter on the auditor's host.
        let uri: String
        let hardwareVersion: String
        let firmwareVersion: String
    }

    enum KeySetName: String, Encodable, CaseIterable {
        case user
        case machine
    }

    struct Key: Encodable {
        let time: String
        let container: String
        let spec: String
        let uri: String
        /// CKA_ID.
        let id: String
        let algorithm: String
        let bits: Int
        let curve: String?
        let mechanism: String
        /// Which template of the ladder the token took; 0 is the full one.
        let rung: Int
        /// CryptGenKey's dwFlags, and their names.
        let flags: String
        let flagNames: [String]
        let protection: String
        let protectionHeldBy: String?
        let attributes: [Attribute]
        /// SubjectPublicKeyInfo, PEM; and the SHA-256 of its DER.
        let publicKey: String
        let publicKeySHA256: String
        let certificateRequest: String?
        let notes: [String]

        private enum CodingKeys: String, CodingKey {
            case time, container, spec, uri, id, algorithm, bits, curve, mechanism, rung, flags, flagNames, protection
            case protectionHeldBy, attributes, publicKey, certificateRequest, notes
            case publicKeySHA256 = "publicKeySha256"
        }
    }

    struct Attribute: Encodable {
        /// `private` or `public`.
        let object: String
        let attribute: String
        let asked: String?
        let onToken: String?
        let heldBy: String
        let because: String
    }
}
