internal import PKCS11

extension PKCS8 {
    /// The secret number of a DSA, Diffie-Hellman or elliptic-curve PrivateKeyInfo, big-endian.
    ///
    /// - Throws: NTE_BAD_DATA for anything but such a key.
    static func decodeValue(_ der: UnsafeRawBufferPointer, _ publicKey: PublicKey) throws(CSPError) -> Secret {
        switch publicKey {
        case .rsa: throw DERReader.malformed
        case .dsa(let key): return try checked(decodeInteger(der), key.parameters, key.value)
        case .diffieHellman(let key): return try checked(decodeInteger(der), key.parameters, key.value)
        case .ellipticCurve(let key): return try decodeCurve(der, key)
        }
    }

    private static func checked(
        _ secret: Secret, _ parameters: DomainParameters, _ value: [UInt8]
    ) throws(CSPError) -> Secret {
        guard try parameters.publicValue(secret) == value else {
            throw CSPError(.badData, "the private key is not that of the public key")
        }
        return secret
    }
}
