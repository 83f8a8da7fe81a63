/// The public half of a key pair.
public enum PublicKey: Sendable, Hashable {
    case rsa(RSAPublicKey)
    case dsa(DSAPublicKey)
    case diffieHellman(DiffieHellmanPublicKey)
    case ellipticCurve(EllipticCurvePublicKey)

    /// The key length in bits: modulus, prime, or the curve's.
    public var bits: Int {
        switch self {
        case .rsa(let key): key.bits
        case .dsa(let key): key.parameters.bits
        case .diffieHellman(let key): key.parameters.bits
        case .ellipticCurve(let key): key.curve.bits
        }
    }

    /// The domain parameters, of DSA and Diffie-Hellman.
    var domain: DomainParameters? {
        switch self {
        case .dsa(let key): key.parameters
        case .diffieHellman(let key): key.parameters
        case .rsa, .ellipticCurve: nil
        }
    }

    /// The RSA key, where it is one.
    public var rsa: RSAPublicKey? {
        if case .rsa(let key) = self { key } else { nil }
    }

    /// The key as SubjectPublicKeyInfo in DER (RFC 5280, section 4.1).
    public func subjectPublicKeyInfo() -> [UInt8] {
        switch self {
        case .rsa(let key): key.subjectPublicKeyInfo()
        case .dsa(let key): key.subjectPublicKeyInfo()
        case .diffieHellman(let key): key.subjectPublicKeyInfo()
        case .ellipticCurve(let key): key.subjectPublicKeyInfo()
        }
    }

    /// The SubjectPublicKeyInfo as text, `-----BEGIN PUBLIC KEY-----` (RFC 7468, section 13), with a final newline.
    public func pem() -> String { PEM.publicKey(subjectPublicKeyInfo()) }
}
