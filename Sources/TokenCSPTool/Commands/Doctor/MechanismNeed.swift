import PKCS11

/// What a token without some mechanism cannot do: a table.
struct MechanismNeed: Sendable {
    /// One of these is enough.
    let anyOf: [MechanismType]
    /// What is not available without.
    let without: String
    /// What happens instead; nil where nothing does.
    let instead: String?

    private init(_ anyOf: [MechanismType], _ without: String, instead: String? = nil) {
        self.anyOf = anyOf
        self.without = without
        self.instead = instead
    }

    var names: String { anyOf.map(\.name).joined(separator: " or ") }

    static let all: [MechanismNeed] = [
        MechanismNeed([.rsaPKCSKeyPairGen], "key generate --algorithm rsa"),
        MechanismNeed([.rsaPKCS], "sign and decrypt with RSA keys"),
        MechanismNeed([.rsaPKCSPSS], "RSA-PSS signatures"),
        MechanismNeed([.rsaPKCSOAEP], "decrypt with OAEP"),
        MechanismNeed([.ecKeyPairGen], "key generate --algorithm ecdsa and ecdh"),
        MechanismNeed([.ecdsa], "sign with ECDSA keys"),
        MechanismNeed([.ecdh1Derive], "key agreement with ECDH keys"),
        MechanismNeed([.ecEdwardsKeyPairGen, .edDSA], "key generate --algorithm ed25519"),
        MechanismNeed([.dsaKeyPairGen], "keys of the DSS providers"),
        MechanismNeed([.dhPKCSKeyPairGen], "keys of the Diffie-Hellman providers"),
        MechanismNeed([.aesKeyGen], "AES session keys on the token", instead: "they are made on the host"),
        MechanismNeed([.des3KeyGen], "3DES session keys on the token", instead: "they are made on the host"),
        MechanismNeed(
            [.aesKeyWrapPad, .aesCBCPad], "export of private keys (--exportable, key export, key copy)"),
    ]
}
