/// The flags of CryptSignHash and CryptVerifySignature.
private let noHashOID: UInt32 = 1

extension Hash {
    /// Signs the value with the container's key (CryptSignHash): RSASSA-PKCS1-v1_5, of SSL3_SHAMD5 without a DigestInfo.
    ///
    /// - Parameter flags: CRYPT_NOHASHOID (1) leaves the DigestInfo out.
    /// - Returns: the signature in CryptoAPI's byte order, little-endian: reverse it for every other program.
    /// - Throws: NTE_BAD_ALGID for HMAC and MAC, NTE_NO_KEY, NTE_SILENT_CONTEXT, and what a login throws.
    public func sign(_ spec: KeySpec, flags: UInt32 = 0) throws(CSPError) -> [UInt8] {
        try context.sign(message(flags), spec)
    }

    /// CryptSignHash, with the two-call protocol: a size query neither ends the hash nor asks for a PIN.
    package func sign(
        rawSpec: UInt32, flags: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32
    ) throws(CSPError) {
        try check(flags)
        let spec = KeySpec(rawValue: rawSpec)
        guard spec == .keyExchange || spec == .signature else {
            throw CSPError(.badAlgID, "\(spec): AT_KEYEXCHANGE (1) and AT_SIGNATURE (2) sign")
        }
        let size = try context.signatureSize(spec)
        guard data != nil, length >= UInt32(clamping: size) else {
            let capacity = length
            length = UInt32(clamping: size)
            guard data != nil else { return }
            throw CSPError(.moreData, "a buffer of \(capacity) bytes: a signature has \(size)")
        }
        try deliver(sign(spec, flags: flags), data: data, length: &length)
    }

    /// Verifies a signature in CryptoAPI's byte order (CryptVerifySignature), on the host.
    ///
    /// A signature without a DigestInfo is taken as well for MD2, MD4, MD5 and SHA-1, as Windows does.
    ///
    /// - Parameter flags: CRYPT_NOHASHOID (1): without a DigestInfo only.
    /// - Throws: NTE_BAD_SIGNATURE, NTE_BAD_KEY, NTE_BAD_ALGID for HMAC and MAC.
    public func verify(_ signature: [UInt8], key: Key, flags: UInt32 = 0) throws(CSPError) {
        let numbers = try verifier(key)
        let message = try message(flags)
        if numbers.verify(signature, message) { return }
        let mayBeBare: Set<HashKind> = [.md2, .md4, .md5, .sha1]
        if case .rsa = numbers, !message.isBare, let kind, mayBeBare.contains(kind),
            numbers.verify(signature, SignatureMessage(value: message.value, kind: nil, isBare: true))
        {
            return
        }
        throw CSPError(.badSignature, "the signature does not verify")
    }

    /// CryptVerifySignature.
    package func verify(_ signature: UnsafeRawBufferPointer, key: Key, flags: UInt32) throws(CSPError) {
        let size = try verifier(key).signatureSize
        guard signature.count == size else {
            throw CSPError(.badSignature, "a signature of \(signature.count) bytes: this key's have \(size)")
        }
        try verify([UInt8](signature), key: key, flags: flags)
    }

    /// The public half of a key that is for signatures.
    private func verifier(_ key: Key) throws(CSPError) -> PublicKey {
        let numbers = try key.publicKey()
        guard PairAlgorithm.all[key.algorithm]?.agrees != true, numbers.signatureSize > 0 else {
            throw CSPError(.badKey, "a \(key.algorithm) key verifies nothing")
        }
        return numbers
    }

    private func message(_ flags: UInt32) throws(CSPError) -> SignatureMessage {
        try check(flags)
        return SignatureMessage(value: try value(), kind: kind, isBare: flags & noHashOID != 0)
    }

    private func check(_ flags: UInt32) throws(CSPError) {
        guard flags & ~noHashOID == 0 else {
            throw CSPError(
                .badFlags,
                "signature flags \(hexadecimal(flags)): CRYPT_NOHASHOID (1) is known; the X9.31 format (4) is not made"
            )
        }
        guard kind != nil || algorithm == .ssl3SHAMD5 else {
            throw CSPError(.badAlgID, "a \(algorithm) value is not signed")
        }
    }
}
