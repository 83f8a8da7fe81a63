internal import PKCS11

extension Key {
    /// A signature in CryptoAPI's form: RSA little-endian, DSA as two little-endian numbers, ECDSA as two big-endian ones,
    /// EdDSA as RFC 8032 has it.
    func sign(_ message: SignatureMessage) throws(CSPError) -> [UInt8] {
        try checkMade()
        let numbers = try publicNumbers()
        let size = numbers.signatureSize
        guard PairAlgorithm.all[algorithm]?.agrees != true else {
            throw CSPError(.badKey, "a \(algorithm) key agrees on secrets and does not sign")
        }
        try message.check(numbers)
        switch numbers {
        case .rsa(let key):
            guard let pss = try message.pss() else { return try sign(message.encoded).reversed() }
            return try sign(message.value, pss, bits: key.bits).reversed()
        case .dsa:
            let signature = try sign(message.leftmost(size / 2), Mechanism(.dsa), size: size)
            return signature.prefix(size / 2).reversed() + signature.dropFirst(size / 2).reversed()
        case .ellipticCurve(let key) where key.curve == .ed25519:
            return try sign(message.value, Mechanism(.edDSA), size: size)
        case .ellipticCurve: return try sign(message.leftmost(size / 2), Mechanism(.ecdsa), size: size)
        case .diffieHellman: throw CSPError(.badKey, "a \(algorithm) key does not sign")
        }
    }

    /// RSASSA-PKCS1-v1_5 over an encoded message (DigestInfo, or bare data), big-endian.
    func sign(_ encodedMessage: [UInt8]) throws(CSPError) -> [UInt8] {
        try checkMade()
        if case .hostPrivate(let key) = material { return try key.sign(encodedMessage) }
        return try sign(encodedMessage, .rsaPKCS, size: (bits + 7) / 8)
    }

    /// RSASSA-PSS over a hash value, big-endian.
    ///
    /// - Throws: NTE_BAD_LEN for a salt that the key has no room for; NTE_BAD_ALGID where the token can neither do it nor
    ///   the bare operation.
    private func sign(_ digest: [UInt8], _ pss: PSS, bits: Int) throws(CSPError) -> [UInt8] {
        try pss.checkRoom(bits: bits)
        if case .hostPrivate(let key) = material { return try key.sign(digest, pss) }
        let size = (bits + 7) / 8
        // A token that lacks PSS, or this hash or salt, does the bare operation: by the same consent.
        var bare: Signable?
        if try tokenLists(.rsaX509) {
            bare = Signable(
                bytes: try pss.encode(digest, bits: bits).bigEndian(width: size), mechanism: Mechanism(.rsaX509))
        }
        let listed = try tokenLists(pss.mechanism.type) ? Signable(bytes: digest, mechanism: pss.mechanism) : nil
        do throws(CSPError) {
            if let listed { return try sign(listed, orElse: bare, size: size) }
            if let bare { return try sign(bare, size: size) }
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
        return try onToken("\(algorithm) key") { () throws(PKCS11Error) in try token.slot.mechanismInfo(type) != nil }
    }

    /// What the token makes of the bytes by a mechanism.
    ///
    /// - Parameter size: bytes of a signature.
    func sign(_ bytes: [UInt8], _ mechanism: Mechanism, size: Int) throws(CSPError) -> [UInt8] {
        try sign(Signable(bytes: bytes, mechanism: mechanism), size: size)
    }

    /// - Parameter other: what is signed in the same use where the token refuses the first's mechanism.
    private func sign(_ first: Signable, orElse other: Signable? = nil, size: Int) throws(CSPError) -> [UInt8] {
        switch material {
        case .stored(let key):
            return try use(key, to: .sign) { half, authorization throws(PKCS11Error) in
                try sign(first, orElse: other, size, key.token, half.handle, authorization)
            }
        case .ephemeral(let pair):
            let token = try context.token()
            return try onToken("\(algorithm) key") { () throws(PKCS11Error) in
                try sign(first, orElse: other, size, token, pair.objects.privateKey.handle, nil)
            }
        case .session, .publicKey, .hostPrivate, .draft, .agreed:
            throw CSPError(.badKey, "a \(algorithm) key without a private half on the token does not sign so")
        }
    }

    private func sign(
        _ first: Signable, orElse other: Signable?, _ size: Int, _ token: Token, _ handle: ObjectHandle,
        _ authorization: Authorization?
    ) throws(PKCS11Error) -> [UInt8] {
        func sign(_ what: Signable) throws(PKCS11Error) -> [UInt8] {
            try token.withSession { session throws(PKCS11Error) in
                try session.sign(
                    what.bytes, with: handle, what.mechanism, maximumSize: size, authorization: authorization)
            }
        }
        do throws(PKCS11Error) {
            return try sign(first)
        } catch {
            guard let other, error.isAboutMechanism else { throw error }
            return try sign(other)
        }
    }
}

/// What goes to the token for a signature.
private struct Signable {
    let bytes: [UInt8]
    let mechanism: Mechanism
}

extension PKCS11Error {
    /// Whether the token lacks the mechanism, or does not take it with this parameter.
    var isAboutMechanism: Bool { CSPError(self, "").code == .badAlgID }
}
