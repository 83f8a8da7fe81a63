internal import PKCS11

extension Context {
    /// Header, length, key.
    func importPlaintext(_ blob: KeyBlob, _ flags: ImportFlags) throws(CSPError) -> Key {
        guard blob.body.count >= 4 else { throw CSPError(.badData, "the PLAINTEXTKEYBLOB is cut off") }
        let count = Int(KeyBlob.number(blob.body))
        guard count <= blob.body.count - 4 else {
            throw CSPError(.badData, "the PLAINTEXTKEYBLOB says \(count) bytes and has \(blob.body.count - 4)")
        }
        var value = Array(blob.body.dropFirst(4).prefix(count))
        defer { wipe(&value) }
        return try importValue(value, blob.algorithm, flags, isPlaintext: true)
    }

    /// Header, ALG_ID of the wrapping key, and the key wrapped as RFC 3217 says.
    func importSymmetricWrap(_ blob: KeyBlob, under key: Key?, _ flags: ImportFlags) throws(CSPError) -> Key {
        guard let key else {
            throw CSPError(.badKey, "a SYMMETRICWRAPKEYBLOB is wrapped: hPubKey must be a session key")
        }
        let wrapping = try key.sessionKey("SYMMETRICWRAPKEYBLOB")
        guard blob.body.count > 4 else { throw CSPError(.badData, "the SYMMETRICWRAPKEYBLOB is cut off") }
        let algorithm = AlgorithmID(rawValue: KeyBlob.number(blob.body))
        guard algorithm == key.algorithm, let content = SessionAlgorithm.all[blob.algorithm],
            content.isWrapped(under: wrapping.algorithm)
        else {
            throw CSPError(
                .badAlgID,
                "the blob says a \(blob.algorithm) key under a \(algorithm) key; hPubKey is a \(key.algorithm) key")
        }
        var value = try SymmetricKeyWrap.unwrap(Array(blob.body.dropFirst(4)), kek: wrapping)
        defer { wipe(&value) }
        // RFC 3217, section 3.1: the first key of two follows once more.
        if content.cipher == .tripleDES112, value.count == 24 {
            guard value.prefix(8) == value.suffix(8) else {
                throw CSPError(.badData, "the wrapped key is no 3DES key of two keys")
            }
            // In place, where `wipe` finds it.
            value.replaceSubrange(16..., with: repeatElement(0, count: 8))
            value.removeLast(8)
        }
        return try importValue(value, blob.algorithm, flags, isPlaintext: false)
    }

    /// An OPAQUEKEYBLOB of this container, with the key's parameters as they were.
    func importOpaque(_ bytes: [UInt8], _ blob: KeyBlob, _ flags: ImportFlags) throws(CSPError) -> Key {
        let content = try OpaqueKeyBlob.opened(bytes, by: opaqueExchangeKey())
        let value = content.value
        let key = try value.withUnsafeBytes { value in
            Result { () throws(CSPError) in
                var value = [UInt8](value)
                defer { wipe(&value) }
                return try importValue(value, blob.algorithm, flags, isPlaintext: false)
            }
        }.get()
        try key.sessionKey("OPAQUEKEYBLOB").setParameters { (parameters) throws(CSPError) in
            guard content.parameters.iv.count == parameters.iv.count else { throw OpaqueKeyBlob.invalid }
            parameters = content.parameters
        }
        return key
    }

    /// The key pair that OPAQUEKEYBLOBs are bound to: that of the container, on the token.
    func opaqueExchangeKey() throws(CSPError) -> Key {
        let key = try userKey(.keyExchange)
        guard case .stored = key.material else {
            throw CSPError(.noKey, "an OPAQUEKEYBLOB is bound to a container's AT_KEYEXCHANGE key on the token")
        }
        return key
    }

    /// A key's value that is on the host.
    private func importValue(
        _ value: [UInt8], _ algorithm: AlgorithmID, _ flags: ImportFlags, isPlaintext: Bool
    ) throws(CSPError) -> Key {
        guard let session = SessionAlgorithm.all[algorithm], let entry = profile.algorithm(algorithm) else {
            throw CSPError(.badAlgID, "provider \"\(profile.name)\" has no \(algorithm) keys")
        }
        if let bytes = session.bytes {
            guard value.count == bytes else {
                throw CSPError(.badData, "a \(algorithm) key of \(value.count) bytes: it has \(bytes)")
            }
        } else {
            // RC2 of any length: with CRYPT_IPSEC_HMAC_KEY, for an HMAC, and what an RSA block carries.
            let isFree = session.cipher == .rc2 && (flags.isHMACKey || !isPlaintext)
            let allowed = isFree ? 1...16_384 : entry.minimumBits / 8...entry.maximumBits / 8
            guard allowed.contains(value.count) else {
                throw CSPError(
                    .badData,
                    "a \(algorithm) key of \(value.count) bytes: \(allowed.lowerBound) to \(allowed.upperBound) are allowed"
                )
            }
        }
        let salt = try salt(session, bytes: value.count, flags.key) { count throws(CSPError) in
            [UInt8](repeating: 0, count: count)
        }
        let key = SessionKey(
            session, .host(Secret(value)), bytes: value.count, salt: salt,
            effectiveBits: effectiveBits(session, value.count)
        )
        let bits = session.bytes == nil ? value.count * 8 : entry.defaultBits
        return Key(self, .session(key), algorithm, spec: nil, bits: bits, flags: flags.key)
    }

