extension Context {
    /// A new hash: MD2, MD4, MD5, SHA-1 or SHA-2, as the provider has them, or SSL3_SHAMD5, whose value is set.
    ///
    /// - Throws: NTE_BAD_ALGID; NTE_BAD_KEY for HMAC and MAC, which are made with a key.
    public func makeHash(_ algorithm: AlgorithmID) throws(CSPError) -> Hash {
        try makeHash(algorithm, key: nil, flags: 0)
    }

    /// A new HMAC (RFC 2104).
    ///
    /// - Parameters:
    ///   - hash: MD2, MD4, MD5, SHA-1 or SHA-2, as the provider has them.
    ///   - key: a session key of any cipher and length whose value is on the host, or may leave the token.
    /// - Throws: NTE_BAD_ALGID, NTE_BAD_KEY.
    public func makeHMAC(_ hash: AlgorithmID, key: Key) throws(CSPError) -> Hash {
        let hmac = try makeHash(.hmac, key: key, flags: 0)
        try hmac.setHMAC(hash)
        return hmac
    }

    /// A new CBC-MAC: the last block of the data, padded, encrypted from a zero vector. Independent of what the key
    /// encrypts meanwhile, of its initialization vector, and of a mode that is set later.
    ///
    /// - Parameter key: of a block cipher in CBC mode, on the host or on the token.
    /// - Throws: NTE_BAD_KEY.
    public func makeMAC(key: Key) throws(CSPError) -> Hash {
        try makeHash(.mac, key: key, flags: 0)
    }

    /// CryptCreateHash.
    package func makeHash(_ algorithm: AlgorithmID, key: Key?, flags: UInt32) throws(CSPError) -> Hash {
        try checkAlive()
        guard flags == 0 else { throw CSPError(.badFlags, "CryptCreateHash takes no flags") }
        guard profile.algorithm(algorithm) != nil, let computation = try computation(algorithm, key) else {
            throw CSPError(.badAlgID, "provider \"\(profile.name)\" has no hash \(algorithm)")
        }
        return Hash(self, algorithm, computation)
    }

    /// Nil for what is no hash.
    private func computation(_ algorithm: AlgorithmID, _ key: Key?) throws(CSPError) -> Hash.Computation? {
        switch algorithm {
        case .hmac:
            let key = try required(key, algorithm)
            guard key.lendsSecret else { throw CSPError(.badKey, hmacNeedsValue(key)) }
            return .hmac(key, nil)
        case .mac:
            let key = try required(key, algorithm)
            guard let blockSize = key.cbcBlockBytes else {
                throw CSPError(
                    .badKey, "CALG_MAC wants a block cipher's session key in CBC mode, not this \(key.algorithm) key")
            }
            return .mac(key, CBCMAC(blockSize: blockSize))
        case .ssl3SHAMD5:
            try refuse(key, algorithm)
            return .given
        default:
            guard let kind = HashKind(algorithm) else { return nil }
            try refuse(key, algorithm)
            return .digest(HostHash(kind))
        }
    }

    private func required(_ key: Key?, _ algorithm: AlgorithmID) throws(CSPError) -> Key {
        guard let key else { throw CSPError(.badKey, "\(algorithm) is made with a key: hKey is 0") }
        try key.checkAlive()
        return key
    }

    private func refuse(_ key: Key?, _ algorithm: AlgorithmID) throws(CSPError) {
        guard key == nil else { throw CSPError(.badKey, "\(algorithm) takes no key: hKey must be 0") }
    }
}

func hmacNeedsValue(_ key: Key) -> String {
    "an HMAC wants a session key whose value is on the host or may leave the token: this \(key.algorithm) key's is not"
}
