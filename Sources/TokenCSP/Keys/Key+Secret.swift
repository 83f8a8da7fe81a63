// What keyed hashes and CryptHashSessionKey need of a key.
extension Key {
    /// Lends a session key's value where it is on the host, without salt; nil for key pairs, and where the token keeps it.
    func withHostSecret<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R? {
        guard case .session(let key) = material else { return nil }
        return key.withValue(body)
    }

    /// The cipher's block; nil for stream ciphers and key pairs.
    var cipherBlockBytes: Int? {
        guard case .session(let key) = material, key.algorithm.blockSize > 0 else { return nil }
        return key.algorithm.blockSize
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