    /// An RC2 key beyond 128 bits counts for 512 at most; under the Base provider one beyond its 56 for 40.
    private func effectiveBits(_ algorithm: SessionAlgorithm, _ bytes: Int) -> Int {
        guard algorithm.cipher == .rc2 else { return bytes * 8 }
        return profile.saltRule == .base && bytes > 7 ? 40 : min(bytes * 8, 512)
    }

    /// Header, ALG_ID of the wrapping key, RSA block, little-endian.
    func importSimple(_ blob: KeyBlob, under key: Key?, _ flags: ImportFlags) throws(CSPError) -> Key {
        guard blob.body.count > 4 else { throw CSPError(.badData, "the SIMPLEBLOB is cut off") }
        let wrapping = AlgorithmID(rawValue: KeyBlob.number(blob.body))
        guard wrapping == .rsaKeyExchange else {
            throw CSPError(.badAlgID, "the SIMPLEBLOB is encrypted under \(wrapping); CALG_RSA_KEYX is known")
        }
        let exchange = if let key { key } else { try userKey(.keyExchange) }
        guard exchange.algorithm == .rsaKeyExchange else {
            throw CSPError(
                .badKey, "a SIMPLEBLOB is decrypted with a CALG_RSA_KEYX key, not a \(exchange.algorithm) key")
        }
        let size = (exchange.bits + 7) / 8
        guard blob.body.count - 4 >= size else { throw CSPError(.badData, "the SIMPLEBLOB is cut off") }
        let block = Array(blob.body.dropFirst(4).prefix(size).reversed())
        let padding: RSAEncryptionPadding = flags.isOAEP ? exchange.oaepPadding : .pkcs1
        if let onToken = try unwrappedOnToken(block, blob.algorithm, exchange, padding, flags.key) { return onToken }
        var value = try exchange.decrypt(block, padding)
        defer { wipe(&value) }
        return try importValue(value, blob.algorithm, flags, isPlaintext: false)
    }

    /// A key that never leaves the token: unwrapped there, where token and placement let it.
    private func unwrappedOnToken(
        _ block: [UInt8], _ algorithm: AlgorithmID, _ exchange: Key, _ padding: RSAEncryptionPadding,
        _ keyFlags: KeyFlags
    ) throws(CSPError) -> Key? {
        guard locator.configuration.sessionKeys != .host, case .stored(let stored) = exchange.material,
            let session = SessionAlgorithm.all[algorithm], let cipher = session.onToken,
            let entry = profile.algorithm(algorithm)
        else { return nil }
        // A key that asks at each use is not used behind the user's back twice: unwrapping has no such login.
        guard exchange.protection == .none else { return nil }
        // By the exchange key's own context, as for decrypting: this one need not be logged in, nor may it lend its login.
        try exchange.context.authenticate(for: stored.use(.decrypt))
        let half = try stored.findPrivateHalf()
        // A token may pass a label over.
        if case .oaep(_, let label) = padding, !label.isEmpty { return nil }
        guard !half.asksForPIN else { return nil }
        let mayLeave = keyFlags.contains(.exportable) || keyFlags.contains(.archivable)
        let template: Template = [
            Attribute(.secretKey), Attribute(cipher.keyType), Attribute(.token, false), Attribute(.isPrivate, false),
            Attribute(.sensitive, true), Attribute(.extractable, mayLeave), Attribute(.encrypt, true),
            Attribute(.decrypt, true), Attribute(.wrap, true), Attribute(.unwrap, true),
        ]
        let mechanism = try padding.mechanism()
        let object = try? stored.token.writing { session throws(PKCS11Error) in
            session.own(try session.unwrap(block, under: half.handle, mechanism, template))
        }
        guard let object else { return nil }
        let values = try onToken("unwrapped key") { () throws(PKCS11Error) in
            try stored.token.reading { session throws(PKCS11Error) in
                try session.attributes(of: object.handle, [.valueLen, .sensitive, .extractable])
            }
        }
        // SoftHSM takes any number of bytes for a 3DES key, and does not tell how many: such a key goes to the host.
        guard let length = values.uint(.valueLen), Int(clamping: length) == session.bytes,
            values.bool(.sensitive) == true,
            values.bool(.extractable) == mayLeave
        else { return nil }
        let key = SessionKey(session, .token(stored.token, object), bytes: session.bytes ?? 0)
        return Key(self, .session(key), algorithm, spec: nil, bits: entry.defaultBits, flags: keyFlags)
    }
}
