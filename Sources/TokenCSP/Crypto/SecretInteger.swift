internal import CNettle
internal import PKCS11

/// A non-negative number of gmp's whose memory is wiped at the end: a factor or an exponent of a private key.
///
/// A class, for it owns an `mpz_t`. What gmp allocates and frees within one of its functions is out of reach and is not
/// wiped.
final class SecretInteger {
    /// For gmp and nettle. Behind a pointer, so that one number may stand twice among the arguments of a call.
    let pointer: UnsafeMutablePointer<__mpz_struct>

    // MARK: - Creating it

    /// Zero.
    init() {
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

    var isOdd: Bool { __gmpz_tstbit(pointer, 0) == 1 }

    /// The length in bytes, 0 for zero.
    var count: Int { self == SecretInteger() ? 0 : Int(nettle_mpz_sizeinbase_256_u(pointer)) }

    /// The number in big-endian bytes without leading zeros.
    func bigEndian() -> Secret {
        let count = count
        return Secret(count: count) { buffer in
            nettle_mpz_get_str_256(count, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), pointer)
        }
    }

    /// One less; zero stays zero.
    func decremented() -> SecretInteger {
        let result = SecretInteger()
        if self > result { __gmpz_sub_ui(result.pointer, pointer, 1) }
        return result
    }

    static func * (a: SecretInteger, b: SecretInteger) -> SecretInteger {
        let result = SecretInteger()
        __gmpz_mul(result.pointer, a.pointer, b.pointer)
        return result
    }

    /// Nil for a modulus of zero, by which gmp would end the process.
    func remainder(by modulus: SecretInteger) -> SecretInteger? {
        let result = SecretInteger()
        guard modulus > result else { return nil }
        __gmpz_mod(result.pointer, pointer, modulus.pointer)
        return result
    }

    /// Nil where there is none. Modulo one it is zero.
    func inverse(modulo modulus: SecretInteger) -> SecretInteger? {
        let result = SecretInteger()
        guard modulus > result else { return nil }
        guard modulus > SecretInteger(1) else { return result }
        guard __gmpz_invert(result.pointer, pointer, modulus.pointer) != 0 else { return nil }
        return result
    }

    /// The least common multiple.
    func leastCommonMultiple(_ other: SecretInteger) -> SecretInteger {
        let result = SecretInteger()
        __gmpz_lcm(result.pointer, pointer, other.pointer)
        return result
    }
}

extension SecretInteger: Comparable {
    static func == (a: SecretInteger, b: SecretInteger) -> Bool { __gmpz_cmp(a.pointer, b.pointer) == 0 }
    static func < (a: SecretInteger, b: SecretInteger) -> Bool { __gmpz_cmp(a.pointer, b.pointer) < 0 }
}
