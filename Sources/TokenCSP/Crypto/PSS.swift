internal import CNettle
internal import PKCS11

/// EMSA-PSS (RFC 8017, section 9.1) with MGF1 over the same hash function: the encoding of an RSASSA-PSS signature.
struct PSS: Sendable {
    let hash: HashKind
    /// Bytes.
    let saltLength: Int
    /// What a token calls it.
    let mechanism: Mechanism

    /// - Parameter saltLength: nil for as many bytes as the hash value has.
    /// - Throws: NTE_BAD_ALGID for a hash that PSS is not defined with, NTE_BAD_LEN for a length that is none.
    init(hash: HashKind?, saltLength: Int?) throws(CSPError) {
        guard let hash, let identifiers = hash.tokenIdentifiers else {
            throw CSPError(.badAlgID, "RSA-PSS signs SHA-1 and SHA-2 values")
        }
        let saltLength = saltLength ?? hash.digestSize
        guard (0...RSAPublicKey.bitLimits.upperBound / 8).contains(saltLength) else {
            throw CSPError(.badLen, "a PSS salt of \(saltLength) bytes")
        }
        self.hash = hash
        self.saltLength = saltLength
        mechanism = .rsaPSS(hash: identifiers.mechanism, mgf: identifiers.mgf, saltLength: saltLength)
    }

    /// The encoded message under a new salt, a number below every modulus of so many bits.
    ///
    /// - Throws: NTE_BAD_LEN where the key has no room for hash and salt, NTE_FAIL without random numbers.
    func encode(_ digest: [UInt8], bits: Int) throws(CSPError) -> SecretInteger {
        try checkRoom(bits: bits)
        let salt = try HostRandom.secret(saltLength)
        let number = SecretInteger()
        let encoded = salt.withUnsafeBytes { salt in
            withUnsafePointer(to: hash.implementation) { hash in
                number.withUnsafeNumber {
                    nettle_pss_encode_mgf1(
                        $0, bits - 1, hash, salt.count, salt.baseAddress?.assumingMemoryBound(to: UInt8.self), digest)
                }
            }
        }
        guard digest.count == hash.digestSize, encoded == 1 else {
            throw CSPError(.badLen, "nettle cannot encode this hash value for an RSA key of \(bits) bits")
        }
        return number
    }

    /// - Throws: NTE_BAD_LEN where the key has no room for hash and salt.
    func checkRoom(bits: Int) throws(CSPError) {
        let limit = (bits + 6) / 8 - hash.digestSize - 2
        guard saltLength <= limit else {
            throw CSPError(
                .badLen,
                limit < 0
                    ? "an RSA key of \(bits) bits is too short for PSS with this hash"
                    : "a PSS salt of \(saltLength) bytes; with this RSA key and hash \(limit) are the most")
        }
    }

    /// Whether a number encodes the hash value with a salt of exactly this length.
    func verify(_ number: SecretInteger, _ digest: [UInt8], bits: Int) -> Bool {
        guard digest.count == hash.digestSize else { return false }
        return withUnsafePointer(to: hash.implementation) { hash in
            number.withUnsafeNumber { nettle_pss_verify_mgf1($0, bits - 1, hash, saltLength, digest) == 1 }
        }
    }
}

extension HashKind {
    /// CKM_… and CKG_MGF1_… of a hash that OAEP and PSS are used with; nil for the others.
    var tokenIdentifiers: (mechanism: MechanismType, mgf: UInt)? {
        switch self {
        case .sha1: (.sha1, 1)
        case .sha256: (.sha256, 2)
        case .sha384: (.sha384, 3)
        case .sha512: (.sha512, 4)
        case .md2, .md4, .md5: nil
        }
    }
}

extension RSAPublicKey {
    /// Whether a signature was made with this key's private half: RSASSA-PSS (RFC 8017, section 8.1.2).
    ///
    /// - Parameter signature: Big-endian, exactly as long as the modulus.
    func verify(signature: [UInt8], digest: [UInt8], _ pss: PSS) -> Bool {
        let number = signature.withUnsafeBytes { SecretInteger($0) }
        guard signature.count == modulus.count, number < modulus.withUnsafeBytes({ SecretInteger($0) }) else {
            return false
        }
        var key = nettleKey()
        defer { nettle_rsa_public_key_clear(&key) }
        // nettle's own functions know salts of up to the digest's size alone. The modulus is odd and thus not zero.
        number.withUnsafeNumber { __gmpz_powm($0, $0, &key.e, &key.n) }
        return pss.verify(number, digest, bits: bits)
    }
}
