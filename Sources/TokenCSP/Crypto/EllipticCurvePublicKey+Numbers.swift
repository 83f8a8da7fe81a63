internal import CNettle
internal import PKCS11

extension EllipticCurvePublicKey {
    /// The first coordinate, big-endian; of Ed25519 the whole point.
    var x: [UInt8] { curve == .ed25519 ? point : Array(point[1...curve.size]) }

    /// The second coordinate, big-endian; Ed25519 has none.
    var y: [UInt8] { curve == .ed25519 ? [] : Array(point.suffix(curve.size)) }

    /// Whether the coordinates are a point of the curve. Of Ed25519 it cannot be asked: a point that is none verifies
    /// nothing.
    var isOnCurve: Bool { curve == .ed25519 || CurvePoint(self) != nil }

    /// Whether a private key (of Ed25519 the seed), big-endian and of the curve's size, has this public half.
    func belongs(to value: Secret) -> Bool {
        guard value.count == curve.size else { return false }
        guard curve == .ed25519 else { return CurvePoint(curve, privateKey: value)?.encoded == point }
        var found = [UInt8](repeating: 0, count: curve.size)
        value.withUnsafeBytes { seed in
            nettle_ed25519_sha512_public_key(&found, seed.bindMemory(to: UInt8.self).baseAddress)
        }
        wipeStack()
        return found == point
    }

    /// ECDSA over the leftmost bytes of the hash's value; EdDSA over the value as message.
    func verify(_ signature: [UInt8], _ message: SignatureMessage) -> Bool {
        guard signature.count == 2 * curve.size else { return false }
        guard curve == .ed25519 else {
            return CurvePoint(self)?.verify(signature, [UInt8](message.leftmost(curve.size))) ?? false
        }
        return nettle_ed25519_sha512_verify(
            point, message.value.count, message.value.baseAddress?.assumingMemoryBound(to: UInt8.self), signature) == 1
    }
}
