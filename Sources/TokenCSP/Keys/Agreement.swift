internal import PKCS11

// CryptImportKey of another's PUBLICKEYBLOB with one's own Diffie-Hellman key as hPubKey: the token computes the secret,
// the host has it for KP_ALGID, which makes a session key of it.
extension Key {
    /// Diffie-Hellman: the secret is the shared number, little-endian as all of CryptoAPI's numbers.
    ///
    /// - Parameter blob: the other's PUBLICKEYBLOB.
    /// - Throws: NTE_BAD_KEY where this is no such private key; what decoding the blob throws.
    func agree(_ blob: [UInt8], _ flags: KeyFlags, in importing: Context) throws(CSPError) -> Key {
        guard let own = try publicNumbers().domain else {
            throw CSPError(.badKey, "a \(algorithm) key agrees on no secret")
        }
        let other = try DiffieHellmanPublicKey.decode(publicKeyBlob: blob, own)
        let shared = try sharedSecret(Mechanism(.dhPKCSDerive, parameter: other.value), size: own.size)
        let secret = Secret(count: shared.count) { secret in
            shared.withUnsafeBytes { secret.copyBytes(from: $0.reversed() as ReversedCollection) }
        }
        return importing.agreedKey(secret, flags: flags)
    }

    /// On a curve: the secret is SHA-256 of Z, the x-coordinate of the shared point, big-endian and of the curve's size,
    /// which is what CNG derives with BCRYPT_KDF_HASH and SHA-256.
    ///
    /// - Throws: NTE_BAD_KEY where this is no private ECDH key, NTE_BAD_DATA for a key on another curve.
    func agree(_ other: Key, _ flags: KeyFlags, in importing: Context) throws(CSPError) -> Key {
        guard PairAlgorithm.all[other.algorithm]?.agrees == true,
            case .ellipticCurve(let own) = try publicNumbers(),
            case .ellipticCurve(let other) = try other.publicNumbers()
        else { throw CSPError(.badKey, "a \(algorithm) and a \(other.algorithm) key agree on no secret") }
        guard own.curve == other.curve else {
            throw CSPError(.badData, "the blob's key is on \(other.curve.rawValue), hPubKey on \(own.curve.rawValue)")
        }
        let shared = try sharedSecret(Mechanism.ecdh1(publicPoint: other.point), size: own.curve.size)
        let secret = Secret(count: HashKind.sha256.digestSize) { digest in
            let hash = HostHash(.sha256)
            shared.withUnsafeBytes { hash.update($0) }
            hash.finish(into: digest)
        }
        return importing.agreedKey(secret, flags: flags)
    }

    /// What the token derives with the private half, big-endian.
    ///
    /// - Parameter size: its bytes, zeros in front included.
    private func sharedSecret(_ mechanism: Mechanism, size: Int) throws(CSPError) -> Secret {
        let token: Token
        let object: SessionObject
        switch material {
        case .stored(let key):
            token = key.token
            // PKCS#11 has no context-specific login for an agreement; our own keys that agree are never protected.
            object = try context.use(key, to: .agree) { half, _ throws(PKCS11Error) in
                try Self.derive(key.token, half.handle, mechanism, size: size)
            }
        case .ephemeral(let pair):
            token = try context.token()
            object = try onToken("\(algorithm) key") { () throws(PKCS11Error) in
                try Self.derive(token, pair.objects.privateKey.handle, mechanism, size: size)
            }
        case .session, .publicKey, .hostPrivate, .draft, .agreed:
            throw CSPError(.noKey, "a public key alone agrees on no secret")
        }
        defer { try? object.destroy() }
        return try TokenExport(token: token).value(of: object.handle) { value in
            // SoftHSM fills what it wraps up to whole blocks with zeros, and counts them as part of it.
            guard value.dropFirst(size).count < 8, value.dropFirst(size).allSatisfy({ $0 == 0 }) else { return nil }
            let value = UnsafeRawBufferPointer(rebasing: value.prefix(size))
            // Some tokens leave zeros in front out.
            return Secret(count: size) { secret in
                UnsafeMutableRawBufferPointer(rebasing: secret[(size - value.count)...]).copyBytes(from: value)
            }
        }
    }

    private static func derive(
        _ token: Token, _ key: ObjectHandle, _ mechanism: Mechanism, size: Int
    ) throws(PKCS11Error) -> SessionObject {
        try token.writing { session throws(PKCS11Error) in
            session.own(
                try session.derive(
                    key, mechanism,
                    [
                        Attribute(.secretKey), Attribute(.genericSecret), Attribute(.token, false),
                        // It leaves the token wrapped, as every key does.
                        Attribute(.isPrivate, false), Attribute(.sensitive, true), Attribute(.extractable, true),
                        Attribute(.valueLen, UInt(clamping: size)),
                    ]
                )
            )
        }
    }
}
