internal import PKCS11

/// The half of a key that signs, within a context: what is needed of a ``Key`` for a signature, and of a container's pair
/// that has no handle.
struct Signer {
    let context: Context
    let material: Key.Material
    let algorithm: AlgorithmID
    /// Nil for a key that does not sign.
    let scheme: SignatureScheme?

    init(_ context: Context, _ key: StoredKey) {
        self.context = context
        material = .stored(key)
        algorithm = key.algorithm
        scheme = key.signatureScheme
    }

    /// - Throws: NTE_BAD_KEY for a key without a public half, NTE_BAD_KEY_STATE for one that is not made yet.
    init(_ key: Key) throws(CSPError) {
        try key.checkMade()
        context = key.context
        material = key.material
        algorithm = key.algorithm
        if case .stored(let key) = material {
            scheme = key.signatureScheme
        } else {
            let numbers = try key.publicNumbers()
            scheme = PairAlgorithm.all[algorithm]?.agrees == true ? nil : numbers.signatureScheme
        }
    }

    /// Bytes of a signature as the token makes it, and in CryptoAPI's form; 0 for a key that does not sign.
    var size: Int { scheme?.size ?? 0 }

    /// A signature as the token makes it: RSA big-endian, DSA and ECDSA as two big-endian numbers.
    ///
    /// - Parameter signature: has room for as many bytes as the scheme says.
    /// - Returns: how many there are.
    /// - Throws: NTE_BAD_KEY for a key that does not sign, and as ``Hash/sign(with:padding:)``.
    func sign(
        _ message: SignatureMessage, into signature: UnsafeMutableRawBufferPointer
    ) throws(CSPError) -> Int {
        let scheme = try checkedScheme()
        try message.check(scheme)
        switch scheme {
        case .rsa(let bits):
            if let pss = try message.pss() { return try sign([UInt8](message.value), pss, bits: bits, into: signature) }
            return try message.withEncoded { encoded throws(CSPError) in
                try sign(encoded: encoded, into: signature)
            }
        case .dsa(let half): return try sign(message.leftmost(half), Mechanism(.dsa), into: signature)
        case .ecdsa(let half):
            return try sign(message.leftmost(half), Mechanism(.ecdsa), into: signature)
        case .edDSA: return try sign(message.value, Mechanism(.edDSA), into: signature)
        }
    }

    /// - Throws: NTE_BAD_KEY for a key that does not sign.
    func checkedScheme() throws(CSPError) -> SignatureScheme {
        guard let scheme else {
            throw CSPError(.badKey, "a \(algorithm) key agrees on secrets and does not sign")
        }
        return scheme
    }

    /// RSASSA-PKCS1-v1_5 over an encoded message (DigestInfo, or bare data), big-endian.
    func sign(
        encoded message: UnsafeRawBufferPointer, into signature: UnsafeMutableRawBufferPointer
    ) throws(CSPError) -> Int {
        if case .hostPrivate(let key) = material {
            defer { wipeStack() }
            return signature.take(try key.sign([UInt8](message)))
        }
        return try sign(message, Mechanism(.rsaPKCS), into: signature)
    }

    /// RSASSA-PSS over a hash value, big-endian.
    ///
    /// - Throws: NTE_BAD_LEN for a salt that the key has no room for; NTE_BAD_ALGID where the token can neither do it nor
    ///   the bare operation.
    private func sign(
        _ digest: [UInt8], _ pss: PSS, bits: Int, into signature: UnsafeMutableRawBufferPointer
    ) throws(CSPError) -> Int {
        try pss.checkRoom(bits: bits)
        if case .hostPrivate(let key) = material {
            defer { wipeStack() }
            return signature.take(try key.sign(digest, pss))
        }
        // A token that lacks PSS, or this hash or salt, does the bare operation: by the same consent.
        let bare =
            try tokenLists(.rsaX509) ? try pss.encode(digest, bits: bits).bigEndian(width: (bits + 7) / 8) : nil
        let isListed = try tokenLists(pss.mechanism.type)
        do throws(CSPError) {
            if isListed {
                return try lending(digest) { digest throws(CSPError) in
                    try sign(digest, pss.mechanism, orElse: bare, into: signature)
                }
            }
            if let bare {
                return try lending(bare) { bare throws(CSPError) in
                    try sign(bare, Mechanism(.rsaX509), into: signature)
                }
            }
        } catch {
            guard error.code == .badAlgID, bare == nil else { throw error }
        }
        throw CSPError(.badAlgID, "the token lacks CKM_RSA_PKCS_PSS for this hash and salt, and CKM_RSA_X_509 as well")
    }

    /// Whether the token has a mechanism on its list; SoftHSM also does what the list leaves out.
    private func tokenLists(_ type: MechanismType) throws(CSPError) -> Bool {
        let token: Token
        switch material {
        case .stored(let key): token = key.token
        case .ephemeral: token = try context.token()
        // Without a token there is no signature either way.
        case .session, .publicKey, .hostPrivate, .draft, .agreed: return true
        }
        return try onToken("\(algorithm) key") { () throws(PKCS11Error) in try token.mechanismInfo(type) != nil }
    }

    /// What the token makes of the bytes by a mechanism.
    ///
    /// - Parameter bare: what is signed by CKM_RSA_X_509 in the same use where the token refuses the mechanism.
    private func sign(
        _ bytes: UnsafeRawBufferPointer, _ mechanism: Mechanism, orElse bare: [UInt8]? = nil,
        into signature: UnsafeMutableRawBufferPointer
    ) throws(CSPError) -> Int {
        func sign(
            _ token: Token, _ key: ObjectHandle, _ authorization: Authorization?
        ) throws(PKCS11Error) -> Int {
            do throws(PKCS11Error) {
                return try token.sign(bytes, with: key, mechanism, into: signature, authorization: authorization)
            } catch {
                guard let bare, error.isAboutMechanism else { throw error }
                return try token.sign(
                    bare, with: key, Mechanism(.rsaX509), into: signature, authorization: authorization)
            }
        }
        switch material {
        case .stored(let key):
            return try context.use(key, to: .sign) { half, authorization throws(PKCS11Error) in
                try sign(key.token, half.handle, authorization)
            }
        case .ephemeral(let pair):
            let token = try context.token()
            return try onToken("\(algorithm) key") { () throws(PKCS11Error) in
                try sign(token, pair.objects.privateKey.handle, nil)
            }
        case .session, .publicKey, .hostPrivate, .draft, .agreed:
            throw CSPError(.badKey, "a \(algorithm) key without a private half on the token does not sign so")
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Takes the bytes that there is room for.
    fileprivate func take(_ bytes: [UInt8]) -> Int {
        let count = Swift.min(count, bytes.count)
        copyBytes(from: bytes.prefix(count))
        return count
    }
}

extension PKCS11Error {
    /// Whether the token lacks the mechanism, or does not take it with this parameter.
    var isAboutMechanism: Bool { CSPError(self, "").code == .badAlgID }
}
