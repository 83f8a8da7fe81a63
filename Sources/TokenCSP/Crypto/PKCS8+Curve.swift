internal import PKCS11

extension PKCS8 {
    /// Elliptic curves (RFC 5915; of Ed25519 RFC 8410).
    static func decodeCurve(_ der: UnsafeRawBufferPointer, _ key: EllipticCurvePublicKey) throws(CSPError) -> Secret {
        throw DERReader.malformed
    }
}
