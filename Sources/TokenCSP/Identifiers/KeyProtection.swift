/// What a key asks of its user at each use.
public enum KeyProtection: UInt8, Sendable, Hashable {
    /// Nothing beyond the login.
    case none = 0
    /// The user's consent: a yes, or the PIN (CRYPT_USER_PROTECTED).
    case consent = 1
    /// The PIN, entered for this one use (CRYPT_FORCE_KEY_PROTECTION_HIGH).
    case pin = 2

    init(_ flags: KeyFlags) {
        self =
            flags.contains(.forceKeyProtectionHigh) ? .pin : flags.contains(.userProtected) ? .consent : .none
    }

    /// `none`, `consent` or `PIN`.
    public var name: String {
        switch self {
        case .none: "none"
        case .consent: "consent"
        case .pin: "PIN"
        }
    }
}
