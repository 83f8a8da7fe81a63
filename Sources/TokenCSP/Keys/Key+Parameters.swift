internal import PKCS11

/// KP_…, those that apply.
private enum Parameter {
    static let salt: UInt32 = 2
    static let permissions: UInt32 = 6
    static let algID: UInt32 = 7
    static let blockLen: UInt32 = 8
    static let keyLen: UInt32 = 9
}

/// Bits of KP_PERMISSIONS.
private enum Permission {
    static let export: UInt32 = 0x04
    static let archive: UInt32 = 0x100
    /// ENCRYPT, DECRYPT, READ, WRITE and MAC: what Windows says of every key, whatever its use.
    static let base: UInt32 = 0x3B
}

extension Key {
    /// KP_PERMISSIONS: CRYPT_EXPORT where the key can leave the token, CRYPT_ARCHIVE while its handle is open.
    public func permissions() throws(CSPError) -> UInt32 {
        try checkAlive()
        let archive: UInt32 = flags.contains(.archivable) ? Permission.archive : 0
        return try Permission.base | archive | (isExportable() ? Permission.export : 0)
    }

    /// Whether the token lets the key out, wrapped, after the handle is closed too.
    func isExportable() throws(CSPError) -> Bool {
        if generationReport != nil { return flags.contains(.exportable) }
        guard case .stored(let key) = material else { return false }
        // Private information: told where it needs nobody's answer, else the careful answer.
        guard context.mayUsePrivateKeys, context.authenticator.needsNobody else { return false }
        try context.authenticate()
        return try key.findPrivateHalf().isExtractable
    }

    /// KP_BLOCKLEN in bits: a cipher's block, an RSA key's modulus.
    public var blockBits: Int { CipherKey.all[algorithm]?.blockBits ?? bits }

    /// KP_KEYLEN in bits: of 3DES with parity.
    var lengthInBits: Int { CipherKey.all[algorithm].map { $0.bytes * 8 } ?? bits }

    /// CryptGetKeyParam.
    package func parameter(
        _ id: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32, flags: UInt32
    ) throws(CSPError) {
        try checkAlive()
        guard flags == 0 else { throw CSPError(.badFlags, "CryptGetKeyParam takes no flags") }
        let value: [UInt8]
        switch id {
        case Parameter.algID: value = littleEndian(algorithm.rawValue)
        case Parameter.keyLen: value = littleEndian(UInt32(clamping: lengthInBits))
        case Parameter.blockLen: value = littleEndian(UInt32(clamping: blockBits))
        case Parameter.permissions: value = littleEndian(try permissions())
        case Parameter.salt where CipherKey.all[algorithm] != nil: value = []
        case Parameter.salt: throw CSPError(.badKey, "KP_SALT: a \(algorithm) key has no salt")
        default: throw CSPError(.badType, "key parameter \(id) does not apply to a \(algorithm) key")
        }
        try deliver(value, data: data, length: &length)
    }

    /// CryptSetKeyParam: KP_PERMISSIONS, as Windows does it: nothing can be added, and clearing has no effect.
    package func setParameter(_ id: UInt32, data: UnsafePointer<UInt8>?, flags: UInt32) throws(CSPError) {
        try checkAlive()
        guard flags == 0 else { throw CSPError(.badFlags, "CryptSetKeyParam takes no flags") }
        guard id == Parameter.permissions else {
            throw CSPError(.badType, "key parameter \(id) cannot be set on a \(algorithm) key")
        }
        guard let data else { throw CSPError(.invalidParameter, "KP_PERMISSIONS: the data pointer is NULL") }
        let wanted = UnsafeRawPointer(data).loadUnaligned(as: UInt32.self)
        let added = wanted & ~(try permissions()) & (Permission.export | Permission.archive)
        guard added == 0 else {
            throw CSPError(.badData, "KP_PERMISSIONS: a key that was made without CRYPT_EXPORTABLE cannot be given it")
        }
    }
}
