import PKCS11
import TokenCSP

/// The key that a PRIVATEKEYBLOB is encrypted under, as Windows programs make it: CryptDeriveKey of the SHA-256 hash of the
/// passphrase, for AES-256 in CBC mode with zeros as initialization vector.
///
/// One hash is no hindrance to guessing: for exchange with such programs, under passphrases that nobody guesses.
enum BlobKey {
    static func derive(_ passphrase: PIN, in context: Context) throws(CSPError) -> Key {
        let aes = try context.makeHash(.sha256)
        var bytes = passphrase.withUnsafeBytes { [UInt8]($0) }
        defer { wipe(&bytes) }
        try aes.update(bytes)
        return try context.deriveKey(cipher: .aes256, from: aes)
    }
}
