internal import PKCS11

/// Flags of CryptImportKey: two of its own, and CRYPT_EXPORTABLE, _USER_PROTECTED, _NO_SALT, _ARCHIVABLE and
/// _FORCE_KEY_PROTECTION_HIGH as CryptGenKey has them.
struct ImportFlags: Sendable {
    /// Without CryptImportKey's own: their bits are CRYPT_PREGEN's and CRYPT_SF's.
    let key: KeyFlags
    let isOAEP: Bool
    /// CRYPT_IPSEC_HMAC_KEY: an RC2 key of any length.
    let isHMACKey: Bool

    private static let oaep: UInt32 = 0x40
    private static let ipsecHMACKey: UInt32 = 0x100
    private static let generation: KeyFlags = [
        .exportable, .userProtected, .noSalt, .archivable, .forceKeyProtectionHigh,
    ]

    init(_ rawValue: UInt32) throws(CSPError) {
        let unknown = rawValue & ~(Self.generation.rawValue | Self.oaep | Self.ipsecHMACKey)
        guard unknown == 0 else { throw CSPError(.badFlags, "CryptImportKey knows no flags \(hexadecimal(unknown))") }
        key = KeyFlags(rawValue: rawValue).intersection(Self.generation)
        isOAEP = rawValue & Self.oaep != 0
        isHMACKey = rawValue & Self.ipsecHMACKey != 0
    }

    /// For blobs of other than private keys, which CRYPT_USER_PROTECTED is "currently used only" for: with others it is
    /// valid and of no effect. CRYPT_FORCE_KEY_PROTECTION_HIGH is no flag of theirs.
    func withoutProtection() throws(CSPError) -> ImportFlags {
        guard !key.contains(.forceKeyProtectionHigh) else {
            throw CSPError(
                .badFlags, "CRYPT_FORCE_KEY_PROTECTION_HIGH holds for key pairs: PRIVATEKEYBLOBs are imported with it")
        }
        return ImportFlags(key: key.subtracting(.userProtected), isOAEP: isOAEP, isHMACKey: isHMACKey)
    }

    private init(key: KeyFlags, isOAEP: Bool, isHMACKey: Bool) {
        self.key = key
        self.isOAEP = isOAEP
        self.isHMACKey = isHMACKey
    }
}

extension Context {
    /// CryptImportKey.
    package func importKey(_ blob: UnsafeRawBufferPointer, under key: Key?, flags: UInt32) throws(CSPError) -> Key {
        try checkAlive()
        try key?.checkMade()
        let asked = try ImportFlags(flags)
        // No key is longer than 16384 bits with all its numbers: what follows is not looked at.
        var bytes = [UInt8](blob.prefix(16_384))
        defer { wipe(&bytes) }
        let parsed = try KeyBlob(bytes)
        let flags = parsed.type == BlobType.privateKey ? asked : try asked.withoutProtection()
        switch parsed.type {
        case BlobType.publicKey:
            guard let key else { return try importPublicKey(bytes, flags.key) }
            // Under one's own key: the two agree.
            switch PairAlgorithm.all[key.algorithm] {
            case let own? where own.agrees && own.family == .diffieHellman:
                return try key.agree(bytes, flags.key, in: self)
            case let own? where own.agrees:
                return try key.agree(importPublicKey(bytes, []), flags.key, in: self)
            default:
                throw CSPError(.badKey, "a PUBLICKEYBLOB is not encrypted: hPubKey must be 0")
            }
        case BlobType.privateKey:
            return try importPrivateKey(bytes, under: key, flags.key)
        case BlobType.simple:
            return try importSimple(parsed, under: key, flags)
        case BlobType.plaintext:
            guard key == nil else { throw CSPError(.badKey, "a PLAINTEXTKEYBLOB is not encrypted: hPubKey must be 0") }
            return try importPlaintext(parsed, flags)
        case BlobType.symmetricWrap:
            return try importSymmetricWrap(parsed, under: key, flags)
        case BlobType.opaque:
            guard key == nil else {
                throw CSPError(.badKey, "an OPAQUEKEYBLOB is under the container's key: hPubKey must be 0")
            }
            return try importOpaque(bytes, parsed, flags)
        default:
            throw CSPError(.badType, "a blob of type \(parsed.type) cannot be imported")
        }
    }

