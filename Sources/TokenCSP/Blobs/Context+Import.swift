internal import PKCS11

/// Flags of CryptImportKey.
private enum ImportFlag {
    static let oaep: UInt32 = 0x40
    static let ipsecHMACKey: UInt32 = 0x100
    static let known: UInt32 = 0x1 | 0x2 | 0x10 | 0x4000 | 0x8000 | oaep | ipsecHMACKey
}

extension Context {
    /// Imports a PUBLICKEYBLOB: to verify and encrypt with. The token is not touched.
    public func importKey(_ blob: [UInt8]) throws(CSPError) -> Key {
        try checkAlive()
        do throws(RSAPublicKey.BlobError) {
            let (key, rawAlgorithm) = try RSAPublicKey.decode(publicKeyBlob: blob)
            let algorithm = AlgorithmID(rawValue: rawAlgorithm)
            guard algorithm == .rsaSign || algorithm == .rsaKeyExchange else {
                throw RSAPublicKey.BlobError.wrongNumbers
            }
            return Key(self, .publicKey(key), algorithm, spec: nil, bits: key.bits)
        } catch {
            throw CSPError(blobError: error)
        }
    }

    /// CryptImportKey.
    package func importKey(_ blob: UnsafeRawBufferPointer, under key: Key?, flags: UInt32) throws(CSPError) -> Key {
        try checkAlive()
        try key?.checkAlive()
        guard flags & ~ImportFlag.known == 0 else {
            throw CSPError(.badFlags, "CryptImportKey knows no flags \(hexadecimal(flags & ~ImportFlag.known))")
        }
        // No key is longer than 16384 bits with all its numbers: what follows is not looked at.
        var bytes = [UInt8](blob.prefix(16_384))
        defer { wipe(&bytes) }
        let parsed = try KeyBlob(bytes)
        switch parsed.type {
        case BlobType.publicKey:
            guard key == nil else { throw CSPError(.badKey, "a PUBLICKEYBLOB is not encrypted: hPubKey must be 0") }
            return try importKey(bytes)
        case BlobType.privateKey:
            return try importPrivateKey(bytes, under: key, KeyFlags(rawValue: flags & ~(ImportFlag.oaep | ImportFlag.ipsecHMACKey)))
        case BlobType.simple:
            return try importSimple(parsed, under: key, flags)
        case BlobType.plaintext:
            guard key == nil else { throw CSPError(.badKey, "a PLAINTEXTKEYBLOB is not encrypted: hPubKey must be 0") }
            return try importPlaintext(parsed, flags)
        default:
            throw CSPError(.badType, "a blob of type \(parsed.type) cannot be imported")
        }
    }
}

// MARK: - Private keys

extension Context {
    private func importPrivateKey(_ blob: [UInt8], under key: Key?, _ flags: KeyFlags) throws(CSPError) -> Key {
        var plain = blob
        defer { wipe(&plain) }
        if let key {
            var body = try key.decrypted(Array(blob[8...]))
            plain = Array(blob[..<8]) + body
            wipe(&body)
        }
        let (numbers, rawAlgorithm) = try RSAPrivateNumbers.decode(privateKeyBlob: plain)
        let algorithm = AlgorithmID(rawValue: rawAlgorithm)
        guard algorithm == .rsaSign || algorithm == .rsaKeyExchange else {
            throw CSPError(.badAlgID, "a PRIVATEKEYBLOB of \(algorithm)")
        }
        let spec: KeySpec = algorithm == .rsaSign ? .signature : .keyExchange
        let request = try GenerationRequest(importing: algorithm, spec, bits: numbers.publicKey.bits, flags, context: self.flags)
        guard request.isEphemeral else { return try importToToken(numbers, request, spec) }
        // Programs import keys to load session keys with; the token, if there is one, need not be asked.
        let host = RSAPrivateKey(numbers)
        state.withLock { state in
            state.hostKeys[spec] = host
            state.ephemeral[spec] = nil
        }
        return Key(self, .hostPrivate(host), algorithm, spec: spec, bits: numbers.publicKey.bits, flags: flags)
    }

