internal import PKCS11

/// Flags of CryptExportKey. CRYPT_SSL2_FALLBACK is for blobs that no key here has.
private enum ExportFlag {
    /// CRYPT_Y_ONLY: "this flag is not used".
    static let yOnly: UInt32 = 0x1
    static let destroyKey: UInt32 = 0x4
    static let oaep: UInt32 = 0x40
    /// CRYPT_BLOB_VER3, of DSS and Diffie-Hellman keys.
    static let version3: UInt32 = 0x80

    /// Of each type of blob.
    static func known(_ blobType: UInt32, _ family: PairFamily?) -> UInt32 {
        let hasDomain = family == .dsa || family == .diffieHellman
        switch blobType {
        case BlobType.publicKey where hasDomain: return yOnly | version3
        case BlobType.privateKey where hasDomain: return version3
        case BlobType.simple: return oaep
        case BlobType.opaque: return destroyKey
        default: return 0
        }
    }

    static func version(_ flags: UInt32) -> UInt8 { flags & version3 == 0 ? 2 : 3 }
}

extension Key {
    /// CryptExportKey. Asking for the size moves no private key.
    ///
    /// CRYPT_DESTROYKEY, with an OPAQUEKEYBLOB, destroys the key once the blob is delivered.
    package func export(
        _ blobType: UInt32, under key: Key?, flags: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32
    ) throws(CSPError) {
        try checkMade()
        try key?.checkMade()
        // Nobody is asked, and no consent used up, for what is not delivered.
        if let size = try sizeBeforeUse(blobType, under: key, flags), data == nil || size > Int(length) {
            let capacity = length
            length = UInt32(clamping: size)
            guard data == nil else {
                throw CSPError(.moreData, "a buffer of \(capacity) bytes: the blob has \(size)")
            }
            return
        }
        var blob = try blob(blobType, under: key, flags: flags)
        defer { wipe(&blob) }
        try deliver(blob, data: data, length: &length)
        if data != nil, flags & ExportFlag.destroyKey != 0 { try destroy() }
    }

    func blob(_ type: UInt32, under key: Key?, flags: UInt32) throws(CSPError) -> [UInt8] {
        let flags = try checked(flags, type)
        switch type {
        case BlobType.publicKey:
            guard key == nil else { throw CSPError(.badKey, "a PUBLICKEYBLOB is not encrypted: hExpKey must be 0") }
            return try publicKeyBlob(version: ExportFlag.version(flags))
        case BlobType.privateKey:
            return try privateKeyBlob(under: key, flags)
        case BlobType.simple:
            return try simpleBlob(under: key, flags)
        case BlobType.plaintext:
            guard key == nil else { throw CSPError(.badKey, "a PLAINTEXTKEYBLOB is not encrypted: hExpKey must be 0") }
            return try withSessionValue { value, _ in
                KeyBlob.header(BlobType.plaintext, algorithm) + littleEndian(UInt32(clamping: value.count)) + value
            }
        case BlobType.symmetricWrap:
            return try symmetricWrapBlob(under: key)
        case BlobType.opaque:
            let exchange = try opaqueExchangeKey(key)
            // It signs the blob in the end.
            try exchange.checkSilence(.sign)
            return try withSessionValue { value, key in
                Result { () throws(CSPError) in try OpaqueKeyBlob(key, value).sealed(algorithm, by: exchange) }
            }.get()
        default:
            throw CSPError(.badType, "a \(algorithm) key has no blob of type \(type)")
        }
    }

    private func checked(_ flags: UInt32, _ blobType: UInt32) throws(CSPError) -> UInt32 {
        guard flags & ~ExportFlag.known(blobType, PairAlgorithm.all[algorithm]?.family) == 0 else {
            throw CSPError(.badFlags, "exporting a blob of type \(blobType) with flags \(hexadecimal(flags))")
        }
        return flags
    }

    /// The size of a blob that a private key is used for; nil of the others.
    private func sizeBeforeUse(_ blobType: UInt32, under key: Key?, _ flags: UInt32) throws(CSPError) -> Int? {
        switch blobType {
        case BlobType.privateKey:
            return try privateKeyBlobSize(under: key, flags)
        case BlobType.opaque:
            _ = try checked(flags, blobType)
            let exchange = try opaqueExchangeKey(key)
            let session = try checkedSessionKey()
            return OpaqueKeyBlob.size(session, modulus: try exchange.rsaNumbers().modulus.count)
        default:
            return nil
        }
    }

    /// - Parameter key: hExpKey.
    private func opaqueExchangeKey(_ key: Key?) throws(CSPError) -> Key {
        guard key == nil else {
            throw CSPError(.badKey, "an OPAQUEKEYBLOB is under the container's key: hExpKey must be 0")
        }
        return try context.opaqueExchangeKey()
    }

    // MARK: - Private keys

