internal import PKCS11

/// Diffie-Hellman on elliptic curves.
///
/// What the two agree on is SHA-256 of Z, the x-coordinate of the shared point, big-endian and of the curve's size: what
/// CNG derives with BCRYPT_KDF_HASH and SHA-256. KP_ALGID makes a session key of its first bytes.
extension Key {
    /// What this key and that of a PUBLICKEYBLOB agree on.
    ///
    /// - Throws: NTE_BAD_KEY where the blob's key is for signatures, NTE_BAD_DATA for a key on another curve.
    func agreedSecret(_ own: EllipticCurvePublicKey, with blob: [UInt8]) throws(CSPError) -> Secret {
        let algorithm = try KeyBlob(blob).algorithm
        guard let pair = PairAlgorithm.all[algorithm], pair.family == .ellipticCurve, pair.agrees else {
            throw CSPError(.badKey, "a \(self.algorithm) key and one of \(algorithm) agree on nothing")
        }
        let other = try EllipticCurvePublicKey.decode(publicKeyBlob: blob)
        guard own.curve == other.curve else {
            throw CSPError(.badData, "the blob's key is on \(other.curve.rawValue), hPubKey on \(own.curve.rawValue)")
        }
        let shared = try agreedSecret(.ecdh1(publicPoint: other.point), size: own.curve.size)
        let hash = HostHash(.sha256)
        let coordinate = Secret(count: shared.count) { coordinate in
            shared.withUnsafeBytes { coordinate.copyBytes(from: $0.reversed() as ReversedCollection) }
        }
        coordinate.withUnsafeBytes { hash.update($0) }
        defer { wipeStack() }
        return Secret(count: HashKind.sha256.digestSize) { hash.finish(into: $0) }
    }
}
