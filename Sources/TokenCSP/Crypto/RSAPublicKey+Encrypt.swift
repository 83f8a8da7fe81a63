internal import CNettle

/// How a message is padded before RSA encrypts it.
public enum RSAEncryptionPadding: Sendable, Hashable {
    /// RSAES-PKCS1-v1_5 (RFC 8017, section 7.2): for old programs. Who can have texts of his own decrypted, and sees
    /// whether that fails, can decrypt others.
    case pkcs1
    /// RSAES-OAEP (section 7.1) with MGF1 over the same hash, SHA-1 or SHA-2. Both sides name the same label.
    case oaep(hash: HashKind, label: [UInt8] = [])

    /// RSAES-OAEP with SHA-1 and without a label: Windows' own (CRYPT_OAEP).
    public static let oaep = RSAEncryptionPadding.oaep(hash: .sha1, label: [])

    /// The longest message, in bytes, that a modulus of this many bytes has room for.
    public func messageLimit(modulusSize: Int) -> Int {
        switch self {
        case .pkcs1: max(modulusSize - 11, 0)
        case .oaep(let hash, _): max(OAEP.limit(hash: hash, modulusSize: modulusSize), 0)
        }
    }

    /// - Throws: NTE_BAD_ALGID for OAEP with a hash that it is not defined with.
    func check() throws(CSPError) {
        guard case .oaep(let hash, _) = self, hash.tokenIdentifiers == nil else { return }
        throw Self.unknownHash
    }

    static let unknownHash = CSPError(.badAlgID, "OAEP is there with SHA-1 and SHA-2")
}

extension RSAPublicKey {
    /// Encrypts a message that only the owner of the private half can read.
    ///
    /// - Returns: The ciphertext, big-endian, exactly as long as the modulus. CryptoAPI's is the other way round.
    /// - Throws: NTE_BAD_LEN for a message longer than the modulus and the padding allow.
    func encrypt(_ message: UnsafeRawBufferPointer, padding: RSAEncryptionPadding) throws(CSPError) -> [UInt8] {
        switch padding {
        case .pkcs1: try encryptPKCS1(message)
        case .oaep(let hash, let label): try encryptOAEP(message, OAEP(hash: hash, label: label))
        }
    }

    private func encryptPKCS1(_ message: UnsafeRawBufferPointer) throws(CSPError) -> [UInt8] {
        let limit = RSAEncryptionPadding.pkcs1.messageLimit(modulusSize: modulus.count)
        guard message.count <= limit else { throw .tooLongToEncrypt(message.count, limit: limit) }
        let result = SecretInteger()
        var key = nettleKey()
        defer { nettle_rsa_public_key_clear(&key) }
        let encrypted = try HostRandom.lend { context, random in
            let bytes = message.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return result.withUnsafeNumber {
                nettle_rsa_encrypt(&key, context, random, message.count, bytes, $0)
            }
        }
        guard encrypted == 1 else { throw CSPError(.badData, "nettle cannot encrypt with this RSA key") }
        return result.bigEndian(width: modulus.count)
    }

    private func encryptOAEP(_ message: UnsafeRawBufferPointer, _ oaep: OAEP) throws(CSPError) -> [UInt8] {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: modulus.count, alignment: 8)
        defer {
            wipe(block)
            block.deallocate()
        }
        try oaep.encode(message, into: block)
        let number = SecretInteger(UnsafeRawBufferPointer(block))
        var key = nettleKey()
        defer { nettle_rsa_public_key_clear(&key) }
        // nettle has no public operation without a padding. The modulus is odd and thus not zero.
        number.withUnsafeNumber { __gmpz_powm($0, $0, &key.e, &key.n) }
        return number.bigEndian(width: modulus.count)
    }

    /// nettle's form of the key; the caller clears it.
    func nettleKey() -> rsa_public_key {
        var key = rsa_public_key()
        nettle_rsa_public_key_init(&key)
        nettle_mpz_set_str_256_u(&key.n, modulus.count, modulus)
        __gmpz_set_ui(&key.e, UInt(publicExponent))
        // Sets the size, and refuses only what is shorter than any RSAPublicKey.
        _ = nettle_rsa_public_key_prepare(&key)
        return key
    }
}

extension CSPError {
    /// NTE_BAD_LEN.
    static func tooLongToEncrypt(_ count: Int, limit: Int) -> CSPError {
        limit < 0
            ? CSPError(.badLen, "the RSA key is too short for this padding")
            : CSPError(.badLen, "\(count) bytes to encrypt; with this RSA key and padding \(limit) are the most")
    }
}
