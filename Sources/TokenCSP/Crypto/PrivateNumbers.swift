internal import PKCS11

/// A private key's numbers on the host, on their way from a blob to the token or back.
enum PrivateNumbers: Sendable {
    case rsa(RSAPrivateNumbers)
    /// DSA, Diffie-Hellman and elliptic curves: one secret number, big-endian (of Ed25519 the seed), beside the public key.
    case value(Secret, PublicKey)

    var publicKey: PublicKey {
        switch self {
        case .rsa(let numbers): .rsa(numbers.publicKey)
        case .value(_, let publicKey): publicKey
        }
    }

    /// What C_CreateObject wants of the private half beyond the template.
    var privateAttributes: Template {
        switch self {
        case .rsa(let numbers): numbers.publicKey.attributes + numbers.privateAttributes()
        case .value(let value, .dsa(let key)): key.parameters.attributes + [Attribute(.value, secret: value)]
        case .value(let value, .diffieHellman(let key)): key.parameters.attributes + [Attribute(.value, secret: value)]
        case .value(let value, .ellipticCurve(let key)):
            [Attribute(.ecParams, bytes: key.curve.parameters), Attribute(.value, secret: value)]
        case .value(_, .rsa): []
        }
    }

    /// The PRIVATEKEYBLOB, which the caller wipes.
    ///
    /// - Parameter version: of DSS and Diffie-Hellman keys.
    func blob(_ algorithm: AlgorithmID, version: UInt8 = 2) throws(CSPError) -> [UInt8] {
        switch self {
        case .rsa(let numbers): try numbers.privateKeyBlob(algorithm: algorithm.rawValue)
        case .value(let value, .dsa(let key)): try key.privateKeyBlob(algorithm, value, version: version)
        case .value(let value, .diffieHellman(let key)): try key.privateKeyBlob(algorithm, value, version: version)
        case .value(let value, .ellipticCurve(let key)): try key.privateKeyBlob(algorithm, value)
        case .value(_, .rsa): throw CSPError(.badType, "a \(algorithm) key has no PRIVATEKEYBLOB")
        }
    }

    /// Bytes of a PRIVATEKEYBLOB, by the public half alone.
    static func blobSize(_ publicKey: PublicKey, version: UInt8 = 2) -> Int {
        switch publicKey {
        case .rsa(let key): RSAPrivateNumbers.privateKeyBlobSize(key)
        case .dsa(let key): key.privateKeyBlobSize(version: version)
        case .diffieHellman(let key): key.privateKeyBlobSize(version: version)
        case .ellipticCurve(let key): key.privateKeyBlobSize
        }
    }

    /// Reads a PRIVATEKEYBLOB by the algorithm that its header names.
    static func decode(_ blob: [UInt8]) throws(CSPError) -> (numbers: PrivateNumbers, algorithm: AlgorithmID) {
        let algorithm = try KeyBlob(blob).algorithm
        switch PairAlgorithm.all[algorithm]?.family {
        case .dsa: return (try DSAPublicKey.decode(privateKeyBlob: blob), algorithm)
        case .diffieHellman: return (try DiffieHellmanPublicKey.decode(privateKeyBlob: blob), algorithm)
        case .ellipticCurve: return (try EllipticCurvePublicKey.decode(privateKeyBlob: blob), algorithm)
        case .rsa, nil:
            let (numbers, algorithm) = try RSAPrivateNumbers.decode(privateKeyBlob: blob)
            return (.rsa(numbers), AlgorithmID(rawValue: algorithm))
        }
    }

    /// Reads the PrivateKeyInfo of a key whose public half is known.
    ///
    /// - Throws: NTE_BAD_DATA for another key's, and for what is none.
    static func decode(_ info: UnsafeRawBufferPointer, _ publicKey: PublicKey) throws(CSPError) -> PrivateNumbers {
        if case .rsa = publicKey { return .rsa(try PKCS8.decodeRSA(info)) }
        return .value(try PKCS8.decodeValue(info, publicKey), publicKey)
    }
}

extension PublicKey {
    /// What C_CreateObject wants of the public half beyond the template.
    var attributes: Template {
        switch self {
        case .rsa(let key): key.attributes
        case .dsa(let key): [Attribute(.value, bytes: key.value)]
        case .diffieHellman(let key): [Attribute(.value, bytes: key.value)]
        case .ellipticCurve(let key): [Attribute(.ecPoint, bytes: DER.octetString(key.point))]
        }
    }
}

extension RSAPublicKey {
    fileprivate var attributes: Template {
        [Attribute(.modulus, bytes: modulus), Attribute(.publicExponent, bytes: publicExponent.bigEndianBytes)]
    }
}

extension DomainParameters {
    fileprivate var attributes: Template {
        let subprime = subprime.map { [Attribute(.subprime, bytes: $0)] } ?? []
        return [Attribute(.prime, bytes: prime)] + subprime + [Attribute(.base, bytes: base)]
    }
}
