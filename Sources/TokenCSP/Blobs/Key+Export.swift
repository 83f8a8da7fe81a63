internal import PKCS11

/// Flags of CryptExportKey.
private enum ExportFlag {
    static let destroyKey: UInt32 = 0x4
    static let oaep: UInt32 = 0x40
}

extension Key {
    /// CryptExportKey.
    package func export(
        _ blobType: UInt32, under key: Key?, flags: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32
    ) throws(CSPError) {
        try checkAlive()
        try key?.checkAlive()
        var blob = try blob(blobType, under: key, flags: flags)
        defer { wipe(&blob) }
        try deliver(blob, data: data, length: &length)
    }

    private func blob(_ type: UInt32, under key: Key?, flags: UInt32) throws(CSPError) -> [UInt8] {
        switch type {
        case BlobType.publicKey:
            guard flags == 0 else { throw CSPError(.badFlags, "exporting a PUBLICKEYBLOB takes no flags") }
            guard key == nil else { throw CSPError(.badKey, "a PUBLICKEYBLOB is not encrypted: hExpKey must be 0") }
            return try publicKeyBlob()
        case BlobType.privateKey:
            return try privateKeyBlob(under: key, flags)
        case BlobType.simple:
            return try simpleBlob(under: key, flags)
        case BlobType.plaintext:
            guard key == nil else { throw CSPError(.badKey, "a PLAINTEXTKEYBLOB is not encrypted: hExpKey must be 0") }
            return try withSessionValue { value, _ in
                KeyBlob.header(BlobType.plaintext, algorithm) + littleEndian(UInt32(clamping: value.count)) + value
            }
        default:
            throw CSPError(.badType, "a \(algorithm) key has no blob of type \(type)")
        }
    }

    // MARK: - Private keys

    /// The private key, for as long as it may leave: always, or while this handle of an archivable key is open.
    private func privateKeyBlob(under key: Key?, _ flags: UInt32) throws(CSPError) -> [UInt8] {
        guard flags == 0 else { throw CSPError(.badFlags, "exporting a PRIVATEKEYBLOB with flags \(hexadecimal(flags))") }
        var blob = try privateNumbers().privateKeyBlob(algorithm: algorithm.rawValue)
        guard let key else { return blob }
        // Everything behind the header is encrypted under the session key.
        defer { wipe(&blob) }
        return try Array(blob[..<8]) + key.encrypted(Array(blob[8...]))
    }

    private func privateNumbers() throws(CSPError) -> RSAPrivateNumbers {
        let twin = state.withLock { $0.twin }
        switch material {
        case .hostPrivate(let key):
            guard flags.contains(.exportable) else { throw notExportable }
            return key.numbers
        case .stored(let key):
            if let twin { return try privateNumbers(key.token, twin.handle) }
            // "Not exportable" is told without a login where the handle knows it.
            if generationReport != nil, !flags.contains(.exportable) { throw notExportable }
            try context.authenticate()
            let half = try key.findPrivateHalf()
            guard half.isExtractable else { throw notExportable }
            return try privateNumbers(key.token, half.handle)
        case .ephemeral(let pair):
            guard flags.contains(.exportable) || flags.contains(.archivable) else { throw notExportable }
            return try privateNumbers(context.token(), pair.objects.privateKey.handle)
        case .session, .publicKey:
            throw CSPError(.badType, "a \(algorithm) key has no PRIVATEKEYBLOB")
        }
    }

    private func privateNumbers(_ token: Token, _ handle: ObjectHandle) throws(CSPError) -> RSAPrivateNumbers {
        var encoded = try TokenExport(token: token).value(of: handle) { (try? PKCS8.decodeRSA($0)) != nil }
        defer { wipe(&encoded) }
        return try PKCS8.decodeRSA(encoded)
    }

    private var notExportable: CSPError {
        CSPError(.badKeyState, "the key is not exportable: it was made without CRYPT_EXPORTABLE")
    }

    // MARK: - Session keys

    /// Header, CALG_RSA_KEYX, and the key under an RSA public key, little-endian. The salt is not in it.
    private func simpleBlob(under key: Key?, _ flags: UInt32) throws(CSPError) -> [UInt8] {
        guard flags & ~ExportFlag.oaep == 0 else {
            throw CSPError(.badFlags, "exporting a SIMPLEBLOB with flags \(hexadecimal(flags)): CRYPT_OAEP (0x40) is known")
        }
        guard let key else { throw CSPError(.badPublicKey, "a SIMPLEBLOB is encrypted: hExpKey must be an exchange key") }
        guard key.algorithm == .rsaKeyExchange else {
            throw CSPError(.badKey, "a SIMPLEBLOB is encrypted under a CALG_RSA_KEYX key, not a \(key.algorithm) key")
        }
        let numbers = try key.publicNumbers()
        let padding: RSAEncryptionPadding = flags == 0 ? .pkcs1 : .oaep(hash: .sha1, label: [])
        let block = try withSessionValue { value, _ in
            value.withUnsafeBytes { value in
                Result { () throws(CSPError) in try numbers.encrypt(value, padding: padding) }
            }
        }.get()
        return KeyBlob.header(BlobType.simple, algorithm) + littleEndian(AlgorithmID.rsaKeyExchange.rawValue) + block.reversed()
    }

    /// Lends a session key's nominal value where it may leave.
    private func withSessionValue<R>(_ body: ([UInt8], SessionKey) -> R) throws(CSPError) -> R {
        guard case .session(let key) = material else {
            throw CSPError(.badType, "a \(algorithm) key is no session key")
        }
        guard flags.contains(.exportable) || flags.contains(.archivable) else { throw notExportable }
        var value: [UInt8]
        switch key.place {
        case .host:
            value = key.withValue { Array($0) } ?? []
        case .token(let token, let object):
            value = try TokenExport(token: token).value(of: object.handle) { $0.count == key.bytes }
        }
        defer { wipe(&value) }
        return body(value, key)
    }

    /// A whole message under this session key, from its initialization vector on.
    func encrypted(_ plaintext: [UInt8]) throws(CSPError) -> [UInt8] {
        guard case .session(let key) = material else {
            throw CSPError(.badKey, "a PRIVATEKEYBLOB is encrypted under a session key, not a \(algorithm) key")
        }
        let message = key.duplicate()
        message.restart()
        var buffer = plaintext + [UInt8](repeating: 0, count: 16)
        let result = buffer.withUnsafeMutableBytes { buffer in
            Result { () throws(CSPError) in try message.encrypt(buffer, count: plaintext.count, final: true) }
        }
        return Array(buffer[..<(try result.get())])
    }

    /// The reverse of `encrypted`.
    func decrypted(_ ciphertext: [UInt8]) throws(CSPError) -> [UInt8] {
        guard case .session(let key) = material else {
            throw CSPError(.badKey, "a PRIVATEKEYBLOB is encrypted under a session key, not a \(algorithm) key")
        }
        let message = key.duplicate()
        message.restart()
        var buffer = ciphertext
        defer { wipe(&buffer) }
        let result = buffer.withUnsafeMutableBytes { buffer in
            Result { () throws(CSPError) in try message.decrypt(buffer, final: true) }
        }
        return Array(buffer[..<(try result.get())])
    }
}
