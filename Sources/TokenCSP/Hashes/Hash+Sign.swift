/// The flags of CryptSignHash and CryptVerifySignature.
private enum SignatureFlag {
    /// CRYPT_NOHASHOID.
    static let noHashOID: UInt32 = 0x1
    /// CRYPT_TOKENCSP_PSS, of ours.
    static let pss: UInt32 = 0x1_0000
}

extension Hash {
    // MARK: - With types

    /// Signs the hash value with a key pair's private half (CryptSignHash). Ends the hash.
    ///
    /// - Parameters:
    ///   - key: a key pair. One that agrees on secrets (Diffie-Hellman) does not sign.
    ///   - padding: how an RSA key signs; other keys have one way each.
    /// - Throws: NTE_BAD_ALGID for an HMAC or MAC, and for PSS with MD5 and older; NTE_BAD_KEY for a key that does not sign;
    ///   NTE_BAD_FLAGS for PSS with a key that is not RSA; NTE_BAD_LEN for a salt that the key has no room for; NTE_NO_KEY;
    ///   and what a login throws.
    public func sign(with key: Key, padding: RSASignaturePadding = .pkcs1) throws(CSPError) -> Signature {
        try withMessage(padding) { message throws(CSPError) in try key.signature(of: message) }
    }

    /// The same, without memory that is asked of the system.
    ///
    /// - Parameter signature: receives it behind what it holds. A DSA or ECDSA signature has up to 12 bytes more than its
    ///   two numbers.
    /// - Throws: ERROR_MORE_DATA (no room; the hash has ended), else as the other.
    public func sign(
        with key: Key, padding: RSASignaturePadding = .pkcs1, into signature: inout OutputSpan<UInt8>
    ) throws(CSPError) {
        try withMessage(padding) { message throws(CSPError) in
            try key.sign(message, appendingTo: &signature)
        }
    }

    /// Verifies a signature over the hash value, on the host (CryptVerifySignature). Ends the hash.
    ///
    /// - Parameters:
    ///   - key: the signer's key pair, or its public key alone.
    ///   - padding: as for signing, salt length included.
    /// - Throws: NTE_BAD_SIGNATURE where it does not verify; NTE_BAD_KEY for a key that verifies nothing; else as signing.
    public func verify(
        _ signature: Signature, with key: Key, padding: RSASignaturePadding = .pkcs1
    ) throws(CSPError) {
        let numbers = try verifier(key)
        try withMessage(padding) { message throws(CSPError) in
            if let scheme = numbers.signatureScheme { try message.check(scheme) }
            guard let bytes = signature.cryptoAPIBytes(for: numbers), try numbers.verify(bytes, message) else {
                throw CSPError(.badSignature, "the signature does not verify")
            }
        }
    }

    // MARK: - With bits

    /// CryptSignHash with the container's key.
    ///
    /// - Parameter flags: CRYPT_NOHASHOID (1) leaves the DigestInfo out, CRYPT_TOKENCSP_PSS (0x10000) is RSASSA-PSS.
    /// - Returns: the signature in CryptoAPI's byte order, little-endian: reverse it for every other program.
    /// - Throws: NTE_BAD_ALGID for HMAC and MAC, NTE_NO_KEY, NTE_SILENT_CONTEXT, and what a login throws.
    package func sign(_ spec: KeySpec, flags: UInt32 = 0) throws(CSPError) -> [UInt8] {
        let padding = try padding(flags)
        try checkKind()
        var size = try sign(spec, padding, into: nil)
        while true {
            var signature = [UInt8](repeating: 0, count: size)
            let count = try signature.withUnsafeMutableBytes { buffer in
                Result { () throws(CSPError) in try sign(spec, padding, into: buffer) }
            }.get()
            if count <= size { return Array(signature.prefix(count)) }
            // Another context has replaced the pair by a longer one.
            size = count
        }
    }

    /// CryptSignHash, with the two-call protocol: a size query neither ends the hash nor asks for a PIN.
    package func sign(
        rawSpec: UInt32, flags: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32
    ) throws(CSPError) {
        try checkKind()
        let padding = try padding(flags)
        let spec = KeySpec(rawValue: rawSpec)
        guard spec == .keyExchange || spec == .signature else {
            throw CSPError(.badAlgID, "\(spec): AT_KEYEXCHANGE (1) and AT_SIGNATURE (2) sign")
        }
        let capacity = length
        let buffer = data.map { UnsafeMutableRawBufferPointer(start: $0, count: Int(capacity)) }
        length = UInt32(clamping: try sign(spec, padding, into: buffer))
        guard data == nil || length <= capacity else {
            throw CSPError(.moreData, "a buffer of \(capacity) bytes: a signature has \(length)")
        }
    }

    private func sign(
        _ spec: KeySpec, _ padding: RSASignaturePadding, into signature: UnsafeMutableRawBufferPointer?
    ) throws(CSPError) -> Int {
        try context.sign(spec, into: signature) { sign throws(CSPError) in try withMessage(padding, sign) }
    }

    /// Verifies a signature in CryptoAPI's byte order (CryptVerifySignature), on the host.
    ///
    /// A signature without a DigestInfo is taken as well for MD2, MD4, MD5 and SHA-1, as Windows does.
    ///
    /// - Parameter flags: CRYPT_NOHASHOID (1): without a DigestInfo only; CRYPT_TOKENCSP_PSS (0x10000): RSASSA-PSS only.
    /// - Throws: NTE_BAD_SIGNATURE, NTE_BAD_KEY, NTE_BAD_ALGID for HMAC and MAC.
    package func verify(_ signature: [UInt8], key: Key, flags: UInt32 = 0) throws(CSPError) {
        let numbers = try verifier(key)
        try withMessage(padding(flags)) { message throws(CSPError) in
            if try numbers.verify(signature, message) { return }
            let mayBeBare: Set<HashKind> = [.md2, .md4, .md5, .sha1]
            if case .rsa = numbers, message.padding == .pkcs1, let kind, mayBeBare.contains(kind),
                try numbers.verify(
                    signature, SignatureMessage(value: message.value, kind: nil, padding: .pkcs1WithoutHashName))
            {
                return
            }
            throw CSPError(.badSignature, "the signature does not verify")
        }
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

    // MARK: - What is signed

    @inline(__always) private func withMessage<R>(
        _ padding: RSASignaturePadding, _ body: (SignatureMessage) throws(CSPError) -> R
    ) throws(CSPError) -> R {
        try checkKind()
        // What cannot be signed does not end the hash.
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        _ = try SignatureMessage(value: nothing, kind: kind, padding: padding).pss()
        return try withValue { value throws(CSPError) in
            try body(SignatureMessage(value: value, kind: kind, padding: padding))
        }
    }

    private func padding(_ flags: UInt32) throws(CSPError) -> RSASignaturePadding {
        switch flags {
        case 0: return .pkcs1
        case SignatureFlag.noHashOID: return .pkcs1WithoutHashName
        case SignatureFlag.pss:
            let saltLength = try withLive { state throws(CSPError) in state.pssSaltLength }
            return if let saltLength { .pss(saltLength: saltLength) } else { .pss }
        default:
            throw CSPError(
                .badFlags,
                "signature flags \(hexadecimal(flags)): CRYPT_NOHASHOID (1) and CRYPT_TOKENCSP_PSS (0x10000), one of them,"
                    + " are known; the X9.31 format (4) is not made"
            )
        }
    }

    private func checkKind() throws(CSPError) {
        guard kind != nil || algorithm == .ssl3SHAMD5 else {
            throw CSPError(.badAlgID, "a \(algorithm) value is not signed")
        }
    }
}