    /// The private key, for as long as it may leave: always, or while this handle of an archivable key is open.
    private func privateKeyBlob(under key: Key?, _ flags: UInt32) throws(CSPError) -> [UInt8] {
        var blob = try numbers(privateSource()).blob(algorithm, version: ExportFlag.version(flags))
        guard let key else { return blob }
        // Everything behind the header is encrypted under the session key.
        defer { wipe(&blob) }
        return try Array(blob[..<8]) + key.encrypted(blob[8...])
    }

    /// The numbers themselves, where they may leave.
    func privateNumbers() throws(CSPError) -> PrivateNumbers {
        try checkMade()
        return try numbers(privateSource())
    }

    /// Where the private key is on a token that may wrap it for others.
    func sourceOnToken() throws(CSPError) -> (token: Token, key: ObjectHandle) {
        try checkMade()
        guard case .token(let token, let key) = try privateSource() else {
            throw CSPError(.badKey, "the key is on the host, where no token can wrap it")
        }
        return (token, key)
    }

    private func privateKeyBlobSize(under key: Key?, _ flags: UInt32) throws(CSPError) -> Int {
        _ = try checked(flags, BlobType.privateKey)
        try checkMayLeave()
        let size = PrivateNumbers.blobSize(try publicNumbers(), version: ExportFlag.version(flags))
        guard let key else { return size }
        return try 8 + key.sessionKey("PRIVATEKEYBLOB").encryptedSize(size - 8, final: true)
    }

    /// Where a private key is that may leave.
    private enum PrivateSource {
        case host(RSAPrivateKey)
        case token(Token, ObjectHandle)
    }

    /// Whether there will be a blob. The size is no use of the key: for one that asks at each use nobody is asked, and what
    /// only a login tells comes with the use.
    private func checkMayLeave() throws(CSPError) {
        guard protection != .none, context.mayUsePrivateKeys else {
            _ = try privateSource()
            return
        }
        try checkKnownToLeave()
    }

    /// "Not exportable" is told without a login where the handle knows it.
    private func checkKnownToLeave() throws(CSPError) {
        if generationReport != nil, !flags.contains(.exportable), state.withLock({ $0.twin == nil }) {
            throw notExportable
        }
    }

    /// Logs in, where the key asks at each use by the user's consent to this one.
    private func privateSource() throws(CSPError) -> PrivateSource {
        let twin = state.withLock { $0.twin }
        let mayLeave = flags.contains(.exportable) || flags.contains(.archivable)
        switch material {
        case .hostPrivate(let key):
            guard mayLeave else { throw notExportable }
            return .host(key)
        case .stored(let key):
            try checkKnownToLeave()
            try consent(key, to: .export)
            if let twin { return .token(key.token, twin.handle) }
            let isKnownToAsk = protection != .none
            if !isKnownToAsk { try context.authenticate(for: key.use(.export)) }
            let half = try key.findPrivateHalf()
            guard half.isExtractable else { throw notExtractable }
            if !isKnownToAsk { try consent(key, to: .export) }
            return .token(key.token, half.handle)
        case .ephemeral(let pair):
            guard mayLeave else { throw notExportable }
            return .token(try context.token(), pair.objects.privateKey.handle)
        case .publicKey:
            throw CSPError(.badKeyState, "an imported public key has no private half to export")
        case .session, .draft, .agreed:
            throw CSPError(.badType, "a \(algorithm) key has no PRIVATEKEYBLOB")
        }
    }

    private func numbers(_ source: PrivateSource) throws(CSPError) -> PrivateNumbers {
        let publicKey = try publicNumbers()
        switch source {
        case .host(let key): return .rsa(key.numbers)
        case .token(let token, let handle):
            do throws(CSPError) {
                return try TokenExport(token: token).privateNumbers(of: handle, publicKey)
            } catch {
                // The handle went stale: with a logout, or a pair that was replaced.
                guard error.code == .noKey, case .stored(let key) = material, state.withLock({ $0.twin == nil }) else {
                    throw error
                }
                let half = try key.findPrivateHalf(again: true)
                guard half.isExtractable else { throw notExtractable }
                return try TokenExport(token: token).privateNumbers(of: half.handle, publicKey)
            }
        }
    }

    private var notExportable: CSPError {
        CSPError(.badKeyState, "the key is not exportable: it was made without CRYPT_EXPORTABLE")
    }

    /// Whether it was made so, or made stricter since: the token tells that it is.
    private var notExtractable: CSPError {
        CSPError(.badKeyState, "the key is not exportable: the token says that CKA_EXTRACTABLE is false")
    }

    // MARK: - Session keys

