// Signatures as everybody but CryptoAPI writes them: openssl, certificates, CMS.
extension PublicKey {
    /// A signature of CryptSignHash in the common form: RSA big-endian (RFC 8017), DSA and ECDSA as a SEQUENCE of r and s in
    /// DER (RFC 3279, section 2.2), EdDSA as it is.
    public func standardSignature(_ signature: [UInt8]) -> [UInt8] {
        let half = signature.count / 2
        let first = Array(signature.prefix(half))
        let second = Array(signature.dropFirst(half))
        switch self {
        case .rsa, .diffieHellman: return signature.reversed()
        case .dsa: return DER.sequence(DER.integer(first.reversed()), DER.integer(second.reversed()))
        case .ellipticCurve(let key) where key.curve == .ed25519: return signature
        case .ellipticCurve: return DER.sequence(DER.integer(first), DER.integer(second))
        }
    }

    /// The reverse: what CryptVerifySignature takes.
    ///
    /// - Returns: nil for bytes that are no such signature.
    public func signature(fromStandard signature: [UInt8]) -> [UInt8]? {
        switch self {
        case .rsa, .diffieHellman: return signature.reversed()
        case .dsa: return numbers(signature)?.flatMap { $0.reversed() }
        case .ellipticCurve(let key) where key.curve == .ed25519: return signature
        case .ellipticCurve: return numbers(signature)?.flatMap { $0 }
        }
    }

    /// r and s, big-endian, each half as wide as a signature.
    private func numbers(_ der: [UInt8]) -> [[UInt8]]? {
        let width = signatureSize / 2
        return der.withUnsafeBytes { der in
            var whole = DERReader(der)
            guard var pair = try? whole.sequence(), (try? whole.end()) != nil, let r = try? pair.integer(),
                let s = try? pair.integer(), (try? pair.end()) != nil, r.count <= width, s.count <= width
            else { return nil }
            return [r, s].map { [UInt8](repeating: 0, count: width - $0.count) + $0 }
        }
    }
}
