internal import PKCS11

extension Context {
    /// What two keys agreed on, as a key (CALG_AGREEDKEY_ANY): nothing is done with it before KP_ALGID says what it is.
    ///
    /// - Parameter secret: a session key's value is the leftmost bytes of it.
    func agreedKey(_ secret: Secret, flags: KeyFlags) -> Key {
        Key(self, .agreed(secret), .agreedKeyAny, spec: nil, bits: secret.count * 8, flags: flags)
    }
}

extension Key {
    /// KP_ALGID of an agreed key: from here on the same handle is that of a session key.
    ///
    /// - Parameter rawFlags: as CryptGenKey takes them: flags in the low word, the length in bits in the high one.
    /// - Throws: NTE_BAD_TYPE for keys that nobody agreed on, and those that became session keys before; NTE_BAD_ALGID,
    ///   NTE_BAD_FLAGS, NTE_BAD_DATA (length).
    func become(_ id: AlgorithmID, rawFlags: UInt32) throws(CSPError) {
        guard case .agreed(let secret) = material else {
            throw CSPError(.badType, "KP_ALGID: a \(algorithm) key stays one")
        }
        let asked = KeyFlags(rawValue: rawFlags & 0xFFFF)
        guard asked.subtracting([.exportable, .createSalt, .noSalt]).isEmpty else {
            throw CSPError(.badFlags, "KP_ALGID with flags \(hexadecimal(rawFlags & 0xFFFF))")
        }
        guard let session = SessionAlgorithm.all[id], let entry = context.profile.algorithm(id) else {
            throw CSPError(.badAlgID, "provider \"\(context.profile.name)\" has no \(id) keys")
        }
        let count = try Context.derivedBytes(Int(rawFlags >> 16), session, entry)
        guard secret.count >= count else {
            throw CSPError(.badData, "an agreed secret of \(secret.count) bytes is too short for a \(id) key of \(count)")
        }
        let value = Secret(count: count) { key in
            secret.withUnsafeBytes { key.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            session.setParity(key)
        }
        let salt = try context.salt(session, bytes: count, flags.union(asked)) { saltCount throws(CSPError) in
            guard secret.count >= count + saltCount else {
                throw CSPError(.badData, "an agreed secret is too short for a key and its salt")
            }
            return secret.withUnsafeBytes { Array($0[count..<count + saltCount]) }
        }
        let bits = session.bytes == nil ? count * 8 : entry.defaultBits
        let made = Identity(
            material: .session(SessionKey(session, .host(value), bytes: count, salt: salt)), algorithm: id, bits: bits,
            flags: flags.union(asked)
        )
        // Of two threads one is first.
        try identity.withLock { identity throws(CSPError) in
            guard case .agreed = identity.material else { throw CSPError(.badType, "KP_ALGID: the key is one already") }
            identity = made
        }
    }
}
