internal import PKCS11

extension DiffieHellmanPublicKey {
    func publicKeyBlob(_ algorithm: AlgorithmID, version: UInt8 = 2) throws(CSPError) -> [UInt8] {
        try DomainBlob.encode(algorithm, .diffieHellman, parameters, value: value, version: version)
    }

    func privateKeyBlobSize(version: UInt8) -> Int {
        DomainBlob.size(.diffieHellman, parameters, version: version, secretSize: parameters.size)
    }

    /// The PRIVATEKEYBLOB, which the caller wipes.
    func privateKeyBlob(
        _ algorithm: AlgorithmID, _ value: Secret, version: UInt8 = 2
    ) throws(CSPError) -> [UInt8] {
        try DomainBlob.encode(
            algorithm, .diffieHellman, parameters, value: self.value, secret: (value, parameters.size),
            version: version)
    }

    static func decode(privateKeyBlob blob: [UInt8]) throws(CSPError) -> PrivateNumbers {
        let read = try DomainBlob(blob, .diffieHellman, isPrivate: true)
        let (parameters, secret) = try read.privateNumbers(.diffieHellman)
        let key = DiffieHellmanPublicKey(parameters: parameters, value: try parameters.publicValue(secret))
        try read.check(key.value)
        return .value(secret, .diffieHellman(key))
    }

    /// Reads a PUBLICKEYBLOB.
    ///
    /// - Parameter own: the reader's own parameters, which a blob of version 2 is without.
    static func decode(publicKeyBlob blob: [UInt8], _ own: DomainParameters? = nil) throws(CSPError) -> Self {
        let read = try DomainBlob(blob, .diffieHellman, isPrivate: false)
        guard let parameters = read.parameters?.withoutSubprime ?? own else {
            throw CSPError(
                .badKey, "a Diffie-Hellman PUBLICKEYBLOB of version 2 is without p and g: hPubKey must be one's own key"
            )
        }
        try parameters.check(.diffieHellman)
        guard parameters.size == read.size, own == nil || own == parameters else {
            throw CSPError(.badData, "the blob's key has other parameters than one's own")
        }
        // 0, 1 and p - 1 would make the secret one that everybody knows.
        guard let value = read.value, parameters.contains(value) else {
            throw CSPError(.badData, "the blob's public number is not one of the group's")
        }
        return DiffieHellmanPublicKey(parameters: parameters, value: value)
    }
}
