internal import PKCS11

extension PKCS8 {
    /// PrivateKeyInfo of a key of one number, which the caller wipes: of a curve with ECPrivateKey in it (RFC 5915, with
    /// the public key, which openssl would have to compute else), of Ed25519 with the seed (RFC 8410), of DSA with an INTEGER.
    static func encodeValue(_ value: Secret, _ publicKey: PublicKey) -> [UInt8] {
        let algorithm: [UInt8]
        var before: [UInt8] = []
        var after: [UInt8] = []
        var number = (tag: DERReader.Tag.octetString, padding: 0)
        switch publicKey {
        case .rsa: return []
        case .ellipticCurve(let key) where key.curve == .ed25519:
            algorithm = DER.sequence(key.curve.parameters)
        case .ellipticCurve(let key):
            algorithm = DER.sequence(DER.idECPublicKey, key.curve.parameters)
            let point = DER.bitString(key.point)
            after = header(0xA1, point.count) + point
            let content = 3 + size(value.count) + after.count
            before = header(DERReader.Tag.sequence, content) + [DERReader.Tag.integer, 1, 1]
        case .dsa(let key):
            algorithm = dsaAlgorithm(key.parameters)
            number = (DERReader.Tag.integer, contentSize(value) - value.count)
        case .diffieHellman(let key):
            algorithm = dhAlgorithm(key.parameters)
            number = (DERReader.Tag.integer, contentSize(value) - value.count)
        }
        let inner = before.count + size(number.padding + value.count) + after.count
        let content = zero.count + algorithm.count + size(inner)
        var der: [UInt8] = []
        // The whole at once: growing would leave copies behind that nobody wipes.
        der.reserveCapacity(size(content))
        der += header(DERReader.Tag.sequence, content) + zero + algorithm
        der += header(DERReader.Tag.octetString, inner) + before
        der += header(number.tag, number.padding + value.count)
        if number.padding > 0 { der.append(0) }
        value.withUnsafeBytes { der += $0 }
        der += after
        return der
    }

    /// dsa, 1.2.840.10040.4.1 (RFC 3279, section 2.3.2).
    private static func dsaAlgorithm(_ domain: DomainParameters) -> [UInt8] {
        DER.sequence(
            [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01],
            DER.sequence(DER.integer(domain.prime), DER.integer(domain.subprime ?? []), DER.integer(domain.base)))
    }

    /// dhKeyAgreement, 1.2.840.113549.1.3.1 (PKCS #3).
    private static func dhAlgorithm(_ domain: DomainParameters) -> [UInt8] {
        DER.sequence(
            [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x03, 0x01],
            DER.sequence(DER.integer(domain.prime), DER.integer(domain.base)))
    }
}
