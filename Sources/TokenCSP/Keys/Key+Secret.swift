// What keyed hashes and CryptHashSessionKey need of a key.
extension Key {
    /// Whether `withSecret` has a value to lend.
    var lendsSecret: Bool {
        guard case .session(let key) = material else { return false }
        return !key.isOnToken || flags.contains(.exportable) || flags.contains(.archivable)
    }

    /// Lends a session key's value, without salt: the host's, or one that may leave the token; nil for key pairs, and for
    /// what the token keeps.
    func withSecret<R>(_ body: (UnsafeRawBufferPointer) -> R) throws(CSPError) -> R? {
        guard lendsSecret, case .session(let key) = material else { return nil }
        guard key.isOnToken else { return key.withValue(body) }
        return try withSessionValue { value, _ in value.withUnsafeBytes(body) }
    }

    /// The block of a cipher in CBC mode; nil for stream ciphers, other modes and key pairs.
    var cbcBlockBytes: Int? {
        guard case .session(let key) = material, key.algorithm.blockSize > 0 else { return nil }
        return key.parameters.mode == SessionKey.Mode.cbc ? key.algorithm.blockSize : nil
    }

    /// Encrypts whole blocks in place in CBC mode, wherever the key is and whatever its own mode and message.
    ///
    /// - Parameter register: the block before them; afterwards the last one.
    func cbcEncryptBlocks(_ data: UnsafeMutableRawBufferPointer, register: inout [UInt8]) throws(CSPError) {
        guard case .session(let key) = material else {
            throw CSPError(.badKey, "a \(algorithm) key is no session key")
        }
        try key.cbc(data, register: &register, encrypting: true)
    }
}
