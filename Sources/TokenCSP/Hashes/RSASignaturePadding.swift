/// How an RSA key signs a hash value. Other kinds of keys have one way each and go with ``pkcs1``, the default.
public struct RSASignaturePadding: Sendable, Hashable {
    enum Scheme: Sendable, Hashable {
        case pkcs1(namesHash: Bool)
        /// Nil: a salt as long as the hash value.
        case pss(saltLength: Int?)
    }

    let scheme: Scheme

    private init(_ scheme: Scheme) { self.scheme = scheme }

    /// RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2): what everybody understands, and CryptSignHash makes.
    public static let pkcs1 = RSASignaturePadding(.pkcs1(namesHash: true))

    /// The same without the hash function's name in it, as SSL 3 signs (CRYPT_NOHASHOID).
    public static let pkcs1WithoutHashName = RSASignaturePadding(.pkcs1(namesHash: false))

    /// RSASSA-PSS (RFC 8017, section 8.1) with MGF1 over the same hash function, SHA-1 or SHA-2, and a salt as long as
    /// the hash value: what TLS 1.3 and X.509 certificates use.
    public static let pss = RSASignaturePadding(.pss(saltLength: nil))

    /// The same with another salt.
    ///
    /// - Parameter saltLength: in bytes, 0 to what the key has room for. Who verifies must name the same length.
    public static func pss(saltLength: Int) -> RSASignaturePadding { RSASignaturePadding(.pss(saltLength: saltLength)) }

    var isPSS: Bool {
        if case .pss = scheme { true } else { false }
    }
}
