internal import PKCS11

/// The forms that keys travel in. Windows reads and writes the same ones, but for ``opaque``.
public struct KeyBlobType: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The public half of a key pair, in the clear (PUBLICKEYBLOB).
    public static let publicKey = KeyBlobType(rawValue: BlobType.publicKey)
    /// A key pair, encrypted under a session key or in the clear (PRIVATEKEYBLOB).
    public static let privateKey = KeyBlobType(rawValue: BlobType.privateKey)
    /// A session key, encrypted under an RSA `.keyExchange` key (SIMPLEBLOB).
    public static let sessionKey = KeyBlobType(rawValue: BlobType.simple)
    /// A session key in the clear (PLAINTEXTKEYBLOB).
    public static let plaintext = KeyBlobType(rawValue: BlobType.plaintext)
    /// A session key wrapped under another: 3DES under 3DES, RC2 under RC2 (SYMMETRICWRAPKEYBLOB, RFC 3217).
    public static let wrapped = KeyBlobType(rawValue: BlobType.symmetricWrap)
    /// A session key with its state, for this container alone to read again (OPAQUEKEYBLOB).
    public static let opaque = KeyBlobType(rawValue: BlobType.opaque)
}

extension Key {
    /// Writes the key into a blob (CryptExportKey). A private key leaves the token wrapped and is taken apart on the host.
    ///
    /// - Parameters:
    ///   - type: what is to be in it.
    ///   - key: what encrypts it: a session key for ``KeyBlobType/privateKey`` and ``KeyBlobType/wrapped``, the receiver's
    ///     RSA key for ``KeyBlobType/sessionKey``; nil for the others.
    ///   - padding: of a ``KeyBlobType/sessionKey`` blob. Windows reads `.pkcs1` and `.oaep`.
    /// - Throws: NTE_BAD_KEY_STATE (made without `.exportable`), NTE_BAD_TYPE (a key has no such blob), NTE_BAD_KEY and
    ///   NTE_BAD_PUBLIC_KEY (the key that is to encrypt it), and what a login throws.
    public func export(
        _ type: KeyBlobType, under key: Key? = nil, padding: RSAEncryptionPadding = .pkcs1
    ) throws(CSPError) -> [UInt8] {
        try checkAlive()
        try padding.check()
        let flags = type == .sessionKey ? padding.flags : 0
        return try blob(type.rawValue, under: try key?.padding(by: padding), flags: flags)
    }

    /// One more way to the key, with the OAEP parameters of a padding.
    fileprivate func padding(by padding: RSAEncryptionPadding) throws(CSPError) -> Key {
        try checkAlive()
        guard case .oaep(let hash, let label) = padding, algorithm == .rsaKeyExchange else { return self }
        let key = try duplicate()
        key.state.withLock { ($0.oaepHash, $0.oaepLabel) = (hash, label) }
        return key
    }
}

extension Context {
    /// Reads a key from a blob (CryptImportKey). A key pair goes to the token, into the container, in place of the pair of its
    /// kind; of a context without a container it stays on the host.
    ///
    /// - Parameters:
    ///   - blob: of any type; it says itself of which. Wiping it is the caller's.
    ///   - key: what decrypts it: nil for a blob in the clear, and for the container's own `.keyExchange` pair.
    ///   - flags: the policy for the new key: `.exportable`, `.userProtected`, `.archivable`, `.forceKeyProtectionHigh`.
    ///   - padding: of a ``KeyBlobType/sessionKey`` blob, as it was exported.
    /// - Throws: NTE_BAD_TYPE, NTE_BAD_VER, NTE_BAD_DATA, NTE_BAD_ALGID, NTE_BAD_FLAGS, NTE_BAD_KEY, and what a login throws.
    public func importKey(
        _ blob: [UInt8], under key: Key? = nil, flags: KeyFlags = [], padding: RSAEncryptionPadding = .pkcs1
    ) throws(CSPError) -> Key {
        try padding.check()
        // Two bits have another meaning in CryptImportKey.
        guard flags.isDisjoint(with: KeyFlags(rawValue: 0x140)) else {
            throw CSPError(.badFlags, "importing a key with \(flags.names.joined(separator: ", "))")
        }
        var under = try key?.padding(by: padding)
        var bits: UInt32 = 0
        if blob.first == UInt8(BlobType.simple) {
            bits = padding.flags
            if under == nil { under = try userKey(.keyExchange).padding(by: padding) }
        }
        let rawFlags = flags.rawValue & 0xFFFF | bits
        return try lending(blob) { (blob) throws(CSPError) in try importKey(blob, under: under, flags: rawFlags) }
    }
}

extension RSAEncryptionPadding {
    /// CRYPT_OAEP, or none.
    fileprivate var flags: UInt32 { self == .pkcs1 ? 0 : 0x40 }
}
