/// The low 16 bits of CryptGenKey's dwFlags: the policy that a new key is made with.
public struct KeyFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// CRYPT_EXPORTABLE: the key can leave the token, wrapped.
    public static let exportable = KeyFlags(rawValue: 0x1)
    /// CRYPT_USER_PROTECTED: the user is asked at each use.
    public static let userProtected = KeyFlags(rawValue: 0x2)
    /// CRYPT_CREATE_SALT: of no effect on key pairs, AES and 3DES.
    public static let createSalt = KeyFlags(rawValue: 0x4)
    /// CRYPT_NO_SALT: of no effect on key pairs, AES and 3DES.
    public static let noSalt = KeyFlags(rawValue: 0x10)
    /// CRYPT_PREGEN: two-step generation of Diffie-Hellman and DSS keys, for CryptGenKey alone: see
    /// ``Context/generateKey(algorithm:domain:flags:)``.
    public static let preGenerate = KeyFlags(rawValue: 0x40)
    /// CRYPT_ARCHIVABLE: exportable until the handle is closed.
    public static let archivable = KeyFlags(rawValue: 0x4000)
    /// CRYPT_FORCE_KEY_PROTECTION_HIGH: the user enters the PIN for each use; none that is held from an earlier one counts.
    public static let forceKeyProtectionHigh = KeyFlags(rawValue: 0x8000)

    /// CRYPT_UPDATE_KEY, _INITIATOR (as a session key), _ONLINE, _SF, _CREATE_IV, _KEK, _DATA_KEY, _VOLATILE, _SGCKEY:
    /// "this flag is not used".
    static let unused = KeyFlags(rawValue: 0x3F88)

    static let known: KeyFlags = [
        .exportable, .userProtected, .createSalt, .noSalt, .preGenerate, .archivable, .forceKeyProtectionHigh, .unused,
    ]

    /// - Throws: NTE_BAD_FLAGS for what a session key cannot be held to.
    func checkUnprotected() throws(CSPError) {
        guard isDisjoint(with: [.userProtected, .forceKeyProtectionHigh]) else {
            throw CSPError(
                .badFlags,
                "CRYPT_USER_PROTECTED and CRYPT_FORCE_KEY_PROTECTION_HIGH hold for key pairs; PKCS#11 asks for no PIN at a secret key's use"
            )
        }
    }

    /// dwFlags: the flags, and the key length in bits in the high word, 0 for the provider's default.
    ///
    /// - Parameter allowed: words for the error.
    /// - Throws: ERROR_INVALID_PARAMETER for a length that has no place there.
    func raw(bits: Int?, allowed: StaticString = "the cipher's own lengths") throws(CSPError) -> UInt32 {
        guard let bits else { return rawValue & 0xFFFF }
        guard (1...0xFFFF).contains(bits) else {
            throw CSPError(.invalidParameter, "a key length of \(bits) bits: \(allowed) are allowed")
        }
        return UInt32(truncatingIfNeeded: bits) << 16 | rawValue & 0xFFFF
    }

    /// Microsoft's names of the bits that are set.
    public var names: [String] {
        let table: [(KeyFlags, String)] = [
            (.exportable, "CRYPT_EXPORTABLE"), (.userProtected, "CRYPT_USER_PROTECTED"),
            (.createSalt, "CRYPT_CREATE_SALT"), (KeyFlags(rawValue: 0x8), "CRYPT_UPDATE_KEY"),
            (.noSalt, "CRYPT_NO_SALT"),
            (.preGenerate, "CRYPT_PREGEN"), (KeyFlags(rawValue: 0x80), "CRYPT_ONLINE"),
            (KeyFlags(rawValue: 0x100), "CRYPT_SF"), (KeyFlags(rawValue: 0x200), "CRYPT_CREATE_IV"),
            (KeyFlags(rawValue: 0x400), "CRYPT_KEK"), (KeyFlags(rawValue: 0x800), "CRYPT_DATA_KEY"),
            (KeyFlags(rawValue: 0x1000), "CRYPT_VOLATILE"), (KeyFlags(rawValue: 0x2000), "CRYPT_SGCKEY"),
            (.archivable, "CRYPT_ARCHIVABLE"), (.forceKeyProtectionHigh, "CRYPT_FORCE_KEY_PROTECTION_HIGH"),
        ]
        return table.filter { contains($0.0) }.map(\.1)
    }
}