    /// Header, CALG_RSA_KEYX, and the key under an RSA public key, little-endian. The salt is not in it.
    private func simpleBlob(under key: Key?, _ flags: UInt32) throws(CSPError) -> [UInt8] {
        guard let key else {
            throw CSPError(.badPublicKey, "a SIMPLEBLOB is encrypted: hExpKey must be an exchange key")
        }
        guard key.algorithm == .rsaKeyExchange else {
            // Microsoft's words for NTE_NO_KEY: "hExpKey does not specify a public key".
            let code: ErrorCode = if case .session = key.material { .noKey } else { .badKey }
            throw CSPError(code, "a SIMPLEBLOB is encrypted under a CALG_RSA_KEYX key, not a \(key.algorithm) key")
        }
        let numbers = try key.rsaNumbers()
        let padding: RSAEncryptionPadding = flags == 0 ? .pkcs1 : key.oaepPadding
        let block = try withSessionValue { value, _ in
            Result { () throws(CSPError) in
                try lending(value) { value throws(CSPError) in try numbers.encrypt(value, padding: padding) }
            }
        }.get()
        return KeyBlob.header(BlobType.simple, algorithm) + littleEndian(AlgorithmID.rsaKeyExchange.rawValue)
            + block.reversed()
    }

    /// Lends a session key's nominal value where it may leave.
    func withSessionValue<R>(_ body: ([UInt8], SessionKey) -> R) throws(CSPError) -> R {
        let key = try checkedSessionKey()
        var value: [UInt8]
        switch key.place {
        case .host:
            value = key.withValue { Array($0) } ?? []
        case .token(let token, let object):
            value = try TokenExport(token: token).value(of: object.handle) { $0.count == key.bytes ? [UInt8]($0) : nil }
            // opencryptoki draws 3DES keys without parity. Received ones are left as they came: HMACs use all bits.
            if generationReport != nil { value.withUnsafeMutableBytes(key.algorithm.setParity) }
        }
        defer { wipe(&value) }
        return body(value, key)
    }

    /// This session key, which may leave.
    private func checkedSessionKey() throws(CSPError) -> SessionKey {
        guard case .session(let key) = material else {
            throw CSPError(.badType, "a \(algorithm) key is no session key")
        }
        guard flags.contains(.exportable) || flags.contains(.archivable) else { throw notExportable }
        return key
    }

    /// Header, ALG_ID of the wrapping key, and the key wrapped as RFC 3217 says, in its own byte order.
    private func symmetricWrapBlob(under key: Key?) throws(CSPError) -> [UInt8] {
        guard let key else {
            throw CSPError(.badKey, "a SYMMETRICWRAPKEYBLOB is wrapped: hExpKey must be a session key")
        }
        let wrapping = try key.sessionKey("SYMMETRICWRAPKEYBLOB")
        let wrapped = try withSessionValue { value, content in
            Result { () throws(CSPError) in
                guard content.algorithm.isWrapped(under: wrapping.algorithm) else {
                    throw CSPError(
                        .badKey,
                        "RFC 3217 wraps 3DES under 3DES and RC2 under RC2, not \(algorithm) under \(key.algorithm)")
                }
                return try lending(value) { value throws(CSPError) in try SymmetricKeyWrap.wrap(value, kek: wrapping) }
            }
        }.get()
        return KeyBlob.header(BlobType.symmetricWrap, algorithm) + littleEndian(key.algorithm.rawValue) + wrapped
    }

    // MARK: - Under a session key

    /// The session key that a blob is encrypted under.
    func sessionKey(_ blob: String) throws(CSPError) -> SessionKey {
        guard case .session(let key) = material else {
            throw CSPError(.badKey, "a \(blob) is encrypted under a session key, not a \(algorithm) key")
        }
        return key
    }

    /// A whole message under this session key, from its initialization vector on.
    fileprivate func encrypted(_ plaintext: ArraySlice<UInt8>) throws(CSPError) -> [UInt8] {
        let message = try sessionKey("PRIVATEKEYBLOB").duplicate()
        message.restart()
        var buffer = [UInt8](repeating: 0, count: message.encryptedSize(plaintext.count, final: true))
        // What stands in it after a failure is not ciphertext.
        defer { wipe(&buffer) }
        let result = buffer.withUnsafeMutableBytes { buffer in
            buffer.copyBytes(from: plaintext)
            return Result { () throws(CSPError) in try message.encrypt(buffer, count: plaintext.count, final: true) }
        }
        return Array(buffer[..<(try result.get())])
    }

    /// The reverse of `encrypted`; the caller wipes it.
    func decrypted(_ ciphertext: ArraySlice<UInt8>) throws(CSPError) -> [UInt8] {
        let message = try sessionKey("PRIVATEKEYBLOB").duplicate()
        message.restart()
        var buffer = Array(ciphertext)
        defer { wipe(&buffer) }
        let result = buffer.withUnsafeMutableBytes { buffer in
            Result { () throws(CSPError) in try message.decrypt(buffer, final: true) }
        }
        return Array(buffer[..<(try result.get())])
    }
}
