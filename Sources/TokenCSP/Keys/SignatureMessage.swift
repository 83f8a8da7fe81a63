/// What CryptSignHash signs: a hash's value, in the form that each kind of key takes.
struct SignatureMessage {
    /// Lent: a message lives no longer than its bytes.
    let value: UnsafeRawBufferPointer
    /// Nil for SSL3_SHAMD5, whose 36 bytes have no object identifier.
    let kind: HashKind?
    /// How RSA signs it.
    let padding: RSASignaturePadding

    /// CRYPT_NOHASHOID: RSA signs the bare value.
    var isBare: Bool { padding == .pkcs1WithoutHashName }

    /// Lends what RSASSA-PKCS1-v1_5 signs: the DigestInfo, or the bare value.
    func withEncoded<R>(_ body: (UnsafeRawBufferPointer) throws(CSPError) -> R) throws(CSPError) -> R {
        guard !isBare, let kind else { return try body(value) }
        return try DigestInfo.withEncoded(kind, digest: value, body)
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
    func check(_ scheme: SignatureScheme) throws(CSPError) {
        guard padding.isPSS else { return }
        if case .rsa = scheme { return }
        throw CSPError(.badFlags, "RSA-PSS is for RSA keys")
    }

    /// For DSA and ECDSA: as much of the value as the group's order has bytes (FIPS 186-4, sections 4.6 and 6.4).
    func leftmost(_ count: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: value.prefix(count)) }
}

extension PublicKey {
    /// Bytes of a signature in CryptoAPI's form; 0 for keys that do not sign.
    var signatureSize: Int { signatureScheme?.size ?? 0 }

    /// Whether a signature in CryptoAPI's form belongs to the message and this key's private half.
    ///
    /// - Throws: NTE_BAD_FLAGS, NTE_BAD_ALGID and NTE_BAD_LEN for RSA-PSS that is none.
    func verify(_ signature: [UInt8], _ message: SignatureMessage) throws(CSPError) -> Bool {
        if let signatureScheme { try message.check(signatureScheme) }
        switch self {
        case .rsa(let key):
            if let pss = try message.pss() {
                return key.verify(signature: signature.reversed(), digest: [UInt8](message.value), pss)
            }
            return try message.withEncoded { encoded in
                key.verify(signature: signature.reversed(), encodedMessage: [UInt8](encoded))
            }
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
