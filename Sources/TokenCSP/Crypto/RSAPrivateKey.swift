internal import CNettle
internal import PKCS11

/// An RSA private key on the host, by nettle: only of a PRIVATEKEYBLOB imported under CRYPT_VERIFYCONTEXT. Every other
/// private key is the token's.
///
/// Exponents of one are a key, with which programs move session keys in the clear. The numbers lie in memory that is
/// wiped; what gmp frees while it computes is not. Nothing changes after `init`, hence `Sendable`.
final class RSAPrivateKey: @unchecked Sendable {
    let numbers: RSAPrivateNumbers
    var publicKey: RSAPublicKey { numbers.publicKey }

    private var publicHalf: rsa_public_key
    private var privateHalf: rsa_private_key
    /// Whether nettle takes the key; it does not where one factor is far shorter than the other.
    private let isPrepared: Bool

    // MARK: - Creating it

    init(_ numbers: RSAPrivateNumbers) {
        let publicHalf = numbers.publicKey.nettleKey()
        var key = rsa_private_key()
        nettle_rsa_private_key_init(&key)
        numbers.prime1.store(in: &key.p)
        numbers.prime2.store(in: &key.q)
        numbers.exponent1.store(in: &key.a)
        numbers.exponent2.store(in: &key.b)
        numbers.coefficient.store(in: &key.c)
        numbers.privateExponent.store(in: &key.d)
        isPrepared = nettle_rsa_private_key_prepare(&key) == 1 && key.size == publicHalf.size
        self.numbers = numbers
        self.publicHalf = publicHalf
        privateHalf = key
    }

    deinit {
        SecretInteger.wipe(&privateHalf.p)
        SecretInteger.wipe(&privateHalf.q)
        SecretInteger.wipe(&privateHalf.a)
        SecretInteger.wipe(&privateHalf.b)
        SecretInteger.wipe(&privateHalf.c)
        SecretInteger.wipe(&privateHalf.d)
        nettle_rsa_private_key_clear(&privateHalf)
        nettle_rsa_public_key_clear(&publicHalf)
    }

    // MARK: - Using it

    /// RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2.1).
    ///
    /// - Parameter encodedMessage: A DigestInfo in DER, or a bare hash (CRYPT_NOHASHOID, SSL3's 36 bytes).
    /// - Returns: The signature, big-endian, as long as the modulus. CryptoAPI's is the other way round.
    /// - Throws: NTE_BAD_LEN for a message too long for the key.
    func sign(_ encodedMessage: [UInt8]) throws(CSPError) -> [UInt8] {
        let size = publicKey.modulus.count
        let number = SecretInteger()
        guard encodedMessage.count <= size - 11,
            number.withUnsafeNumber({
                nettle_pkcs1_rsa_digest_encode($0, size, encodedMessage.count, encodedMessage)
            }) == 1
        else {
            throw CSPError(
                .badLen, "\(encodedMessage.count) bytes to sign; with this RSA key \(size - 11) are the most")
        }
        return try root(of: number).bigEndian(width: size)
    }

    /// RSASSA-PSS (RFC 8017, section 8.1.1) over a hash value.
    ///
    /// - Returns: The signature, big-endian, as long as the modulus.
    /// - Throws: NTE_BAD_LEN for a salt that the key has no room for.
    func sign(_ digest: [UInt8], _ pss: PSS) throws(CSPError) -> [UInt8] {
        try root(of: pss.encode(digest, bits: publicKey.bits)).bigEndian(width: publicKey.modulus.count)
    }

    /// Decrypts what ``RSAPublicKey/encrypt(_:padding:)`` encrypted.
    ///
    /// - Parameter ciphertext: Big-endian, exactly as long as the modulus.
    /// - Throws: NTE_BAD_DATA, in the same words whatever is wrong: an answer that tells faults apart is an oracle.
    func decrypt(_ ciphertext: [UInt8], padding: RSAEncryptionPadding) throws(CSPError) -> [UInt8] {
        let number = ciphertext.withUnsafeBytes { SecretInteger($0) }
        guard ciphertext.count == publicKey.modulus.count, isBelowModulus(number) else { throw Self.invalid }
        let message =
            switch padding {
            case .pkcs1: try decryptPKCS1(number)
            case .oaep(let hash, let label): try decryptOAEP(number, OAEP(hash: hash, label: label))
            }
        guard let message else { throw Self.invalid }
        return message
    }

    private static let invalid = CSPError(.badData, "the data is not valid")

    // MARK: - Internals

    private func decryptPKCS1(_ ciphertext: SecretInteger) throws(CSPError) -> [UInt8]? {
        let size = publicKey.modulus.count
        var count = size
        var message = [UInt8](repeating: 0, count: size)
        defer { wipe(&message) }
        let decrypted: CInt
        if isPrepared {
            decrypted = try HostRandom.lend { context, random in
                withHalves { publicHalf, privateHalf in
                    ciphertext.withUnsafeNumber {
                        nettle_rsa_decrypt_tr(publicHalf, privateHalf, context, random, &count, &message, $0)
                    }
                }
            }
        } else {
            let root = try root(of: ciphertext)
            decrypted = root.withUnsafeNumber { nettle_pkcs1_decrypt(size, $0, &count, &message) }
        }
        return decrypted == 1 ? Array(message.prefix(count)) : nil
    }

    private func decryptOAEP(_ ciphertext: SecretInteger, _ oaep: OAEP) throws(CSPError) -> [UInt8]? {
        var block = try root(of: ciphertext).bigEndian(width: publicKey.modulus.count)
        defer { wipe(&block) }
        return block.withUnsafeMutableBytes { oaep.decode($0) }
    }

    /// The private operation on a number below the modulus.
    private func root(of number: SecretInteger) throws(CSPError) -> SecretInteger {
        let result = SecretInteger()
        if isPrepared {
            let computed = try HostRandom.lend { context, random in
                withHalves { publicHalf, privateHalf in
                    result.withUnsafeNumber { result in
                        number.withUnsafeNumber {
                            nettle_rsa_compute_root_tr(publicHalf, privateHalf, context, random, result, $0)
                        }
                    }
                }
            }
            if computed == 1 { return result }
        }
        // Without the factors: slower, but the same time for every number. The modulus is odd, the exponent not zero.
        withHalves { publicHalf, privateHalf in
            let n = publicHalf.pointer(to: \.n)
            let d = privateHalf.pointer(to: \.d)
            result.withUnsafeNumber { result in
                number.withUnsafeNumber { __gmpz_powm_sec(result, $0, d, n) }
            }
        }
        return result
    }

    private func isBelowModulus(_ number: SecretInteger) -> Bool {
        number < publicKey.modulus.withUnsafeBytes { SecretInteger($0) }
    }

    /// nettle's structs, for reading: no call writes to them after `init`.
    private func withHalves<R>(
        _ body: (UnsafePointer<rsa_public_key>, UnsafePointer<rsa_private_key>) -> R
    ) -> R {
        withUnsafePointer(to: publicHalf) { publicHalf in
            withUnsafePointer(to: privateHalf) { body(publicHalf, $0) }
        }
    }
}

extension Secret {
    /// Copies the number into one of nettle's.
    fileprivate func store(in number: UnsafeMutablePointer<__mpz_struct>) {
        SecretInteger(self).withUnsafeNumber { __gmpz_set(number, $0) }
    }
}
