public import FoundationEssentials
public import SwiftASN1
public import TokenCSP
public import X509

/// A key on a token as swift-certificates' private key: it signs requests and certificates, and stays where it is.
///
///     let key = TokenPrivateKey(try context.userKey(.signature))
///     let request = try CertificateSigningRequest(version: .v1, …, privateKey: Certificate.PrivateKey(key), …)
///
/// ``TokenCSP/Key/certificateRequest(_:)`` and its neighbours do that in one step.
public struct TokenPrivateKey: CustomPrivateKey {
    /// The key pair on the token.
    public let key: Key
    /// Its public half.
    public let publicKey: Certificate.PublicKey
    private let numbers: PublicKey

    /// - Parameter key: RSA of 2048 bits or more, ECDSA on P-256, P-384 or P-521, or Ed25519.
    /// - Throws: NTE_BAD_KEY for a key that does not sign, or that swift-certificates does not know.
    public init(_ key: Key) throws(CSPError) {
        numbers = try key.publicKey()
        guard key.algorithm != .ecdh, key.algorithm != .ecdhEphemeral else {
            throw CSPError(
                .badKey,
                "a \(key.algorithm) key agrees on secrets and does not sign: take a signature key (--spec signature)")
        }
        publicKey = try Self.publicKey(numbers)
        self.key = key
    }

    static func publicKey(_ numbers: PublicKey) throws(CSPError) -> Certificate.PublicKey {
        do {
            return try Certificate.PublicKey(derEncoded: numbers.subjectPublicKeyInfo())
        } catch {
            throw CSPError(
                .badKey,
                "a public key of \(numbers.bits) bits that certificates are not made for here: RSA keys of 2048 bits or "
                    + "more, P-256, P-384, P-521 and Ed25519 are (\(error))")
        }
    }

    // MARK: - Signing

    public var defaultSignatureAlgorithm: Certificate.SignatureAlgorithm {
        // Each kind of key has one for its own default hash.
        supported.first { $0.hash == numbers.defaultHash }?.algorithm ?? .ed25519
    }

    public var supportedSignatureAlgorithms: [Certificate.SignatureAlgorithm] { supported.map(\.algorithm) }

    /// The algorithm for a hash.
    ///
    /// - Parameter hash: nil for the key's own: SHA-256, of P-384 SHA-384, of P-521 SHA-512. Ed25519 takes none.
    /// - Throws: NTE_BAD_ALGID, naming what the key signs with.
    public func signatureAlgorithm(_ hash: HashKind? = nil) throws(CSPError) -> Certificate.SignatureAlgorithm {
        guard let hash else { return defaultSignatureAlgorithm }
        if let known = supported.first(where: { $0.hash == hash }) { return known.algorithm }
        let hashes = supported.map { "\($0.hash)" }.joined(separator: ", ")
        throw CSPError(
            .badAlgID,
            numbers.signsWholeData
                ? "Ed25519 signs without a hash: leave the hash out"
                : "certificates of this key are not signed with \(hash), but with \(hashes)")
    }

    private var supported: [(hash: HashKind, algorithm: Certificate.SignatureAlgorithm)] {
        switch numbers {
        case .rsa:
            [
                (.sha256, .sha256WithRSAEncryption), (.sha384, .sha384WithRSAEncryption),
                (.sha512, .sha512WithRSAEncryption), (.sha1, .sha1WithRSAEncryption),
            ]
        case .ellipticCurve where numbers.signsWholeData: []
        case .ellipticCurve:
            [(.sha256, .ecdsaWithSHA256), (.sha384, .ecdsaWithSHA384), (.sha512, .ecdsaWithSHA512)]
        case .dsa, .diffieHellman: []
        }
    }

    public func signSynchronously(
        bytes: some DataProtocol, signatureAlgorithm: Certificate.SignatureAlgorithm
    ) throws -> Certificate.Signature {
        let hash: HashKind
        if let known = supported.first(where: { $0.algorithm == signatureAlgorithm }) {
            hash = known.hash
        } else if signatureAlgorithm == .ed25519, numbers.signsWholeData {
            // Not used.
            hash = .sha512
        } else {
            throw CSPError(.badAlgID, "a \(key.algorithm) key does not sign by \(signatureAlgorithm)")
        }
        let signature = try key.signature(of: Array(bytes), hash: hash)
        return try Certificate.Signature(
            signatureAlgorithm: signatureAlgorithm, signatureBytes: ASN1BitString(bytes: signature.bytes[...]))
    }
}

// MARK: - Conformances

extension TokenPrivateKey {
    /// Two are equal when their public halves are.
    public static func == (a: TokenPrivateKey, b: TokenPrivateKey) -> Bool { a.publicKey == b.publicKey }

    public func hash(into hasher: inout Hasher) { hasher.combine(publicKey) }

    public static var defaultPEMDiscriminator: String { "PRIVATE KEY" }

    /// - Throws: always, NTE_BAD_KEY_STATE: the private key does not leave the token.
    public func serialize(into coder: inout DER.Serializer) throws { throw Self.staysOnToken }

    /// - Throws: always, NTE_BAD_KEY_STATE: the private key does not leave the token.
    public func serializeAsPEM(discriminator: String) throws -> PEMDocument {
        throw Self.staysOnToken
    }

    private static var staysOnToken: CSPError {
        CSPError(.badKeyState, "the private key stays on the token: what may leave it leaves by Key.export")
    }
}

extension PublicKey {
    /// The hash that is as strong as the key.
    var defaultHash: HashKind {
        guard case .ellipticCurve(let key) = self else { return .sha256 }
        return key.curve == .p384 ? .sha384 : key.curve == .p521 ? .sha512 : .sha256
    }
}