    private func importToToken(_ numbers: RSAPrivateNumbers, _ request: GenerationRequest, _ spec: KeySpec) throws(CSPError) -> Key {
        try makeStoredPair(request, spec) { (generator, label, id) throws(CSPError) in
            try generator.importedPair(spec, numbers, label: label, id: id)
        }
    }
}

// MARK: - Session keys

extension Context {
    /// Header, length, key.
    private func importPlaintext(_ blob: KeyBlob, _ flags: UInt32) throws(CSPError) -> Key {
        guard blob.body.count >= 4 else { throw CSPError(.badData, "the PLAINTEXTKEYBLOB is cut off") }
        let count = Int(KeyBlob.number(blob.body))
        guard count <= blob.body.count - 4 else {
            throw CSPError(.badData, "the PLAINTEXTKEYBLOB says \(count) bytes and has \(blob.body.count - 4)")
        }
        var value = Array(blob.body.dropFirst(4).prefix(count))
        defer { wipe(&value) }
        return try importValue(value, blob.algorithm, flags, isPlaintext: true)
    }

    /// A key's value that is on the host.
    private func importValue(
        _ value: [UInt8], _ algorithm: AlgorithmID, _ rawFlags: UInt32, isPlaintext: Bool
    ) throws(CSPError) -> Key {
        let flags = KeyFlags(rawValue: rawFlags & ~(ImportFlag.oaep | ImportFlag.ipsecHMACKey))
        guard let session = SessionAlgorithm.all[algorithm], let entry = profile.algorithm(algorithm) else {
            throw CSPError(.badAlgID, "provider \"\(profile.name)\" has no \(algorithm) keys")
        }
        if let bytes = session.bytes {
            guard value.count == bytes else {
                throw CSPError(.badData, "a \(algorithm) key of \(value.count) bytes: it has \(bytes)")
            }
        } else {
            // CRYPT_IPSEC_HMAC_KEY: any length, for an HMAC. A SIMPLEBLOB takes what RSA carries.
            let isFree = rawFlags & ImportFlag.ipsecHMACKey != 0 || !isPlaintext
            let allowed = (entry.minimumBits / 8)...(isFree ? 16_384 : entry.maximumBits / 8)
            guard allowed.contains(value.count) || isFree && !value.isEmpty else {
                throw CSPError(
                    .badData, "a \(algorithm) key of \(value.count) bytes: \(allowed.lowerBound) to \(allowed.upperBound) are allowed"
                )
            }
        }
        let salt = try salt(session, bytes: value.count, flags) { count throws(CSPError) in
            [UInt8](repeating: 0, count: count)
        }
        let key = SessionKey(
            session, .host(Secret(value)), bytes: value.count, salt: salt,
            effectiveBits: effectiveBits(session, value.count)
        )
        let bits = session.bytes == nil ? value.count * 8 : entry.defaultBits
        return Key(self, .session(key), algorithm, spec: nil, bits: bits, flags: flags)
    }

    /// An RC2 key beyond 128 bits counts for 512 at most, under the Base provider for 40.
    private func effectiveBits(_ algorithm: SessionAlgorithm, _ bytes: Int) -> Int {
        guard algorithm.cipher == .rc2, bytes > 16 else { return bytes * 8 }
        return profile.saltRule == .base ? 40 : min(bytes * 8, 512)
    }

