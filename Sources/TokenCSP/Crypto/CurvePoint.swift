internal import CNettle
internal import PKCS11

/// A point of nettle's on one of the curves P-256, P-384 and P-521: what verifies signatures.
final class CurvePoint {
    private let pointer: UnsafeMutablePointer<ecc_point>
    private let curve: EllipticCurve

    private init?(_ curve: EllipticCurve) {
        guard let parameters = curve.parametersOfNettle else { return nil }
        self.curve = curve
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: ecc_point())
        nettle_ecc_point_init(pointer, parameters)
    }

    /// - Returns: nil for coordinates that are not on the curve.
    convenience init?(_ key: EllipticCurvePublicKey) {
        guard key.curve != .ed25519 else { return nil }
        self.init(key.curve)
        let x = key.x.withUnsafeBytes { SecretInteger($0) }
        let y = key.y.withUnsafeBytes { SecretInteger($0) }
        let isOnCurve = x.withUnsafeNumber { x in y.withUnsafeNumber { y in nettle_ecc_point_set(pointer, x, y) } }
        guard isOnCurve == 1 else { return nil }
    }

    /// The public point of a private key.
    ///
    /// - Returns: nil for zero, and for a number that is not below the group's order.
    convenience init?(_ curve: EllipticCurve, privateKey: Secret) {
        self.init(curve)
        GMPMemory.isWiped
        var scalar = ecc_scalar()
        nettle_ecc_scalar_init(&scalar, curve.parametersOfNettle)
        defer {
            nettle_ecc_scalar_clear(&scalar)
            wipeStack()
        }
        let number = SecretInteger(privateKey)
        guard number.withUnsafeNumber({ nettle_ecc_scalar_set(&scalar, $0) }) == 1 else { return nil }
        nettle_ecc_point_mul_g(pointer, &scalar)
    }

    deinit {
        nettle_ecc_point_clear(pointer)
        pointer.deallocate()
    }

    /// 0x04, x, y.
    var encoded: [UInt8] {
        let x = SecretInteger()
        let y = SecretInteger()
        x.withUnsafeNumber { x in y.withUnsafeNumber { y in nettle_ecc_point_get(pointer, x, y) } }
        return [0x04] + x.bigEndian(width: curve.size) + y.bigEndian(width: curve.size)
    }

    /// ECDSA (FIPS 186-4, section 6.4).
    ///
    /// - Parameter signature: r and s, big-endian, each of the curve's size.
    func verify(_ signature: [UInt8], _ hash: [UInt8]) -> Bool {
        guard signature.count == 2 * curve.size else { return false }
        var numbers = dsa_signature()
        nettle_dsa_signature_init(&numbers)
        defer { nettle_dsa_signature_clear(&numbers) }
        signature.withUnsafeBufferPointer { bytes in
            guard let r = bytes.baseAddress else { return }
            nettle_mpz_set_str_256_u(&numbers.r, curve.size, r)
            nettle_mpz_set_str_256_u(&numbers.s, curve.size, r + curve.size)
        }
        return nettle_ecdsa_verify(pointer, hash.count, hash, &numbers) == 1
    }
}

extension EllipticCurve {
    /// nettle's parameters; of Ed25519 it shows none.
    fileprivate var parametersOfNettle: OpaquePointer? {
        switch self {
        case .p256: nettle_get_secp_256r1()
        case .p384: nettle_get_secp_384r1()
        case .p521: nettle_get_secp_521r1()
        case .ed25519: nil
        }
    }
}
