/// A provider type (PROV_…).
public struct ProviderType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// PROV_RSA_FULL: RSA, 3DES, MD5 and SHA-1.
    public static let rsaFull = ProviderType(rawValue: 1)
    /// PROV_DSS: DSA signatures.
    public static let dss = ProviderType(rawValue: 3)
    /// PROV_DSS_DH: DSA signatures and Diffie-Hellman agreement.
    public static let dssDH = ProviderType(rawValue: 13)
    /// PROV_EC_ECDSA_FULL: ECDSA signatures and Diffie-Hellman agreement on elliptic curves. Microsoft has none.
    public static let ecdsaFull = ProviderType(rawValue: 16)
    /// PROV_RSA_AES: PROV_RSA_FULL with AES and SHA-2.
    public static let rsaAES = ProviderType(rawValue: 24)
}
