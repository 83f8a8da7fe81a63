/// A DSA public key (FIPS 186-4).
public struct DSAPublicKey: Sendable, Hashable {
    /// p, q and g.
    public let parameters: DomainParameters
    /// y, big-endian, without leading zeros.
    public let value: [UInt8]

    public init(parameters: DomainParameters, value: [UInt8]) {
        self.parameters = parameters
        self.value = Array(value.drop { $0 == 0 })
    }

    /// RFC 3279, section 2.3.2.
    func subjectPublicKeyInfo() -> [UInt8] {
        let oid: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01]
        let numbers = DER.sequence(
            DER.integer(parameters.prime), DER.integer(parameters.subprime ?? []), DER.integer(parameters.base))
        return DER.sequence(DER.sequence(oid, numbers), DER.bitString(DER.integer(value)))
    }
}
