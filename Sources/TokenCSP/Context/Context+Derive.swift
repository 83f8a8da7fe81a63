internal import PKCS11

extension Context {
    /// Derives a session key from a hash's value, of a passphrase for instance, as every Windows does (CryptDeriveKey). The
    /// hash is ended; the key is on the host. One hash is no protection against guessing: for files between programs that
    /// must understand each other, not for passwords to be kept.
    ///
    /// - Parameters:
    ///   - cipher: what the key is for: `.aes256` and so on, as the provider has them.
    ///   - hash: with its data added.
    ///   - bits: the key length, of RC2 and RC4; nil for the provider's default.
    ///   - flags: `.exportable` lets the key be exported.
    /// - Throws: NTE_BAD_ALGID, NTE_BAD_FLAGS, NTE_BAD_DATA (length), NTE_BAD_HASH (too short).
    public func deriveKey(
        cipher: AlgorithmID, from hash: Hash, bits: Int? = nil, flags: KeyFlags = []
    ) throws(CSPError) -> Key {
        try deriveKey(cipher, from: hash, flags: flags.raw(bits: bits))
    }

    /// CryptDeriveKey.
    ///
    /// - Parameter flags: `KeyFlags` in the low word, the key length in bits in the high word, 0 for the default.
    package func deriveKey(_ algorithm: AlgorithmID, from hash: Hash, flags rawFlags: UInt32) throws(CSPError) -> Key {
        try checkAlive()
        let flags = KeyFlags(rawValue: rawFlags & 0xFFFF)
        // CRYPT_SERVER is CRYPT_KEK's bit, and like CRYPT_UPDATE_KEY of no effect here.
        guard flags.subtracting(.known).isEmpty else { throw CSPError(.badFlags, "CryptDeriveKey knows no flag 0x20") }
        try flags.checkUnprotected()
        guard let session = SessionAlgorithm.all[algorithm], let entry = profile.algorithm(algorithm) else {
            throw CSPError(.badAlgID, "provider \"\(profile.name)\" derives no \(algorithm) keys")
        }
        let count = try Self.derivedBytes(Int(rawFlags >> 16), session, entry)
        // Not in arrays: an array that is copied before it is wiped leaves the key behind.
        var value = try hash.withValue { Secret($0) }
        if let kind = hash.kind, kind.isBeforeSHA2, session.isExpanded { value = Self.expanded(value, kind) }
        guard value.count >= count else {
            throw CSPError(
                .badHash,
                "a \(hash.algorithm) value of \(value.count) bytes is too short for a \(algorithm) key of \(count)")
        }
        let keyValue = Secret(count: count) { key in
            value.withUnsafeBytes { key.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            session.setParity(key)
        }
        let salt = try salt(session, bytes: count, flags) { saltCount throws(CSPError) in
            guard value.count >= count + saltCount else {
                throw CSPError(.badHash, "a \(hash.algorithm) value is too short for a key and its salt")
            }
            return value.withUnsafeBytes { Array($0[count..<count + saltCount]) }
        }
        let key = SessionKey(session, .host(keyValue), bytes: count, salt: salt)
        let bits = session.bytes == nil ? count * 8 : entry.defaultBits
        return Key(self, .session(key), algorithm, spec: nil, bits: bits, flags: flags)
    }

    /// The length of a session key in bytes that a length in bits asks for, 0 for the default.
    static func derivedBytes(
        _ asked: Int, _ algorithm: SessionAlgorithm, _ entry: ProviderAlgorithm
    ) throws(CSPError) -> Int {
        let bits = asked == 0 ? entry.defaultBits : asked
        if let bytes = algorithm.bytes {
            // With parity (64, 128, 192) or without (56, 112, 168).
            guard bits == entry.defaultBits || bits == bytes * 8 else {
                throw CSPError(
                    .badData, "a key length of \(bits) bits for \(algorithm.id): only \(entry.defaultBits) is allowed")
            }
            return bytes
        }
        guard (entry.minimumBits...entry.maximumBits).contains(bits), bits % 8 == 0 else {
            throw CSPError(
                .badData,
                "a key length of \(bits) bits for \(algorithm.id): \(entry.minimumBits) to \(entry.maximumBits) in steps of 8 are allowed"
            )
        }
        return bits / 8
    }

    /// Microsoft's expansion (CryptDeriveKey, remarks): the hash of 64 bytes 0x36 and of 64 bytes 0x5C, each with the
    /// value exclusive-ored over its beginning, one after the other.
    private static func expanded(_ value: Secret, _ kind: HashKind) -> Secret {
        Secret(count: 2 * kind.digestSize) { result in
            for (half, fill) in [UInt8(0x36), 0x5C].enumerated() {
                let block = Secret(count: 64) { block in
                    block.initializeMemory(as: UInt8.self, repeating: fill)
                    value.withUnsafeBytes { value in
                        for (index, byte) in value.prefix(64).enumerated() { block[index] ^= byte }
                    }
                }
                let hash = HostHash(kind)
                block.withUnsafeBytes { hash.update($0) }
                hash.finish(into: UnsafeMutableRawBufferPointer(rebasing: result[(half * kind.digestSize)...]))
            }
        }
    }
}

extension SessionAlgorithm {
    /// 3DES and AES keys are expanded from a hash, even from one that is long enough; the others take its first bytes.
    fileprivate var isExpanded: Bool {
        switch cipher {
        case .tripleDES, .aes128, .aes192, .aes256: true
        case .rc2, .rc4, .des, .tripleDES112: false
        }
    }
}

extension HashKind {
    fileprivate var isBeforeSHA2: Bool {
        switch self {
        case .sha256, .sha384, .sha512: false
        default: true
        }
    }
}
