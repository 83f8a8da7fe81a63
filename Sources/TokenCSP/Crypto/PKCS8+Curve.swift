internal import PKCS11

extension PKCS8 {
    /// Elliptic curves (RFC 5915; of Ed25519 RFC 8410): the private key, big-endian and of the curve's size.
    ///
    ///     ECPrivateKey ::= SEQUENCE { version 1, OCTET STRING d, [0] parameters OPTIONAL, [1] BIT STRING OPTIONAL }
    ///
    /// - Throws: NTE_BAD_DATA for anything but the private half of this public key.
    static func decodeCurve(_ der: UnsafeRawBufferPointer, _ key: EllipticCurvePublicKey) throws(CSPError) -> Secret {
        let value = try curveValue(der, key.curve)
        guard key.belongs(to: value) else {
            throw CSPError(.badData, "the private key is not that of the public key on \(key.curve.rawValue)")
        }
        return value
    }

    /// The same without a look at the public half.
    static func curveValue(_ der: UnsafeRawBufferPointer, _ curve: EllipticCurve) throws(CSPError) -> Secret {
        var whole = DERReader(der)
        var info = try whole.sequence()
        try whole.end()
        // Version 1 is RFC 5958's, which may hold the public key as well.
        guard try isNumber(info.integer(), atMost: 1) else { throw DERReader.malformed }
        var algorithm = try info.sequence()
        if curve != .ed25519 { try check(&algorithm, DER.idECPublicKey) }
        try check(&algorithm, curve.parameters)
        try algorithm.end()
        var content = DERReader(try info.element(DERReader.Tag.octetString))
        for tag in [0xA0, 0x81] as [UInt8] where info.tag == tag { _ = try info.element(tag) }
        try info.end()

        let number: UnsafeRawBufferPointer
        if curve == .ed25519 {
            number = try content.element(DERReader.Tag.octetString)
        } else {
            var ecPrivateKey = try content.sequence()
            guard try ecPrivateKey.integer().elementsEqual([1]) else { throw DERReader.malformed }
            number = try ecPrivateKey.element(DERReader.Tag.octetString)
            if ecPrivateKey.tag == 0xA0 {
                var parameters = DERReader(try ecPrivateKey.element(0xA0))
                try check(&parameters, curve.parameters)
                try parameters.end()
            }
            // The public key is known.
            if ecPrivateKey.tag == 0xA1 { _ = try ecPrivateKey.element(0xA1) }
            try ecPrivateKey.end()
        }
        try content.end()
        return try padded(number, curve)
    }

    private static func padded(
        _ number: UnsafeRawBufferPointer, _ curve: EllipticCurve
    ) throws(CSPError) -> Secret {
        // A seed is no number: each of its bytes counts.
        let digits = curve == .ed25519 ? number[...] : number.drop { $0 == 0 }
        guard digits.count <= curve.size else { throw DERReader.malformed }
        return Secret(count: curve.size) { value in
            UnsafeMutableRawBufferPointer(rebasing: value[(curve.size - digits.count)...]).copyBytes(from: digits)
        }
    }

    /// That an object identifier comes next, complete with tag.
    private static func check(_ reader: inout DERReader, _ identifier: [UInt8]) throws(CSPError) {
        guard try reader.element(identifier[0]).elementsEqual(identifier.dropFirst(2)) else {
            throw CSPError(.badData, "the private key is on another curve, or on none")
        }
    }
}
