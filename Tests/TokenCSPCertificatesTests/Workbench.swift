import TestTokens
import Testing
import TokenCSP
import TokenCSPCertificates

/// A token of the test's own, and openssl.
struct Workbench {
    /// A kind of key: provider and length.
    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let provider: String
        let algorithm: AlgorithmID
        let bits: Int
        let signature: String

        var testDescription: String { name }

        static let rsa = Kind(
            name: "RSA", provider: "TokenCSP RSA and AES Provider", algorithm: .rsaSign, bits: 2048,
            signature: "sha256WithRSAEncryption")
        static let p256 = Kind(
            name: "P-256", provider: curves, algorithm: .ecdsa, bits: 256, signature: "ecdsa-with-SHA256")
        static let p384 = Kind(
            name: "P-384", provider: curves, algorithm: .ecdsa, bits: 384, signature: "ecdsa-with-SHA384")
        static let p521 = Kind(
            name: "P-521", provider: curves, algorithm: .ecdsa, bits: 521, signature: "ecdsa-with-SHA512")
        static let ed25519 = Kind(
            name: "Ed25519", provider: curves, algorithm: .ed25519, bits: 255, signature: "ED25519")
        private static let curves = "TokenCSP Elliptic Curve Provider"
        static let all = [rsa, p256, p384, p521, ed25519]
    }

    let token: TestToken
    let configuration: Configuration
    let witness: Witness

    init() throws {
        token = try TestToken.make()
        configuration = Configuration(tokenURI: token.uri)
        witness = try Witness()
    }

    func context(_ name: String, _ kind: Kind = .p256, flags: Context.Flags = .newKeySet) throws -> Context {
        try Context.acquire(container: name, provider: kind.provider, flags: flags, configuration: configuration)
    }

    func key(_ name: String, _ kind: Kind = .p256) throws -> Key {
        try context(name, kind).generateKey(algorithm: kind.algorithm, bits: kind.bits)
    }

    /// What `openssl x509 -text` or `req -text` says.
    func text(_ command: String, _ path: String, _ more: String...) throws -> String {
        String(decoding: try witness.openssl([command, "-in", path, "-noout", "-text"] + more), as: UTF8.self)
    }
}
