internal import PKCS11

extension Context {
    /// What two keys agreed on, as a key (CALG_AGREEDKEY_ANY): nothing is done with it before KP_ALGID says what it is.
    ///
    /// - Parameter secret: a session key's value is the first bytes of it.
    func agreedKey(_ secret: Secret, flags: KeyFlags) -> Key {
        Key(self, .agreed(secret), .agreedKeyAny, spec: nil, bits: secret.count * 8, flags: flags)
    }
}

extension Key {
    /// KP_ALGID of an agreed key: from here on the same handle is that of a session key.
    ///
    /// - Parameter rawFlags: as CryptGenKey takes them: flags in the low word, the length in bits in the high one.
    /// - Throws: NTE_BAD_TYPE for a key that became one before; NTE_BAD_ALGID, NTE_BAD_FLAGS, NTE_BAD_DATA (length).
    func activate(_ secret: Secret, _ algorithm: AlgorithmID, rawFlags: UInt32) throws(CSPError) {
        let asked = KeyFlags(rawValue: rawFlags & 0xFFFF)
        guard asked.subtracting(.known).isEmpty else { throw CSPError(.badFlags, "KP_ALGID knows no flag 0x20") }
        try asked.checkUnprotected()
        guard let session = SessionAlgorithm.all[algorithm], let entry = context.profile.algorithm(algorithm) else {
            throw CSPError(.badAlgID, "provider \"\(context.profile.name)\" has no \(algorithm) keys")
        }
        let count = try Context.derivedBytes(Int(rawFlags >> 16), session, entry)
        guard secret.count >= count else {
            throw CSPError(
                .badData, "an agreed secret of \(secret.count) bytes is too short for a \(algorithm) key of \(count)")
        }
        let value = Secret(count: count) { key in
            secret.withUnsafeBytes { key.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            session.setParity(key)
        }
        let flags = flags.union(asked)
        let salt = try context.salt(session, bytes: count, flags) { saltCount throws(CSPError) in
            guard secret.count >= count + saltCount else {
                throw CSPError(.badData, "an agreed secret is too short for a key and its salt")
            }
            return secret.withUnsafeBytes { Array($0[count..<count + saltCount]) }
        }
        let key = SessionKey(session, .host(value), bytes: count, salt: salt)
        let bits = session.bytes == nil ? count * 8 : entry.defaultBits
        try become(Nature(material: .session(key), algorithm: algorithm, bits: bits, flags: flags, report: nil))
    }
}
