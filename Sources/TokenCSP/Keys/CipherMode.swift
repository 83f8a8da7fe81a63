/// How a block cipher goes from block to block (KP_MODE).
public struct CipherMode: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Cipher block chaining, the mode of every new key.
    public static let cbc = CipherMode(rawValue: SessionKey.Mode.cbc)
    /// Each block by itself: equal blocks show as equal.
    public static let ecb = CipherMode(rawValue: SessionKey.Mode.ecb)
    /// Cipher feedback of 8 bits. The end of a message is padded all the same, as Windows does.
    public static let cfb = CipherMode(rawValue: SessionKey.Mode.cfb)
}

extension Key {
    /// The mode of a block cipher's key.
    ///
    /// - Throws: NTE_BAD_TYPE for other keys.
    public func mode() throws(CSPError) -> CipherMode { CipherMode(rawValue: try blockCipher().parameters.mode) }

    /// Changes the mode of a block cipher's key (KP_MODE); a message under way is given up.
    ///
    /// - Throws: NTE_BAD_TYPE for other keys, NTE_BAD_ALGID for a mode that is not there.
    public func setMode(_ mode: CipherMode) throws(CSPError) {
        let key = try blockCipher()
        guard [.cbc, .ecb, .cfb].contains(mode) else {
            throw CSPError(.badAlgID, "cipher mode \(mode.rawValue): CBC (1), ECB (2) and CFB (4) are there")
        }
        try key.setParameters { (parameters) throws(CSPError) in parameters.mode = mode.rawValue }
    }

    /// The initialization vector that each message begins with (KP_IV), a block long: zeros unless it was set.
    ///
    /// - Throws: NTE_BAD_TYPE for keys of other kinds than block ciphers.
    public func initializationVector() throws(CSPError) -> [UInt8] { try blockCipher().parameters.iv }

    /// Sets the initialization vector (KP_IV); a message under way is given up. Each message needs another, which need not
    /// be secret but must not be foreseeable: see ``Context/random(_:)``.
    ///
    /// - Parameter vector: a block: `blockBits / 8` bytes.
    /// - Throws: NTE_BAD_LEN for another length, NTE_BAD_TYPE for keys of other kinds than block ciphers.
    public func setInitializationVector(_ vector: [UInt8]) throws(CSPError) {
        let key = try blockCipher()
        guard vector.count == key.algorithm.blockSize else {
            throw CSPError(.badLen, "an initialization vector of \(vector.count) bytes: a block has \(blockBits / 8)")
        }
        try key.setParameters { (parameters) throws(CSPError) in parameters.iv = vector }
    }

    private func blockCipher() throws(CSPError) -> SessionKey {
        try checkAlive()
        guard case .session(let key) = material, key.algorithm.blockSize > 0 else {
            throw CSPError(.badType, "a \(algorithm) key is no block cipher's")
        }
        return key
    }
}
