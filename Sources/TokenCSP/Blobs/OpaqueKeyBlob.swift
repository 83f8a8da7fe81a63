internal import PKCS11

/// OPAQUEKEYBLOB: a session key with its parameters, which only the container that made the blob can read and write.
///
/// Encrypted under a key of its own, which is encrypted under the container's AT_KEYEXCHANGE key, and signed with that
/// key's private half: whoever has not the token and its PIN can neither read a blob nor make one. `n` is the modulus's
/// length in bytes; numbers are DWORDs, little-endian.
///
///     0    8     BLOBHEADER       9, OPAQUEKEYBLOB; the session key's ALG_ID
///     8    4     format           1
///     12   n     content key      32 bytes, RSA-OAEP (SHA-1), big-endian
///          4     size of the content
///                content          AES-256-CBC, initialization vector 0, PKCS#7 padding, of: mode, mode bits,
///                                 effective bits, IV's size, IV, salt's size, salt, key
///          n     signature        RSASSA-PKCS1-v1_5 with SHA-256, big-endian, of `purpose` and all before
struct OpaqueKeyBlob {
    let parameters: SessionKey.Parameters
    let value: Secret

    static let invalid = CSPError(.badData, "the OPAQUEKEYBLOB is not one of this container")

    private static let format: UInt32 = 1
    /// In front of what is signed, so that no other signature of the key is one of a blob.
    private static let purpose = Array("TokenCSP OPAQUEKEYBLOB\0".utf8)

    // MARK: - Sealing

    init(_ key: SessionKey, _ value: [UInt8]) {
        parameters = key.parameters
        self.value = Secret(value)
    }

    /// Bytes of the blob of a key.
    ///
    /// - Parameter modulus: bytes of the exchange key's.
    static func size(_ key: SessionKey, modulus: Int) -> Int {
        let parameters = key.parameters
        let content = 20 + parameters.iv.count + parameters.salt.count + key.bytes
        return 12 + modulus + 4 + (content + 16 - content % 16) + modulus
    }

    func sealed(_ algorithm: AlgorithmID, by exchange: Key) throws(CSPError) -> [UInt8] {
        var contentKey = [UInt8](repeating: 0, count: 32)
        defer { wipe(&contentKey) }
        try contentKey.withUnsafeMutableBufferPointer { (buffer) throws(CSPError) in
            try HostRandom.fill(UnsafeMutableRawBufferPointer(buffer))
        }
        let block = try lending(contentKey) { key throws(CSPError) in
            try exchange.rsaNumbers().encrypt(key, padding: .oaep)
        }
        let content = try encryptedContent(contentKey)
        let blob =
            KeyBlob.header(BlobType.opaque, algorithm) + littleEndian(Self.format) + block
            + littleEndian(UInt32(clamping: content.count)) + content
        return try blob + exchange.sign(Self.message(blob[...]))
    }

    private func encryptedContent(_ key: [UInt8]) throws(CSPError) -> [UInt8] {
        var head = [parameters.mode, parameters.modeBits, UInt32(clamping: parameters.effectiveBits)].flatMap(
            littleEndian)
        for field in [parameters.iv, parameters.salt] { head += littleEndian(UInt32(clamping: field.count)) + field }
        let count = head.count + value.count
        let padding = 16 - count % 16
        var content = [UInt8](repeating: UInt8(padding), count: count + padding)
        content.replaceSubrange(0..<head.count, with: head)
        value.withUnsafeBytes { content.replaceSubrange(head.count..<count, with: $0) }
        try Self.cbc(key, &content, encrypting: true)
        return content
    }

    // MARK: - Opening

    /// - Throws: NTE_BAD_DATA for a blob of another container, and one that was changed.
    static func opened(_ blob: [UInt8], by exchange: Key) throws(CSPError) -> OpaqueKeyBlob {
        let numbers = try exchange.rsaNumbers()
        let size = numbers.modulus.count
        let start = 12 + size + 4
        guard blob.count >= start, KeyBlob.number(blob[8...]) == format else { throw invalid }
        let count = Int(KeyBlob.number(blob[(12 + size)...]))
        guard count <= blob.count - start, blob.count - start - count >= size else { throw invalid }
        let signature = Array(blob[(start + count)...].prefix(size))
        guard numbers.verify(signature: signature, encodedMessage: message(blob[..<(start + count)])) else {
            throw invalid
        }

        var key = try exchange.decrypt(Array(blob[12...].prefix(size)), .oaep)
        defer { wipe(&key) }
        var content = Array(blob[start...].prefix(count))
        defer { wipe(&content) }
        guard key.count == 32, !content.isEmpty, content.count.isMultiple(of: 16) else { throw invalid }
        try cbc(key, &content, encrypting: false)
        guard let padding = content.last, (1...16).contains(padding) else { throw invalid }
        return try OpaqueKeyBlob(content: content[..<(content.count - Int(padding))])
    }

    private init(content: ArraySlice<UInt8>) throws(CSPError) {
        var rest = content
        func number() throws(CSPError) -> UInt32 {
            guard rest.count >= 4 else { throw Self.invalid }
            defer { rest = rest.dropFirst(4) }
            return KeyBlob.number(rest)
        }
        func field() throws(CSPError) -> [UInt8] {
            let count = Int(try number())
            guard count <= rest.count else { throw Self.invalid }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        let mode = try number()
        let modeBits = try number()
        let effectiveBits = Int(try number())
        let iv = try field()
        let salt = try field()
        parameters = SessionKey.Parameters(
            mode: mode, modeBits: modeBits, iv: iv, salt: salt, effectiveBits: effectiveBits)
        value = Secret(count: rest.count) { $0.copyBytes(from: rest) }
    }

    // MARK: - Internals

    /// The DigestInfo that is signed.
    private static func message(_ blob: ArraySlice<UInt8>) -> [UInt8] {
        let hash = HostHash(.sha256)
        for part in [purpose[...], blob] { part.withUnsafeBytes { hash.update($0) } }
        return DigestInfo.encode(.sha256, digest: hash.finish())
    }

    private static func cbc(_ key: [UInt8], _ content: inout [UInt8], encrypting: Bool) throws(CSPError) {
        let cipher = key.withUnsafeBytes { HostCipher(.aes256, key: $0, effectiveBits: 0) }
        guard let cipher else { throw invalid }
        // The key is used once: a vector of zeros is as good as any.
        var register = [UInt8](repeating: 0, count: 16)
        content.withUnsafeMutableBytes { cipher.cbc($0, register: &register, encrypting: encrypting) }
    }
}
