internal import PKCS11

/// Diffie-Hellman on elliptic curves: CryptImportKey of the other's PUBLICKEYBLOB under one's own key.
///
/// What the two agree on is SHA-256 of Z, the x-coordinate of the shared point, big-endian and of the curve's size: what
/// CNG derives with BCRYPT_KDF_HASH and SHA-256. KP_ALGID makes a session key of its leftmost bytes.
extension Key {
    /// What this key and another one agree on.
    ///
    /// - Throws: NTE_BAD_KEY where this is no private ECDH key, NTE_BAD_DATA for a key on another curve.
    func agree(_ other: EllipticCurvePublicKey) throws(CSPError) -> Secret {
        guard PairAlgorithm.all[algorithm]?.agrees == true, case .ellipticCurve(let own) = try publicNumbers() else {
            throw CSPError(
                .badKey, "hPubKey is a \(algorithm) key, which agrees on nothing with a key on \(other.curve.rawValue)")
        }
        guard own.curve == other.curve else {
            throw CSPError(.badData, "the blob's key is on \(other.curve.rawValue), hPubKey on \(own.curve.rawValue)")
        }
        let shared = try sharedCoordinate(Mechanism.ecdh1(publicPoint: other.point), size: own.curve.size)
        defer { wipeStack() }
        return Secret(count: HashKind.sha256.digestSize) { digest in
            let hash = HostHash(.sha256)
            shared.withUnsafeBytes { hash.update($0) }
            hash.finish(into: digest)
        }
    }

    private func sharedCoordinate(_ mechanism: Mechanism, size: Int) throws(CSPError) -> Secret {
        let value: Secret?
        switch material {
        case .stored(let key):
            value = try context.withLogin { () throws(CSPError) in
                try key.withPrivateHalf { half throws(PKCS11Error) in
                    try Self.derive(key.token, half.handle, mechanism, size)
                }
            }
        case .ephemeral(let pair):
            let token = try context.token()
            value = try onToken("\(algorithm) key") { () throws(PKCS11Error) in
                try Self.derive(token, pair.objects.privateKey.handle, mechanism, size)
            }
        case .session, .agreed, .publicKey, .hostPrivate:
            throw CSPError(.badKey, "hPubKey is a \(algorithm) key without a private half on the token")
        }
        guard let value else {
            throw CSPError(.notSupported, "the token does not tell what its \(algorithm) key and another one agree on")
        }
        // Some tokens leave zeros in front out.
        return Secret(count: size) { padded in
            value.withUnsafeBytes { value in
                UnsafeMutableRawBufferPointer(rebasing: padded[(size - value.count)...]).copyBytes(from: value)
            }
        }
    }

    /// The secret's value, which is on the token for as long as it takes to read it; nil where it is not told.
    private static func derive(
        _ token: Token, _ key: ObjectHandle, _ mechanism: Mechanism, _ size: Int
    ) throws(PKCS11Error) -> Secret? {
        try token.writing { session throws(PKCS11Error) in
            let secret = try session.derive(
                key, mechanism,
                [
                    Attribute(.secretKey), Attribute(.genericSecret), Attribute(.token, false),
                    Attribute(.isPrivate, false), Attribute(.sensitive, false), Attribute(.extractable, true),
                    Attribute(.valueLen, UInt(clamping: size)),
                ]
            )
            defer { try? session.destroy(secret) }
            return try session.secretValue(of: secret, maximumSize: size)
        }
    }
}
