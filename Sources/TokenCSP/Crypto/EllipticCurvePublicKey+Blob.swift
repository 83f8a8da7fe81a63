internal import PKCS11

extension EllipticCurvePublicKey {
    func publicKeyBlob(_ algorithm: AlgorithmID) throws(CSPError) -> [UInt8] {
        throw CSPError(.badType, "a \(algorithm) key has no PUBLICKEYBLOB yet")
    }

    func verify(_ signature: [UInt8], _ message: SignatureMessage) -> Bool { false }

    var privateKeyBlobSize: Int { 0 }

    func privateKeyBlob(_ algorithm: AlgorithmID, _ value: Secret) throws(CSPError) -> [UInt8] {
        throw CSPError(.badType, "a \(algorithm) key has no PRIVATEKEYBLOB yet")
    }

    static func decode(privateKeyBlob blob: [UInt8]) throws(CSPError) -> PrivateNumbers {
        throw CSPError(.badType, "no PRIVATEKEYBLOB yet")
    }

    static func decode(publicKeyBlob blob: [UInt8]) throws(CSPError) -> Self {
        throw CSPError(.badType, "no PUBLICKEYBLOB yet")
    }
}
