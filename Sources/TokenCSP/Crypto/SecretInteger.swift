internal import CNettle
internal import PKCS11

/// A non-negative number of gmp's whose memory is wiped at the end: a factor or an exponent of a private key.
///
/// A class, for it owns an `mpz_t`. What gmp and nettle allocate and free in between is wiped too: see ``GMPMemory``.
final class SecretInteger {
    /// Behind a pointer, so that one number may stand twice among the arguments of a call.
    private let pointer: UnsafeMutablePointer<__mpz_struct>

    // MARK: - Creating it

    /// Zero.
    init() {
        GMPMemory.isWiped
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: __mpz_struct())
        __gmpz_init(pointer)
    }

    convenience init(_ value: UInt) {
        self.init()
        __gmpz_set_ui(pointer, value)
    }

    /// From big-endian bytes, with or without leading zeros.
    convenience init(_ bigEndian: UnsafeRawBufferPointer) {
        self.init()
        guard let base = bigEndian.baseAddress else { return }
        nettle_mpz_set_str_256_u(pointer, bigEndian.count, base.assumingMemoryBound(to: UInt8.self))
    }

    convenience init(_ bigEndian: Secret) {
        self.init()
        bigEndian.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            nettle_mpz_set_str_256_u(pointer, bytes.count, base.assumingMemoryBound(to: UInt8.self))
        }
    }

    deinit {
        Self.wipe(&pointer.pointee)
        __gmpz_clear(pointer)
        pointer.deallocate()
    }

    /// Overwrites all the memory of a number, which is not to be read any more.
    static func wipe(_ number: inout __mpz_struct) {
        guard number._mp_alloc > 0, let limbs = number._mp_d else { return }
        explicit_bzero(limbs, Int(number._mp_alloc) * MemoryLayout<mp_limb_t>.stride)
    }

    // MARK: - Using it

    /// Lends the number to gmp and nettle, to be read or written. It lives as long as the call: a bare pointer would
    /// outlive a number that has no name.
    func withUnsafeNumber<R>(_ body: (UnsafeMutablePointer<__mpz_struct>) -> R) -> R {
        withExtendedLifetime(self) { body(pointer) }
    }

    var isOdd: Bool { withUnsafeNumber { __gmpz_tstbit($0, 0) == 1 } }

    /// The length in bytes, 0 for zero.
    var count: Int { self == SecretInteger() ? 0 : withUnsafeNumber { Int(nettle_mpz_sizeinbase_256_u($0)) } }

    /// The number in big-endian bytes without leading zeros.
    func bigEndian() -> Secret {
        Secret(count: count) { write(to: $0) }
    }

    /// The number in big-endian bytes with zeros in front; zeros alone where it has more bytes.
    func bigEndian(width: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: width)
        bytes.withUnsafeMutableBytes { write(to: $0) }
        return bytes
    }

    private func write(to buffer: UnsafeMutableRawBufferPointer) {
        guard count <= buffer.count, let base = buffer.baseAddress else { return }
        withUnsafeNumber { nettle_mpz_get_str_256(buffer.count, base.assumingMemoryBound(to: UInt8.self), $0) }
    }

    /// One less; zero stays zero.
    func decremented() -> SecretInteger {
        guard self > SecretInteger() else { return SecretInteger() }
        return combined(with: self) { result, number, _ in __gmpz_sub_ui(result, number, 1) }
    }

    static func * (a: SecretInteger, b: SecretInteger) -> SecretInteger {
        a.combined(with: b) { __gmpz_mul($0, $1, $2) }
    }

    /// Nil for a modulus of zero, by which gmp would end the process.
    func remainder(by modulus: SecretInteger) -> SecretInteger? {
        guard modulus > SecretInteger() else { return nil }
        return combined(with: modulus) { __gmpz_mod($0, $1, $2) }
    }

    /// Nil where there is none. Modulo one it is zero.
    func inverse(modulo modulus: SecretInteger) -> SecretInteger? {
        let one = SecretInteger(1)
        guard modulus > one else { return modulus == one ? SecretInteger() : nil }
        var exists = false
        let result = combined(with: modulus) { exists = __gmpz_invert($0, $1, $2) != 0 }
        return exists ? result : nil
    }

    /// This number to the power of a secret exponent, in a time that does not tell of it.
    ///
    /// - Returns: nil for an even modulus and an exponent of zero, which gmp does not take.
    func power(_ exponent: SecretInteger, modulo modulus: SecretInteger) -> SecretInteger? {
        guard modulus.isOdd, modulus > SecretInteger(1), exponent > SecretInteger() else { return nil }
        let result = SecretInteger()
        result.withUnsafeNumber { result in
            withUnsafeNumber { base in
                exponent.withUnsafeNumber { exponent in
                    modulus.withUnsafeNumber { modulus in __gmpz_powm_sec(result, base, exponent, modulus) }
                }
            }
        }
        return result
    }

    /// Whether the number is a prime, but for a chance of 2^-80.
    var isPrime: Bool { withUnsafeNumber { __gmpz_probab_prime_p($0, 40) != 0 } }

    /// The least common multiple.
    func leastCommonMultiple(_ other: SecretInteger) -> SecretInteger {
        combined(with: other) { __gmpz_lcm($0, $1, $2) }
    }

    private typealias Number = UnsafeMutablePointer<__mpz_struct>

    private func combined(
        with other: SecretInteger, _ compute: (_ result: Number, _ a: Number, _ b: Number) -> Void
    ) -> SecretInteger {
        let result = SecretInteger()
        result.withUnsafeNumber { result in
            withUnsafeNumber { a in
                other.withUnsafeNumber { b in compute(result, a, b) }
            }
        }
        return result
    }
}

extension SecretInteger: Comparable {
    static func == (a: SecretInteger, b: SecretInteger) -> Bool { a.compare(b) == 0 }
    static func < (a: SecretInteger, b: SecretInteger) -> Bool { a.compare(b) < 0 }

    private func compare(_ other: SecretInteger) -> CInt {
        withUnsafeNumber { a in other.withUnsafeNumber { b in __gmpz_cmp(a, b) } }
    }
}
