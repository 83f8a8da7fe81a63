/// What CryptSignHash signs: a hash's value, in the form that each kind of key takes.
struct SignatureMessage: Sendable {
    let value: [UInt8]
    /// Nil for SSL3_SHAMD5, whose 36 bytes have no object identifier.
    let kind: HashKind?
    /// CRYPT_NOHASHOID: RSA signs the bare value.
    let isBare: Bool

    /// For RSASSA-PKCS1-v1_5: the DigestInfo, or the bare value.
    var encoded: [UInt8] {
        guard !isBare, let kind else { return value }
        return DigestInfo.encode(kind, digest: value)
    }

    /// For DSA and ECDSA: as much of the value as the group's order has bytes (FIPS 186-4, sections 4.6 and 6.4).
    func leftmost(_ count: Int) -> [UInt8] { Array(value.prefix(count)) }
}

extension PublicKey {
    /// Bytes of a signature in CryptoAPI's form; 0 for keys that do not sign.
    var signatureSize: Int {
        switch self {
        case .rsa(let key): (key.bits + 7) / 8
        case .dsa(let key): 2 * (key.parameters.subprime?.count ?? 0)
        case .ellipticCurve(let key): 2 * key.curve.size
        case .diffieHellman: 0
        }
    }

    /// Whether a signature in CryptoAPI's form belongs to the message and this key's private half.
    func verify(_ signature: [UInt8], _ message: SignatureMessage) -> Bool {
        switch self {
        case .rsa(let key): key.verify(signature: signature.reversed(), encodedMessage: message.encoded)
        case .dsa(let key): key.verify(signature, message)
        case .ellipticCurve(let key): key.verify(signature, message)
        case .diffieHellman: false
        }
    }

    /// The PUBLICKEYBLOB.
    ///
    /// - Parameter version: of DSS and Diffie-Hellman keys.
    func blob(_ algorithm: AlgorithmID, version: UInt8 = 2) throws(CSPError) -> [UInt8] {
        switch self {
        case .rsa(let key): key.publicKeyBlob(algorithm: algorithm.rawValue)
        case .dsa(let key): try key.publicKeyBlob(algorithm, version: version)
        case .diffieHellman(let key): try key.publicKeyBlob(algorithm, version: version)
        case .ellipticCurve(let key): try key.publicKeyBlob(algorithm)
        }
    }
}
