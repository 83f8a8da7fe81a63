/// An algorithm (ALG_ID).
public struct AlgorithmID: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static let rsaSign = AlgorithmID(rawValue: 0x2400)
    public static let rsaKeyExchange = AlgorithmID(rawValue: 0xA400)
    public static let dssSign = AlgorithmID(rawValue: 0x2200)
    public static let ecdsa = AlgorithmID(rawValue: 0x2203)
    /// CALG_TOKENCSP_ED25519: EdDSA on Curve25519, an extension of ours in the range for third parties
    /// (ALG_CLASS_SIGNATURE, ALG_TYPE_THIRDPARTY).
    public static let ed25519 = AlgorithmID(rawValue: 0x3001)
    /// CALG_DH_SF: Diffie-Hellman keys that the container keeps.
    public static let dhSF = AlgorithmID(rawValue: 0xAA01)
    /// CALG_DH_EPHEM: Diffie-Hellman keys that go with their handle.
    public static let dhEphemeral = AlgorithmID(rawValue: 0xAA02)
    public static let agreedKeyAny = AlgorithmID(rawValue: 0xAA03)
    public static let ecdh = AlgorithmID(rawValue: 0xAA05)
    public static let ecdhEphemeral = AlgorithmID(rawValue: 0xAE06)
    public static let des = AlgorithmID(rawValue: 0x6601)
    public static let rc2 = AlgorithmID(rawValue: 0x6602)
    public static let rc4 = AlgorithmID(rawValue: 0x6801)
    public static let tripleDES = AlgorithmID(rawValue: 0x6603)
    public static let tripleDES112 = AlgorithmID(rawValue: 0x6609)
    public static let aes128 = AlgorithmID(rawValue: 0x660E)
    public static let aes192 = AlgorithmID(rawValue: 0x660F)
    public static let aes256 = AlgorithmID(rawValue: 0x6610)
    public static let md5 = AlgorithmID(rawValue: 0x8003)
    public static let sha1 = AlgorithmID(rawValue: 0x8004)
    public static let sha256 = AlgorithmID(rawValue: 0x800C)
    public static let sha384 = AlgorithmID(rawValue: 0x800D)
    public static let sha512 = AlgorithmID(rawValue: 0x800E)

    /// Microsoft's name, for instance `CALG_RSA_SIGN`.
    public var name: String {
        switch self {
        case .rsaSign: "CALG_RSA_SIGN"
        case .rsaKeyExchange: "CALG_RSA_KEYX"
        case .dssSign: "CALG_DSS_SIGN"
        case .ecdsa: "CALG_ECDSA"
        case .ed25519: "CALG_TOKENCSP_ED25519"
        case .dhSF: "CALG_DH_SF"
        case .dhEphemeral: "CALG_DH_EPHEM"
        case .agreedKeyAny: "CALG_AGREEDKEY_ANY"
        case .ecdh: "CALG_ECDH"
        case .ecdhEphemeral: "CALG_ECDH_EPHEM"
        case .des: "CALG_DES"
        case .rc2: "CALG_RC2"
        case .rc4: "CALG_RC4"
        case .tripleDES: "CALG_3DES"
        case .tripleDES112: "CALG_3DES_112"
        case .aes128: "CALG_AES_128"
        case .aes192: "CALG_AES_192"
        case .aes256: "CALG_AES_256"
        case .md2: "CALG_MD2"
        case .md4: "CALG_MD4"
        case .md5: "CALG_MD5"
        case .mac: "CALG_MAC"
        case .ssl3SHAMD5: "CALG_SSL3_SHAMD5"
        case .hmac: "CALG_HMAC"
        case .sha1: "CALG_SHA1"
        case .sha256: "CALG_SHA_256"
        case .sha384: "CALG_SHA_384"
        case .sha512: "CALG_SHA_512"
        default: "ALG_ID " + hexadecimal(rawValue)
        }
    }
}

extension AlgorithmID: CustomStringConvertible {
    public var description: String { name }
}

/// Which of a container's two key pairs: AT_KEYEXCHANGE or AT_SIGNATURE.
public struct KeySpec: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Signs and decrypts, unwraps keys.
    public static let keyExchange = KeySpec(rawValue: 1)
    /// Signs, and nothing else.
    public static let signature = KeySpec(rawValue: 2)

    /// `AT_KEYEXCHANGE` or `AT_SIGNATURE`.
    public var name: String {
        switch self {
        case .keyExchange: "AT_KEYEXCHANGE"
        case .signature: "AT_SIGNATURE"
        default: "key spec \(rawValue)"
        }
    }

    /// The RSA algorithm that this pair is for.
    var rsaAlgorithm: AlgorithmID { self == .signature ? .rsaSign : .rsaKeyExchange }
}

extension KeySpec: CustomStringConvertible {
    public var description: String { name }
}
