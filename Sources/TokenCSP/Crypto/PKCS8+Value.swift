internal import PKCS11

extension PKCS8 {
    /// The secret number of a DSA, Diffie-Hellman or elliptic-curve PrivateKeyInfo, big-endian.
    ///
    /// - Throws: NTE_BAD_DATA for anything but such a key.
    static func decodeValue(_ der: UnsafeRawBufferPointer, _ publicKey: PublicKey) throws(CSPError) -> Secret {
        switch publicKey {
        case .rsa: throw DERReader.malformed
        case .dsa, .diffieHellman: return try decodeInteger(der)
        case .ellipticCurve(let key): return try decodeCurve(der, key)
        }
    }
}
