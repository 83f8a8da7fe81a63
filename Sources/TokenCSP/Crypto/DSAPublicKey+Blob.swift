extension DSAPublicKey {
    func publicKeyBlob(_ algorithm: AlgorithmID) throws(CSPError) -> [UInt8] {
        throw CSPError(.badType, "a \(algorithm) key has no PUBLICKEYBLOB yet")
    }

    func verify(_ signature: [UInt8], _ message: SignatureMessage) -> Bool { false }
}