    /// Header, ALG_ID of the wrapping key, RSA block, little-endian.
    private func importSimple(_ blob: KeyBlob, under key: Key?, _ flags: UInt32) throws(CSPError) -> Key {
        guard blob.body.count > 4 else { throw CSPError(.badData, "the SIMPLEBLOB is cut off") }
        let wrapping = AlgorithmID(rawValue: KeyBlob.number(blob.body))
        guard wrapping == .rsaKeyExchange else {
            throw CSPError(.badAlgID, "the SIMPLEBLOB is encrypted under \(wrapping); CALG_RSA_KEYX is known")
        }
        let exchange = if let key { key } else { try userKey(.keyExchange) }
        guard exchange.algorithm == .rsaKeyExchange else {
            throw CSPError(.badKey, "a SIMPLEBLOB is decrypted with a CALG_RSA_KEYX key, not a \(exchange.algorithm) key")
        }
        let size = (exchange.bits + 7) / 8
        guard blob.body.count - 4 >= size else { throw CSPError(.badData, "the SIMPLEBLOB is cut off") }
        let block = Array(blob.body.dropFirst(4).prefix(size).reversed())
        let padding: RSAEncryptionPadding = flags & ImportFlag.oaep == 0 ? .pkcs1 : .oaep(hash: .sha1, label: [])
        if let onToken = try unwrappedOnToken(block, blob.algorithm, exchange, padding, flags) { return onToken }
        var value = try exchange.decrypt(block, padding)
        defer { wipe(&value) }
        return try importValue(value, blob.algorithm, flags, isPlaintext: false)
    }

    /// A key that never leaves the token: unwrapped there, where token and placement let it.
    private func unwrappedOnToken(
        _ block: [UInt8], _ algorithm: AlgorithmID, _ exchange: Key, _ padding: RSAEncryptionPadding, _ flags: UInt32
    ) throws(CSPError) -> Key? {
        guard locator.configuration.sessionKeys != .host, case .stored(let stored) = exchange.material,
            let session = SessionAlgorithm.all[algorithm], let cipher = session.onToken,
            let entry = profile.algorithm(algorithm)
        else { return nil }
        try authenticate()
        let keyFlags = KeyFlags(rawValue: flags & ~(ImportFlag.oaep | ImportFlag.ipsecHMACKey))
        let half = try stored.findPrivateHalf()
        // A key that asks at each use is not used behind the user's back twice: unwrapping has no such login.
        guard !half.asksForPIN else { return nil }
        let template: Template = [
            Attribute(.secretKey), Attribute(cipher.keyType), Attribute(.token, false), Attribute(.isPrivate, false),
            Attribute(.sensitive, true), Attribute(.extractable, keyFlags.contains(.exportable)), Attribute(.encrypt, true),
            Attribute(.decrypt, true), Attribute(.wrap, true), Attribute(.unwrap, true),
        ]
        let object = try? stored.token.writing { session throws(PKCS11Error) in
            session.own(try session.unwrap(block, under: half.handle, padding.mechanism, template))
        }
        guard let object else { return nil }
        let values = try onToken("unwrapped key") { () throws(PKCS11Error) in
            try stored.token.reading { session throws(PKCS11Error) in
                try session.attributes(of: object.handle, [.valueLen, .sensitive, .extractable])
            }
        }
        let length = values.uint(.valueLen).map { Int(clamping: $0) } ?? session.bytes
        guard length == session.bytes, values.bool(.sensitive) == true,
            values.bool(.extractable) == keyFlags.contains(.exportable)
        else { return nil }
        let key = SessionKey(session, .token(stored.token, object), bytes: session.bytes ?? 0)
        return Key(self, .session(key), algorithm, spec: nil, bits: entry.defaultBits, flags: keyFlags)
    }
}

extension CSPError {
    /// What CryptImportKey answers for a PUBLICKEYBLOB that is none.
    init(blobError: RSAPublicKey.BlobError) {
        switch blobError {
        case .wrongVersion(let version):
            self.init(.badVer, "the blob has version \(version), CUR_BLOB_VERSION is 2")
        case .wrongType(let type):
            self.init(.badType, "the blob has type \(type), a PUBLICKEYBLOB has 6")
        case .tooShort:
            self.init(.badData, "the PUBLICKEYBLOB is cut off")
        case .wrongMagic(let magic):
            self.init(.badData, "the PUBLICKEYBLOB's magic is \(hexadecimal(magic)), that of RSA is 0x31415352")
        case .wrongBitLength(let bits):
            self.init(.badData, "the PUBLICKEYBLOB says \(bits) bits: 384 to 16384 in steps of 8 are allowed")
        case .wrongNumbers:
            self.init(.badData, "the PUBLICKEYBLOB holds no RSA public key")
        }
    }
}
