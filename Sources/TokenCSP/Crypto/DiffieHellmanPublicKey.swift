/// A Diffie-Hellman public key (PKCS #3).
public struct DiffieHellmanPublicKey: Sendable, Hashable {
    /// p and g.
    public let parameters: DomainParameters
    /// y, big-endian, without leading zeros.
    public let value: [UInt8]

    public init(parameters: DomainParameters, value: [UInt8]) {
        self.parameters = parameters
        self.value = Array(value.drop { $0 == 0 })
    }

    /// dhKeyAgreement of PKCS #3, as openssl reads it.
    func subjectPublicKeyInfo() -> [UInt8] {
        let oid: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x03, 0x01]
        let numbers = DER.sequence(DER.integer(parameters.prime), DER.integer(parameters.base))
        return DER.sequence(DER.sequence(oid, numbers), DER.bitString(DER.integer(value)))
    }
}
