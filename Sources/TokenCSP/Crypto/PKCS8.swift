internal import PKCS11

/// PrivateKeyInfo (RFC 5208, section 5) of an RSA key (RFC 8017, appendix A.1.2): what a token wraps and unwraps.
///
///     PrivateKeyInfo ::= SEQUENCE { version 0, SEQUENCE { rsaEncryption, NULL }, OCTET STRING RSAPrivateKey }
///     RSAPrivateKey ::= SEQUENCE { version 0, n, e, d, p, q, d mod (p - 1), d mod (q - 1), 1/q mod p }
enum PKCS8 {
    static let zero: [UInt8] = [DERReader.Tag.integer, 1, 0]
    private static let algorithm = DER.sequence(DER.rsaEncryption, DER.null)

    /// The key in DER, which the caller wipes.
    static func encodeRSA(_ numbers: RSAPrivateNumbers) -> [UInt8] {
        let integers = [
            Secret(numbers.publicKey.modulus), Secret(numbers.publicKey.publicExponent.bigEndianBytes),
            numbers.privateExponent, numbers.prime1, numbers.prime2, numbers.exponent1, numbers.exponent2,
            numbers.coefficient,
        ]
        let keyContent = integers.reduce(zero.count) { $0 + size(contentSize($1)) }
        let content = zero.count + algorithm.count + size(size(keyContent))

        var der: [UInt8] = []
        // The whole at once: growing would leave copies behind that nobody wipes.
        der.reserveCapacity(size(content))
        der += header(DERReader.Tag.sequence, content) + zero + algorithm
        der += header(DERReader.Tag.octetString, size(keyContent))
        der += header(DERReader.Tag.sequence, keyContent) + zero
        for integer in integers {
            der += header(DERReader.Tag.integer, contentSize(integer))
            integer.withUnsafeBytes { bytes in
                // INTEGER is signed: without this zero a set top bit would make the number negative.
                if contentSize(integer) > bytes.count { der.append(0) }
                der += bytes
            }
        }
        return der
    }

    /// Reads a key from DER, from a token or from anywhere.
    ///
    /// Attributes, and the public key of RFC 5958, are ignored.
    ///
    /// - Throws: NTE_BAD_DATA for anything but an RSA private key of two factors whose numbers belong together.
    static func decodeRSA(_ der: [UInt8]) throws(CSPError) -> RSAPrivateNumbers {
        try der.withUnsafeBufferPointer { (bytes) throws(CSPError) in
            try decodeRSA(UnsafeRawBufferPointer(bytes))
        }
    }

    /// The same of memory that is lent.
    static func decodeRSA(_ der: UnsafeRawBufferPointer) throws(CSPError) -> RSAPrivateNumbers {
        var whole = DERReader(der)
        var info = try whole.sequence()
        try whole.end()
        // Version 1 is RFC 5958's, which may hold the public key as well.
        guard try isNumber(info.integer(), atMost: 1) else { throw DERReader.malformed }
        try checkAlgorithm(info.sequence())
        var content = DERReader(try info.element(DERReader.Tag.octetString))
        for tag in [0xA0, 0x81] as [UInt8] where info.tag == tag { _ = try info.element(tag) }
        try info.end()

        var key = try content.sequence()
        try content.end()
        // Version 1 has more than two factors; no blob has.
        guard try isNumber(key.integer(), atMost: 0) else { throw DERReader.malformed }
        let modulus = Array(try key.integer())
        let exponent = try key.integer()
        guard exponent.count <= 4,
            let publicKey = RSAPublicKey(modulus: modulus, publicExponent: exponent.reduce(0) { $0 << 8 | UInt32($1) })
        else { throw CSPError(.badData, "modulus and exponent are not those of an RSA key") }
        let privateExponent = Secret(try key.integer())
        let prime1 = Secret(try key.integer())
        let prime2 = Secret(try key.integer())
        let exponent1 = Secret(try key.integer())
        let exponent2 = Secret(try key.integer())
        let coefficient = Secret(try key.integer())
        try key.end()
        return try RSAPrivateNumbers(
            publicKey: publicKey, prime1: prime1, prime2: prime2, exponent1: exponent1, exponent2: exponent2,
            coefficient: coefficient, privateExponent: privateExponent
        )
    }

    static func isNumber(_ bytes: UnsafeRawBufferPointer, atMost limit: UInt8) -> Bool {
        bytes.isEmpty || bytes.count == 1 && bytes[0] <= limit
    }

    /// rsaEncryption, with the parameters NULL or without any.
    private static func checkAlgorithm(_ identifier: DERReader) throws(CSPError) {
        var reader = identifier
        let oid = try reader.element(DER.rsaEncryption[0])
        guard oid.elementsEqual(DER.rsaEncryption.dropFirst(2)) else {
            throw CSPError(.badData, "the private key is not an RSA key")
        }
        if reader.tag != nil, !(try reader.element(DER.null[0])).isEmpty { throw DERReader.malformed }
        try reader.end()
    }

    // MARK: - Lengths

    /// Of an INTEGER's content.
    static func contentSize(_ integer: Secret) -> Int {
        integer.withUnsafeBytes { $0.count + ($0.first ?? 0x80 >= 0x80 ? 1 : 0) }
    }

    /// Of an element with a content of this size.
    static func size(_ content: Int) -> Int {
        header(0, content).count + content
    }

    static func header(_ tag: UInt8, _ content: Int) -> [UInt8] {
        guard content >= 0x80 else { return [tag, UInt8(truncatingIfNeeded: content)] }
        let bytes = content.bigEndianBytes
        return [tag, 0x80 | UInt8(truncatingIfNeeded: bytes.count)] + bytes
    }
}
