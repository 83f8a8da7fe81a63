internal import CNettle
package import PKCS11

/// Keys from passphrases: PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2), and PKCS#8 under one.
package enum PasswordKey {
    /// What OWASP asks of PBKDF2-HMAC-SHA-256 (2023): about a quarter of a second.
    package static let iterations = 600_000

    package static func derive(
        _ passphrase: PIN, salt: [UInt8], iterations: Int, count: Int
    ) -> PIN {
        let key = Secret(count: count) { key in
            passphrase.withUnsafeBytes { passphrase in
                nettle_pbkdf2_hmac_sha256(
                    passphrase.count, passphrase.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    UInt32(clamping: max(iterations, 1)), salt.count, salt, key.count,
                    key.baseAddress?.assumingMemoryBound(to: UInt8.self))
            }
        }
        wipeStack()
        return key
    }

    /// EncryptedPrivateKeyInfo (RFC 5958) by PBES2: PBKDF2-HMAC-SHA-256 and AES-256-CBC, which openssl and GnuTLS read.
    package static func encrypt(_ info: PIN, _ passphrase: PIN) throws(CSPError) -> [UInt8] {
        var salt = [UInt8](repeating: 0, count: 16)
        var register = [UInt8](repeating: 0, count: 16)
        try fill(&salt)
        try fill(&register)
        let scheme = encryptionScheme(salt, iv: register)
        let key = derive(passphrase, salt: salt, iterations: iterations, count: 32)
        let padding = 16 - info.count % 16
        var content = [UInt8](repeating: UInt8(truncatingIfNeeded: padding), count: info.count + padding)
        info.withUnsafeBytes { info in content.withUnsafeMutableBytes { $0.copyMemory(from: info) } }
        let cipher = key.withUnsafeBytes { HostCipher(.aes256, key: $0, effectiveBits: 0) }
        guard let cipher else { throw CSPError(.fail, "no cipher") }
        content.withUnsafeMutableBytes { cipher.cbc($0, register: &register, encrypting: true) }
        return DER.sequence(scheme, DER.octetString(content))
    }

    private static func encryptionScheme(_ salt: [UInt8], iv: [UInt8]) -> [UInt8] {
        let pbes2: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D]
        let pbkdf2: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0C]
        let hmacSHA256: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x09]
        let aes256CBC: [UInt8] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A]
        let parameters = DER.sequence(
            DER.octetString(salt), DER.integer(iterations.bigEndianBytes), DER.sequence(hmacSHA256, DER.null))
        return DER.sequence(
            pbes2, DER.sequence(DER.sequence(pbkdf2, parameters), DER.sequence(aes256CBC, DER.octetString(iv))))
    }

    private static func fill(_ bytes: inout [UInt8]) throws(CSPError) {
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(CSPError) in try HostRandom.fill(buffer) }
        }
        try result.get()
    }
}
