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
        switch numbers {
        case .rsa: return try sign(message.encoded).reversed()
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

    /// What the token makes of the bytes by a mechanism.
    ///
    /// - Parameter size: bytes of a signature.
    func sign(_ bytes: [UInt8], _ mechanism: Mechanism, size: Int) throws(CSPError) -> [UInt8] {
        switch material {
        case .stored(let key):
            return try context.withLogin { () throws(CSPError) in
                let half = try key.findPrivateHalf()
                // CKA_ALWAYS_AUTHENTICATE: the PIN goes with each use.
                let pin = half.asksForPIN ? try context.authenticator.operationPIN(key.token) : nil
                return try key.withPrivateHalf { half throws(PKCS11Error) in
                    try sign(bytes, mechanism, size, key.token, half.handle, pin)
                }
            }
        case .ephemeral(let pair):
            let token = try context.token()
            return try onToken("\(algorithm) key") { () throws(PKCS11Error) in
                try sign(bytes, mechanism, size, token, pair.objects.privateKey.handle, nil)
            }
        case .session, .publicKey, .hostPrivate, .draft, .agreed:
            throw CSPError(.badKey, "a \(algorithm) key without a private half on the token does not sign so")
        }
    }

    private func sign(
        _ bytes: [UInt8], _ mechanism: Mechanism, _ size: Int, _ token: Token, _ handle: ObjectHandle, _ pin: PIN?
    ) throws(PKCS11Error) -> [UInt8] {
        try token.withSession { session throws(PKCS11Error) in
            try session.sign(bytes, with: handle, mechanism, maximumSize: size, authorization: pin)
        }
    }
}
