/// What CryptSignHash signs: a hash's value, in the form that each kind of key takes.
struct SignatureMessage: Sendable {
    let value: [UInt8]
    /// Nil for SSL3_SHAMD5, whose 36 bytes have no object identifier.
    let kind: HashKind?
    /// How RSA signs it.
    let padding: RSASignaturePadding

    /// CRYPT_NOHASHOID: RSA signs the bare value.
    var isBare: Bool { padding == .pkcs1WithoutHashName }

    /// For RSASSA-PKCS1-v1_5: the DigestInfo, or the bare value.
    var encoded: [UInt8] {
        guard !isBare, let kind else { return value }
        return DigestInfo.encode(kind, digest: value)
    }

    /// For RSASSA-PSS; nil where that was not asked for.
    ///
    /// - Throws: NTE_BAD_ALGID, NTE_BAD_LEN.
    func pss() throws(CSPError) -> PSS? {
        guard case .pss(let saltLength) = padding.scheme else { return nil }
        return try PSS(hash: kind, saltLength: saltLength)
    }

    /// That a key of this kind can sign so.
    ///
    /// - Throws: NTE_BAD_FLAGS for RSA-PSS with a key of another kind.
    func check(_ key: PublicKey) throws(CSPError) {
        guard padding.isPSS, key.rsa == nil else { return }
        throw CSPError(.badFlags, "RSA-PSS is for RSA keys")
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
    ///
    /// - Throws: NTE_BAD_FLAGS, NTE_BAD_ALGID and NTE_BAD_LEN for RSA-PSS that is none.
    func verify(_ signature: [UInt8], _ message: SignatureMessage) throws(CSPError) -> Bool {
        try message.check(self)
        switch self {
        case .rsa(let key):
            if let pss = try message.pss() {
                return key.verify(signature: signature.reversed(), digest: message.value, pss)
            }
            return key.verify(signature: signature.reversed(), encodedMessage: message.encoded)
        case .dsa(let key): return key.verify(signature, message)
        case .ellipticCurve(let key): return key.verify(signature, message)
        case .diffieHellman: return false
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
