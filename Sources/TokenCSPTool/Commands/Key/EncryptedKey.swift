import CGnuTLS
import PKCS11
import TokenCSP

/// A private key that leaves its token under a passphrase: what `key export` and `key archive` write.
enum EncryptedKey {
    /// PKCS#8 in PEM (`ENCRYPTED PRIVATE KEY`): PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC.
    ///
    /// - Throws: NTE_BAD_KEY_STATE for a key that may not leave.
    static func pkcs8(_ key: Key, _ passphrase: PIN) throws(CSPError) -> [UInt8] {
        cgnutls_forbid_core_files()
        let info = try key.privateKeyInfo().encoded()
        return Array(PEM.encode(try PasswordKey.encrypt(info, passphrase), "ENCRYPTED PRIVATE KEY").utf8)
    }

    /// Nobody chooses a passphrase for a key that stays where it is.
    static func requireExportable(_ key: Key) throws {
        let report = try key.report()
        let line = report.lines.first { $0.object == "private" && $0.attribute == "CKA_EXTRACTABLE" }
        guard line?.onToken == "false" else { return }
        throw CSPError(
            .badKeyState,
            "the key never leaves its token, which says that CKA_EXTRACTABLE is false: it was made without --exportable, "
                + "or 'tokencsp key protect' ended that, and nobody can take it back. An archivable key leaves at its "
                + "generation alone ('tokencsp key archive')")
    }
}
