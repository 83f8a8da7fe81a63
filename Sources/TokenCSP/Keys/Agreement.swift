internal import PKCS11

extension Context {
    /// Agrees on a secret with the owner of a PUBLICKEYBLOB (CryptImportKey with one's own key as hPubKey). The token
    /// computes it; the host has it for KP_ALGID, which makes a session key of it.
    func agree(_ blob: [UInt8], with key: Key, _ flags: KeyFlags) throws(CSPError) -> Key {
        let secret: Secret
        switch try key.publicNumbers() {
        case .diffieHellman(let own):
            let other = try DiffieHellmanPublicKey.decode(publicKeyBlob: blob, own.parameters)
            secret = try key.agreedSecret(Mechanism(.dhPKCSDerive, parameter: other.value), size: own.parameters.size)
        case .ellipticCurve(let own): secret = try key.agreedSecret(own, with: blob)
        case .rsa, .dsa: throw CSPError(.badKey, "a \(key.algorithm) key agrees on no secret")
        }
        return Key(self, .agreed(secret), .agreedKeyAny, spec: nil, bits: secret.count * 8, flags: flags)
    }
}

extension Key {
    /// What the token derives with the private half, in CryptoAPI's byte order.
    ///
    /// - Parameter size: the width of the secret in bytes.
    func agreedSecret(_ mechanism: Mechanism, size: Int) throws(CSPError) -> Secret {
        let template: Template = [
            Attribute(.secretKey), Attribute(.genericSecret), Attribute(.token, false), Attribute(.isPrivate, false),
            // It leaves the token wrapped, as every key does.
            Attribute(.sensitive, true), Attribute(.extractable, true), Attribute(.valueLen, UInt(clamping: size)),
        ]
        let token: Token
        let object: SessionObject
        switch material {
        case .stored(let key):
            token = key.token
            object = try context.withLogin { () throws(CSPError) in
                try key.withPrivateHalf { half throws(PKCS11Error) in
                    try key.token.writing { session throws(PKCS11Error) in
                        session.own(try session.derive(half.handle, mechanism, template))
                    }
                }
            }
        case .ephemeral(let pair):
            token = try context.token()
            object = try onToken("\(algorithm) key") { () throws(PKCS11Error) in
                try token.writing { session throws(PKCS11Error) in
                    session.own(try session.derive(pair.objects.privateKey.handle, mechanism, template))
                }
            }
        case .session, .publicKey, .hostPrivate, .draft, .agreed:
            throw CSPError(.noKey, "a public key alone agrees on no secret")
        }
        defer { try? object.destroy() }
        return try TokenExport(token: token).value(of: object.handle) { value in
            // SoftHSM fills a value up to whole blocks with zeros, and counts them as part of it.
            guard value.dropFirst(size).allSatisfy({ $0 == 0 }) else { return nil }
            return Secret(count: size) { $0.copyBytes(from: value.prefix(size).reversed() as ReversedCollection) }
        }
    }

    /// KP_ALGID makes a session key of an agreed secret: its first bytes, little-endian as all of CryptoAPI's numbers.
    ///
    /// - Parameter rawFlags: as CryptGenKey's: `KeyFlags`, and the key length in bits in the high word.
    func activate(_ secret: Secret, _ data: UnsafePointer<UInt8>?, _ rawFlags: UInt32) throws(CSPError) {
        guard let data else { throw CSPError(.invalidParameter, "KP_ALGID: the data pointer is NULL") }
        let algorithm = AlgorithmID(rawValue: UnsafeRawPointer(data).loadUnaligned(as: UInt32.self))
        let asked = KeyFlags(rawValue: rawFlags & 0xFFFF)
        guard asked.subtracting(.known).isEmpty else { throw CSPError(.badFlags, "KP_ALGID knows no flag 0x20") }
        guard let session = SessionAlgorithm.all[algorithm], let entry = context.profile.algorithm(algorithm) else {
            throw CSPError(.badAlgID, "provider \"\(context.profile.name)\" makes no \(algorithm) keys of a secret")
        }
        let count = try Context.derivedBytes(Int(rawFlags >> 16), session, entry)
        guard count <= secret.count else {
            throw CSPError(.badData, "an agreed secret of \(secret.count) bytes is too short for a \(algorithm) key")
        }
        let value = Secret(count: count) { value in
            secret.withUnsafeBytes { value.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            session.setParity(value)
        }
        let flags = flags.union(asked)
        let salt = try context.salt(session, bytes: count, flags) { saltCount throws(CSPError) in
            guard secret.count >= count + saltCount else {
                throw CSPError(.badData, "the agreed secret is too short for a key and its salt")
            }
            return secret.withUnsafeBytes { Array($0[count..<count + saltCount]) }
        }
        let key = SessionKey(session, .host(value), bytes: count, salt: salt)
        let bits = session.bytes == nil ? count * 8 : entry.defaultBits
        become(Nature(material: .session(key), algorithm: algorithm, bits: bits, flags: flags, report: nil))
    }
}
