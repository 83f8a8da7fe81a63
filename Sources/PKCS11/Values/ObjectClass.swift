/// The class of an object (CKO_…).
public struct ObjectClass: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt

    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    public static let data = ObjectClass(rawValue: 0)
    public static let certificate = ObjectClass(rawValue: 1)
    public static let publicKey = ObjectClass(rawValue: 2)
    public static let privateKey = ObjectClass(rawValue: 3)
    public static let secretKey = ObjectClass(rawValue: 4)
    public static let domainParameters = ObjectClass(rawValue: 6)
}

/// The type of a key (CKK_…).
public struct KeyType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt

    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    public static let rsa = KeyType(rawValue: 0x00)
    public static let dsa = KeyType(rawValue: 0x01)
    public static let dh = KeyType(rawValue: 0x02)
    public static let ec = KeyType(rawValue: 0x03)
    public static let genericSecret = KeyType(rawValue: 0x10)
    public static let des = KeyType(rawValue: 0x13)
    public static let des2 = KeyType(rawValue: 0x14)
    public static let des3 = KeyType(rawValue: 0x15)
    public static let aes = KeyType(rawValue: 0x1F)
    public static let ecEdwards = KeyType(rawValue: 0x40)
}
