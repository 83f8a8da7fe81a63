import PKCS11
import Testing

@testable import TokenCSP

@Suite("PrivateKeyInfo of an RSA key")
struct CryptoRSAPKCS8Tests {
    static let keyBlob = CryptoRSAPrivateBlobTests.shortCoefficient

    static func encoded() throws -> [UInt8] {
        PKCS8.encodeRSA(try RSAPrivateNumbers.decode(privateKeyBlob: keyBlob).numbers)
    }

    @Test("is openssl's, byte for byte", arguments: [512, 1023, 1024, 2048], [3, 65537])
    func isOpenSSLs(bits: Int, exponent: UInt32) throws {
        let witness = try RSAWitness(bits: bits, exponent: exponent)
        let theirs = try witness.pkcs8()
        let numbers = try PKCS8.decodeRSA(theirs)
        #expect(numbers.publicKey.bits == bits)
        #expect(numbers.publicKey.publicExponent == exponent)
        #expect(PKCS8.encodeRSA(numbers) == theirs)
    }

    @Test("of a key with exponents of one comes back")
    func ofAKeyWithExponentsOfOne() throws {
        let numbers = try PKCS8.decodeRSA(Self.encoded()).withExponentOfOne()
        let again = try PKCS8.decodeRSA(PKCS8.encodeRSA(numbers))
        #expect(again.publicKey == numbers.publicKey)
        #expect(again.privateExponent.bytes == [1])
    }

    /// The three parts of a PrivateKeyInfo, and one made of others.
    static func info(
        version: [UInt8] = [2, 1, 0], algorithm: [UInt8] = DER.sequence(DER.rsaEncryption, DER.null),
        key: [UInt8]? = nil, rest: [UInt8] = []
    ) throws -> [UInt8] {
        let whole = try encoded()
        // SEQUENCE with two bytes of length, version, algorithm; then the OCTET STRING.
        return DER.sequence(version, algorithm, key ?? Array(whole[(4 + 3 + 15)...]), rest)
    }

    @Test("may hold attributes, a public key and no parameters")
    func mayHoldAttributes() throws {
        let whole = try Self.encoded()
        #expect(try Self.info() == whole)
        for info in [
            try Self.info(rest: [0xA0, 0x02, 0x31, 0x00]),
            try Self.info(version: [2, 1, 1], rest: [0x81, 0x01, 0x00]),
            try Self.info(version: [2, 1, 1], rest: [0xA0, 0x00, 0x81, 0x03, 0x00, 0xFF, 0xFF]),
            try Self.info(algorithm: DER.sequence(DER.rsaEncryption)),
        ] {
            #expect(PKCS8.encodeRSA(try PKCS8.decodeRSA(info)) == whole)
        }
    }

    @Test("of another shape is refused")
    func ofAnotherShapeIsRefused() throws {
        let whole = try Self.encoded()
        let octets = Array(whole[22...])
        let wrong: [[UInt8]] = [
            [], [0x30], [0x30, 0x00], [0x30, 0x80, 0, 0], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x30, 0x88, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0xFF],
            [0x30, 0x81, 0x03, 2, 1, 0], whole + [0], [0] + whole,
            // The bare RSAPrivateKey, and the length in more bytes than it needs.
            Array(octets.dropFirst(4)), [0x30, 0x83, 0] + whole[2...],
            try Self.info(version: [2, 1, 2]), try Self.info(version: [2, 1, 0x80]), try Self.info(version: [2, 0]),
            try Self.info(version: [2, 2, 0, 0]), try Self.info(version: [2, 2, 1, 0]),
            try Self.info(version: [4, 1, 0]),
            try Self.info(algorithm: DER.sequence(DER.rsaEncryption, [0x05, 0x01, 0x00])),
            try Self.info(algorithm: DER.sequence(DER.rsaEncryption, DER.null, DER.null)),
            try Self.info(algorithm: DER.sequence(DER.null)), try Self.info(algorithm: DER.sequence()),
            try Self.info(algorithm: DER.sequence(Array(DER.rsaEncryption.dropLast()) + [0x0A], DER.null)),
            try Self.info(rest: [0x81, 0x00, 0xA0, 0x00]), try Self.info(rest: [0xA0, 0x00, 0xA0, 0x00]),
            try Self.info(rest: [0xA0, 0x05, 0x00]), try Self.info(rest: [0x00]), try Self.info(key: []),
            try Self.info(key: [0x04, 0x00]), try Self.info(key: octets + [0x04, 0x00]),
            try Self.info(key: [0x04, 0x81, 0x80] + [UInt8](repeating: 0, count: 128)),
        ]
        for der in wrong {
            #expect(throws: CSPError(.badData, "")) { try PKCS8.decodeRSA(der) }
        }
        let key = try openssl("genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        let elliptic = try openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", input: key)
        let error = #expect(throws: CSPError(.badData, "")) { try PKCS8.decodeRSA(elliptic) }
        #expect(error?.reason.contains("not an RSA key") == true)
    }

    @Test("with a public exponent longer than CryptoAPI's is refused")
    func withALongExponentIsRefused() throws {
        let key = try openssl(
            "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-pkeyopt",
            "rsa_keygen_pubexp:4294967297")
        let info = try openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", input: key)
        let error = #expect(throws: CSPError(.badData, "")) { try PKCS8.decodeRSA(info) }
        #expect(error?.reason.contains("modulus and exponent") == true)
    }

    @Test("cut at any length is refused")
    func cutAtAnyLengthIsRefused() throws {
        let whole = try Self.encoded()
        for length in 0..<whole.count {
            #expect(throws: CSPError(.badData, "")) { try PKCS8.decodeRSA(Array(whole.prefix(length))) }
        }
    }

    @Test("with any bit changed is refused, but for the version")
    func withAnyBitChangedIsRefused() throws {
        let whole = try Self.encoded()
        for index in whole.indices {
            for bit in 0..<8 {
                var der = whole
                der[index] ^= 1 << bit
                if index == 6, bit == 0 {
                    #expect(PKCS8.encodeRSA(try PKCS8.decodeRSA(der)) == whole)
                } else {
                    #expect(throws: CSPError(.badData, "")) { try PKCS8.decodeRSA(der) }
                }
            }
        }
    }

    @Test("survives 5000 random mutations and random bytes")
    func survivesRandomMutations() throws {
        var random = RepeatableGenerator(state: 0x5208)
        let whole = try Self.encoded()
        for _ in 0..<5000 {
            guard let numbers = try? PKCS8.decodeRSA(random.mutation(of: whole, head: 60)) else { continue }
            #expect(PKCS8.encodeRSA(numbers) == whole)
        }
        for length in 0..<600 {
            var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            if length > 0 { bytes[0] = 0x30 }
            #expect(throws: CSPError(.badData, "")) { try PKCS8.decodeRSA(bytes) }
        }
    }
}
