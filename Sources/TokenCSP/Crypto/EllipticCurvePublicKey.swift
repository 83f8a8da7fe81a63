/// A public key on an elliptic curve.
public struct EllipticCurvePublicKey: Sendable, Hashable {
    public let curve: EllipticCurve
    /// The point as everybody writes it: 0x04, x, y, big-endian (SEC 1, section 2.3.3); of Ed25519 the 32 bytes of RFC 8032.
    public let point: [UInt8]

    /// - Returns: nil for a point of another length or form; whether it is on the curve is seen where it is used.
    public init?(curve: EllipticCurve, point: [UInt8]) {
        let isWhole =
            curve == .ed25519 ? point.count == curve.size : point.count == 1 + 2 * curve.size && point.first == 0x04
        guard isWhole else { return nil }
        self.curve = curve
        self.point = point
    }

    /// CKA_EC_POINT: a DER OCTET STRING; some tokens leave it out.
    init?(curve: EllipticCurve, tokenPoint: [UInt8]) {
        if let key = Self(curve: curve, point: tokenPoint) {
            self = key
            return
        }
        let header = curve == .p521 ? 3 : 2
        guard tokenPoint.first == 0x04, tokenPoint.count > header else { return nil }
        self.init(curve: curve, point: Array(tokenPoint.dropFirst(header)))
    }

    /// RFC 5480, section 2; of Ed25519 RFC 8410, section 4.
    func subjectPublicKeyInfo() -> [UInt8] {
        let algorithm =
            curve == .ed25519 ? DER.sequence(curve.parameters) : DER.sequence(DER.idECPublicKey, curve.parameters)
        return DER.sequence(algorithm, DER.bitString(point))
    }
}
