internal import CNettle

/// An RSA public key held on the host: what a PUBLICKEYBLOB carries, and what proves a token's signature.
///
/// Operations with the private key are always the token's; this half needs none.
public struct RSAPublicKey: Sendable, Hashable {
    /// The modulus, big-endian, without leading zeros.
    public let modulus: [UInt8]

    /// The public exponent; 65537 for almost every key. RSAPUBKEY has 32 bits for it, so no CryptoAPI key has more.
    public let publicExponent: UInt32

    /// The length of the modulus in bits.
    public var bits: Int { modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0) }

    /// The lengths a key may have, in bits: CryptoAPI's own limits.
    static let bitLimits = 384...16384

    // MARK: - Creating it

    /// Checks the numbers and makes a key of them.
    ///
    /// An exponent of one is a key: programs import such a key to move session keys in the clear.
    ///
    /// - Parameters:
    ///   - modulus: Big-endian; leading zeros are dropped.
    ///   - publicExponent: An odd number.
    /// - Returns: nil for a modulus that is even or not of 384 to 16384 bits, and for an even exponent. No check here
    ///   can tell whether the modulus is a product of two primes.
    public init?(modulus: [UInt8], publicExponent: UInt32) {
        self.modulus = Array(modulus.drop { $0 == 0 })
        self.publicExponent = publicExponent
        guard let lowest = self.modulus.last, !lowest.isMultiple(of: 2), !publicExponent.isMultiple(of: 2),
            Self.bitLimits.contains(bits)
        else { return nil }
    }

    // MARK: - Using it

    /// Whether a signature was made with this key's private half: RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2.2).
    ///
    /// - Parameters:
    ///   - signature: Big-endian, exactly as long as the modulus. CryptoAPI's signatures are the other way round:
    ///     reverse them first.
    ///   - encodedMessage: What was signed: a DigestInfo in DER, or a bare hash (CRYPT_NOHASHOID, SSL3's 36 bytes).
    /// - Returns: false also for a signature of another length and a message too long for the key.
    public func verify(signature: [UInt8], encodedMessage: [UInt8]) -> Bool {
        guard signature.count == modulus.count else { return false }
        var key = rsa_public_key()
        nettle_rsa_public_key_init(&key)
        defer { nettle_rsa_public_key_clear(&key) }
        nettle_mpz_set_str_256_u(&key.n, modulus.count, modulus)
        __gmpz_set_ui(&key.e, UInt(publicExponent))
        guard nettle_rsa_public_key_prepare(&key) == 1 else { return false }

        var number = __mpz_struct()
        nettle_mpz_init_set_str_256_u(&number, signature.count, signature)
        defer { __gmpz_clear(&number) }
        return nettle_rsa_pkcs1_verify(&key, encodedMessage.count, encodedMessage, &number) == 1
    }
}
