internal import CPKCS11

/// What a token tells about itself (C_GetTokenInfo).
public struct TokenInfo: Sendable {
    public let label: String
    public let manufacturer: String
    public let model: String
    /// Not an identity: some modules give every token the same one.
    public let serial: String
    public let flags: Flags
    /// PIN length in bytes.
    public let minimumPINLength: Int
    public let maximumPINLength: Int
    /// For instance `2.6`.
    public let hardwareVersion: String
    public let firmwareVersion: String

    /// CKF_… bits of a token.
    public struct Flags: OptionSet, Sendable {
        public let rawValue: UInt
        public init(rawValue: UInt) { self.rawValue = rawValue }

        public static let hasRandom = Flags(rawValue: 0x1)
        public static let isWriteProtected = Flags(rawValue: 0x2)
        public static let needsLogin = Flags(rawValue: 0x4)
        public static let isUserPINInitialized = Flags(rawValue: 0x8)
        public static let hasProtectedAuthenticationPath = Flags(rawValue: 0x100)
        public static let isInitialized = Flags(rawValue: 0x400)
        public static let userPINCountLow = Flags(rawValue: 0x10000)
        public static let userPINFinalTry = Flags(rawValue: 0x20000)
        public static let userPINLocked = Flags(rawValue: 0x40000)
        public static let userPINToBeChanged = Flags(rawValue: 0x80000)
        public static let officerPINCountLow = Flags(rawValue: 0x100000)
        public static let officerPINFinalTry = Flags(rawValue: 0x200000)
        public static let officerPINLocked = Flags(rawValue: 0x400000)
        public static let officerPINToBeChanged = Flags(rawValue: 0x800000)
    }

    init(_ info: CK_TOKEN_INFO) {
        label = withUnsafeBytes(of: info.label) { paddedText($0) }
        manufacturer = withUnsafeBytes(of: info.manufacturerID) { paddedText($0) }
        model = withUnsafeBytes(of: info.model) { paddedText($0) }
        serial = withUnsafeBytes(of: info.serialNumber) { paddedText($0) }
        flags = Flags(rawValue: info.flags)
        minimumPINLength = Int(clamping: info.ulMinPinLen)
        maximumPINLength = Int(clamping: info.ulMaxPinLen)
        hardwareVersion = versionText(info.hardwareVersion)
        firmwareVersion = versionText(info.firmwareVersion)
    }
}