    private func importPublicKey(_ blob: [UInt8], _ flags: KeyFlags) throws(CSPError) -> Key {
        let algorithm = try KeyBlob(blob).algorithm
        let publicKey: PublicKey =
            switch try importable(algorithm)?.family {
            case .dsa: .dsa(try DSAPublicKey.decode(publicKeyBlob: blob))
            case .diffieHellman: .diffieHellman(try DiffieHellmanPublicKey.decode(publicKeyBlob: blob))
            case .ellipticCurve: .ellipticCurve(try EllipticCurvePublicKey.decode(publicKeyBlob: blob))
            case .rsa, nil: .rsa(try rsaPublicKey(blob))
            }
        return Key(self, .publicKey(publicKey), algorithm, spec: nil, bits: publicKey.bits, flags: flags)
    }

    /// The algorithm of a pair that this provider has; nil for what is none.
    ///
    /// - Throws: NTE_BAD_DATA for another provider's.
    private func importable(_ algorithm: AlgorithmID) throws(CSPError) -> PairAlgorithm? {
        guard let pair = PairAlgorithm.all[algorithm] else { return nil }
        guard profile.algorithm(algorithm) != nil else {
            throw CSPError(.badData, "provider \"\(profile.name)\" has no \(algorithm) keys")
        }
        return pair
    }

    private func rsaPublicKey(_ blob: [UInt8]) throws(CSPError) -> RSAPublicKey {
        do throws(RSAPublicKey.BlobError) {
            let (key, rawAlgorithm) = try RSAPublicKey.decode(publicKeyBlob: blob)
            let algorithm = AlgorithmID(rawValue: rawAlgorithm)
            guard algorithm == .rsaSign || algorithm == .rsaKeyExchange else {
                throw RSAPublicKey.BlobError.wrongNumbers
            }
            return key
        } catch {
            throw CSPError(blobError: error)
        }
    }
}

// MARK: - Private keys

extension Context {
    private func importPrivateKey(_ blob: [UInt8], under key: Key?, _ flags: KeyFlags) throws(CSPError) -> Key {
        var plain = blob
        defer { wipe(&plain) }
        if let key {
            var body = try key.decrypted(blob[8...])
            plain = Array(blob[..<8]) + body
            wipe(&body)
        }
        _ = try importable(KeyBlob(plain).algorithm)
        let (numbers, algorithm) = try PrivateNumbers.decode(plain)
        guard let pair = PairAlgorithm.all[algorithm] else {
            throw CSPError(.badData, "a PRIVATEKEYBLOB of \(algorithm)")
        }
        let spec = pair.spec
        let publicKey = numbers.publicKey
        let request = try GenerationRequest(
            importing: algorithm, spec, bits: publicKey.bits, flags, context: self.flags, domain: publicKey.domain)
        guard request.isEphemeral, case .rsa(let rsa) = numbers else {
            return try importToToken(numbers, request, spec)
        }
        // Programs import keys to load session keys with; the token, if there is one, need not be asked.
        let host = RSAPrivateKey(rsa)
        state.withLock { state in
            state.hostKeys[spec] = HostPair(key: host, flags: flags.intersection(.exportable))
            state.ephemeral[spec] = nil
        }
        return Key(self, .hostPrivate(host), algorithm, spec: spec, bits: publicKey.bits, flags: flags)
    }

    private func importToToken(_ numbers: PrivateNumbers, _ request: GenerationRequest, _ spec: KeySpec)
        throws(CSPError) -> Key
    {
        guard !request.isEphemeral else { return try importEphemeral(numbers, request, spec) }
        return try makeStoredPair(request, spec) { (generator, label, id) throws(CSPError) in
            try generator.importedPair(spec, numbers, label: label, id: id)
        }
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
