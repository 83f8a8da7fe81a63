import ArgumentParser
import TokenCSP

/// The policy for a key that comes from elsewhere: CryptImportKey's flags.
struct ProtectionOptions: ParsableArguments {
    @Flag(help: "CRYPT_EXPORTABLE: the private key may leave the token, wrapped.")
    var exportable = false

    @Flag(help: "CRYPT_USER_PROTECTED: the user is asked for consent at each use.")
    var userProtected = false

    @Flag(help: "CRYPT_FORCE_KEY_PROTECTION_HIGH: the PIN is entered for each use, never from a cache.")
    var forceHighProtection = false

    var flags: KeyFlags {
        var flags: KeyFlags = []
        if exportable { flags.insert(.exportable) }
        if userProtected { flags.insert(.userProtected) }
        if forceHighProtection { flags.insert(.forceKeyProtectionHigh) }
        return flags
    }
}
