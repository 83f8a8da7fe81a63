extension DiffieHellmanPublicKey {
    func publicKeyBlob(_ algorithm: AlgorithmID) throws(CSPError) -> [UInt8] {
        throw CSPError(.badType, "a \(algorithm) key has no PUBLICKEYBLOB yet")
    }
}
