/// The type of a mechanism (CKM_…).
public struct MechanismType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt

    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    /// The name of the specification, for instance `CKM_RSA_PKCS_KEY_PAIR_GEN`.
    public var name: String {
        symbol(rawValue, in: Self.names, prefix: "CKM_")
    }

    public static let rsaPKCSKeyPairGen = MechanismType(rawValue: 0x0)
    public static let rsaPKCS = MechanismType(rawValue: 0x1)
    public static let rsaX509 = MechanismType(rawValue: 0x3)
    public static let rsaPKCSOAEP = MechanismType(rawValue: 0x9)
    public static let rsaPKCSPSS = MechanismType(rawValue: 0xD)
    public static let sha256RSAPKCS = MechanismType(rawValue: 0x40)
    public static let dsaKeyPairGen = MechanismType(rawValue: 0x10)
    public static let dsa = MechanismType(rawValue: 0x11)
    public static let dhPKCSKeyPairGen = MechanismType(rawValue: 0x20)
    public static let dhPKCSDerive = MechanismType(rawValue: 0x21)
    public static let dsaParameterGen = MechanismType(rawValue: 0x2000)
    public static let dhPKCSParameterGen = MechanismType(rawValue: 0x2001)
    public static let des2KeyGen = MechanismType(rawValue: 0x130)
    public static let des3KeyGen = MechanismType(rawValue: 0x131)
    public static let des3ECB = MechanismType(rawValue: 0x132)
    public static let des3CBC = MechanismType(rawValue: 0x133)
    public static let genericSecretKeyGen = MechanismType(rawValue: 0x350)
    public static let sha1 = MechanismType(rawValue: 0x220)
    public static let sha256 = MechanismType(rawValue: 0x250)
    public static let sha384 = MechanismType(rawValue: 0x260)
    public static let sha512 = MechanismType(rawValue: 0x270)
    public static let ecKeyPairGen = MechanismType(rawValue: 0x1040)
    public static let ecdsa = MechanismType(rawValue: 0x1041)
    public static let ecdh1Derive = MechanismType(rawValue: 0x1050)
    public static let ecEdwardsKeyPairGen = MechanismType(rawValue: 0x1055)
    public static let edDSA = MechanismType(rawValue: 0x1057)
    public static let aesKeyGen = MechanismType(rawValue: 0x1080)
    public static let aesECB = MechanismType(rawValue: 0x1081)
    public static let aesCBC = MechanismType(rawValue: 0x1082)
    public static let aesCBCPad = MechanismType(rawValue: 0x1085)
    public static let aesKeyWrap = MechanismType(rawValue: 0x2109)
    /// RFC 5649.
    public static let aesKeyWrapKWP = MechanismType(rawValue: 0x210B)
    /// RFC 5649 on SoftHSM, PKCS#7 padding then RFC 3394 on NSS.
    public static let aesKeyWrapPad = MechanismType(rawValue: 0x210A)
}

extension MechanismType: CustomStringConvertible {
    public var description: String { name }
}
