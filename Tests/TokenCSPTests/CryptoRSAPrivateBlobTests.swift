import PKCS11
import Testing

@testable import TokenCSP

@Suite("PRIVATEKEYBLOB of an RSA key")
struct CryptoRSAPrivateBlobTests {
    /// Made by openssl, 512 bits; the coefficient is a byte short.
    static let shortCoefficient = hex(
        """
        0702000000a400005253413200020000010001007b6be2b9f23a0a70415ebfda676e8020296bb1c00c8bcec7045650f068f4
        072d725bbd2d11229d1865ef63f496796d8337460bc584d6da5212bd6f46d59789bc8b9ccc16d3e8e5b056335c0b39c07f03
        5e3187c30ef8772ac6c0472bf701f3e8d19a61e204b9ab713739ce8e870bf5c892ad3f99746995d85bdef6a9aa8f31cf6d50
        4df0a58b914409540b996bca3937d29373a789d09d49e3c66569c5d64c55815188acd0320b55967b7dca85620b3fdc84ab3d
        e784d905f7bbdecbf68bf0302852426868984eccdbe1cea3213398fecbee9259f6a442caba2e7d2545d1bc00a1e61e6c418b
        88c5af04c39f904a24bd054f36bb55effbaa486854ad9a88a08148f653eb2169a6f9bca946acfce08f0a98c3645057b52b4c
        2573f9dab765af73
        """)

    /// Where the fields of a blob begin, and the end.
    static func offsets(bits: Int) -> [Int] {
        let length = (bits + 7) / 8
        let half = (length + 1) / 2
        return [length, half, half, half, half, half, length].reduce(into: [20]) { $0.append(($0.last ?? 0) + $1) }
    }

    @Test("is openssl's, byte for byte", arguments: [512, 1024, 1032, 1040, 2048], [3, 65537])
    func isOpenSSLs(bits: Int, exponent: UInt32) throws {
        let witness = try RSAWitness(bits: bits, exponent: exponent)
        let theirs = try witness.blob()
        let (numbers, algorithm) = try RSAPrivateNumbers.decode(privateKeyBlob: theirs)
        #expect(algorithm == 0xA400)
        #expect(numbers.publicKey.bits == bits)
        #expect(numbers.publicKey.publicExponent == exponent)
        #expect(try numbers.privateKeyBlob(algorithm: 0xA400) == theirs)
        #expect(theirs.count == Self.offsets(bits: bits).last)
        #expect(PKCS8.encodeRSA(numbers) == (try witness.pkcs8()))

        let ours = try witness.numbers().privateKeyBlob(algorithm: 0x2400)
        #expect(ours[4..<8] == [0, 0x24, 0, 0])
        let read = try openssl("rsa", "-inform", "MSBLOB", "-in", witness.file("blob", ours), "-outform", "PEM")
        #expect(read == (try openssl("rsa", "-in", witness.path, "-outform", "PEM")))
    }

    @Test("of a modulus that is not whole bytes", arguments: [1017, 1023, 1025, 1031])
    func ofAModulusThatIsNotWholeBytes(bits: Int) throws {
        let witness = try RSAWitness(bits: bits)
        // openssl writes bitlen as it is, we as whole bytes; the fields are the same.
        let theirs = try witness.blob()
        let ours = try witness.numbers().privateKeyBlob(algorithm: 0xA400)
        #expect(ours[16...] == theirs[16...])
        for blob in [ours, theirs] {
            #expect(
                try RSAPrivateNumbers.decode(privateKeyBlob: blob).numbers.privateKeyBlob(algorithm: 0xA400) == ours)
        }
    }

    @Test("has the documented layout")
    func hasTheDocumentedLayout() throws {
        let numbers = try RSAWitness(bits: 1024).numbers()
        let blob = try numbers.privateKeyBlob(algorithm: 0xA400)
        #expect(blob.count == 596)
        #expect(blob.prefix(20) == [7, 2, 0, 0, 0, 0xA4, 0, 0, 0x52, 0x53, 0x41, 0x32, 0, 4, 0, 0, 1, 0, 1, 0])
        let expected = [
            numbers.publicKey.modulus, numbers.prime1.bytes, numbers.prime2.bytes, numbers.exponent1.bytes,
            numbers.exponent2.bytes, numbers.coefficient.bytes, numbers.privateExponent.bytes,
        ]
        let offsets = Self.offsets(bits: 1024)
        for (index, number) in expected.enumerated() {
            let field = Array(blob[offsets[index]..<offsets[index + 1]].reversed())
            #expect(field == [UInt8](repeating: 0, count: field.count - number.count) + number)
        }
    }

    @Test("with a coefficient a byte short comes back as it went")
    func withAShortCoefficient() throws {
        let (numbers, algorithm) = try RSAPrivateNumbers.decode(privateKeyBlob: Self.shortCoefficient)
        #expect(numbers.coefficient.count == 31)
        #expect(try numbers.privateKeyBlob(algorithm: algorithm) == Self.shortCoefficient)
        let again = try PKCS8.decodeRSA(PKCS8.encodeRSA(numbers))
        #expect(try again.privateKeyBlob(algorithm: algorithm) == Self.shortCoefficient)
        #expect(numbers.publicKey.verify(signature: try RSAPrivateKey(numbers).sign([1, 2]), encodedMessage: [1, 2]))
    }

    @Test("may end anywhere within the private exponent", arguments: [true, false])
    func mayEndWithinThePrivateExponent(isLeastMultiple: Bool) throws {
        let made = try RSAWitness(bits: 1024).numbers()
        // openssl's private exponent is modulo the product for keys this short, from 2048 bits modulo the least
        // common multiple.
        let p1 = SecretInteger(made.prime1).decremented()
        let q1 = SecretInteger(made.prime2).decremented()
        let modulus = isLeastMultiple ? p1.leastCommonMultiple(q1) : p1 * q1
        let numbers = try RSAPrivateNumbers(
            publicKey: made.publicKey, prime1: made.prime1, prime2: made.prime2, exponent1: made.exponent1,
            exponent2: made.exponent2, coefficient: made.coefficient,
            privateExponent: #require(SecretInteger(65537).inverse(modulo: modulus)).bigEndian())
        let blob = try numbers.privateKeyBlob(algorithm: 0xA400)
        for length in 532...596 {
            let decoded = try RSAPrivateNumbers.decode(privateKeyBlob: Array(blob.prefix(length)))
            #expect(decoded.algorithm == 0xA400)
            #expect(try decoded.numbers.privateKeyBlob(algorithm: 0xA400) == blob)
        }
        for length in 468..<532 {
            let decoded = try RSAPrivateNumbers.decode(privateKeyBlob: Array(blob.prefix(length))).numbers
            let signature = try RSAPrivateKey(decoded).sign([1, 2, 3])
            #expect(numbers.publicKey.verify(signature: signature, encodedMessage: [1, 2, 3]))
        }
        for length in 0..<468 {
            #expect(throws: CSPError(.badData, "")) {
                try RSAPrivateNumbers.decode(privateKeyBlob: Array(blob.prefix(length)))
            }
        }
    }

    @Test("with exponents of one is a key, whole and cut")
    func withExponentsOfOne() throws {
        var blob = try RSAWitness(bits: 1024).numbers().privateKeyBlob(algorithm: 0xA400)
        // What programs do with a blob to make it one: public exponent, both exponents and the private one.
        let offsets = Self.offsets(bits: 1024)
        blob.replaceSubrange(16..<20, with: [1, 0, 0, 0])
        for (start, end) in [(offsets[3], offsets[4]), (offsets[4], offsets[5]), (offsets[6], offsets[7])] {
            blob.replaceSubrange(start..<end, with: [1] + [UInt8](repeating: 0, count: end - start - 1))
        }
        for length in 468...596 {
            let (numbers, _) = try RSAPrivateNumbers.decode(privateKeyBlob: Array(blob.prefix(length)))
            #expect(numbers.publicKey.publicExponent == 1)
            #expect(numbers.privateExponent.bytes == [1])
            #expect(try numbers.privateKeyBlob(algorithm: 0xA400) == blob)
        }
    }

    @Test("may be followed by other bytes")
    func mayBeFollowedByOtherBytes() throws {
        let (numbers, _) = try RSAPrivateNumbers.decode(
            privateKeyBlob: Self.shortCoefficient + [UInt8](repeating: 0xEE, count: 5000))
        #expect(try numbers.privateKeyBlob(algorithm: 0xA400) == Self.shortCoefficient)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let offset: Int
        let bytes: [UInt8]
        let code: ErrorCode
        var testDescription: String { "\(bytes) at \(offset)" }
    }

    @Test(
        "with a wrong field is refused",
        arguments: [
            Fault(offset: 0, bytes: [6], code: .badType),
            Fault(offset: 1, bytes: [3], code: .badVer),
            Fault(offset: 8, bytes: [0x52, 0x53, 0x41, 0x31], code: .badData),
            Fault(offset: 12, bytes: [0, 0, 0, 0], code: .badData),
            Fault(offset: 12, bytes: [0x78, 1, 0, 0], code: .badData),
            Fault(offset: 12, bytes: [0xF8, 1, 0, 0], code: .badData),
            Fault(offset: 12, bytes: [8, 2, 0, 0], code: .badData),
            Fault(offset: 12, bytes: [0, 0x40, 0, 0], code: .badData),
            Fault(offset: 12, bytes: [0xFF, 0xFF, 0xFF, 0xFF], code: .badData),
            Fault(offset: 16, bytes: [0, 0, 0, 0], code: .badData),
            Fault(offset: 16, bytes: [2, 0, 1, 0], code: .badData),
            Fault(offset: 16, bytes: [3, 0, 0, 0], code: .badData),
        ])
    func withAWrongFieldIsRefused(_ fault: Fault) throws {
        var blob = Self.shortCoefficient
        blob.replaceSubrange(fault.offset..<fault.offset + fault.bytes.count, with: fault.bytes)
        #expect(throws: CSPError(fault.code, "")) { try RSAPrivateNumbers.decode(privateKeyBlob: blob) }
    }

    @Test("with any bit of any number changed is refused")
    func withAnyBitChangedIsRefused() {
        for index in 16..<Self.shortCoefficient.count {
            for bit in 0..<8 {
                var blob = Self.shortCoefficient
                blob[index] ^= 1 << bit
                #expect(throws: CSPError(.badData, "")) { try RSAPrivateNumbers.decode(privateKeyBlob: blob) }
            }
        }
    }

    @Test("with a number of zeros or of ones is refused", arguments: [0x00, 0x01, 0xFF] as [UInt8])
    func withANumberOfZerosIsRefused(byte: UInt8) {
        let offsets = Self.offsets(bits: 512)
        for (start, end) in zip(offsets, offsets.dropFirst()) {
            for value in [
                [UInt8](repeating: byte, count: end - start), [byte] + [UInt8](repeating: 0, count: end - start - 1),
            ] {
                var blob = Self.shortCoefficient
                blob.replaceSubrange(start..<end, with: value)
                for length in [308, 244] where start < length {
                    // In the private exponent that is cut off nothing is wrong.
                    guard start < 244 || length == 308 else { continue }
                    #expect(throws: CSPError(.badData, "")) {
                        try RSAPrivateNumbers.decode(privateKeyBlob: Array(blob.prefix(length)))
                    }
                }
            }
        }
    }

    @Test("survives 3000 random mutations")
    func survivesRandomMutations() throws {
        var random = RepeatableGenerator(state: 0x5253_4132)
        for _ in 0..<3000 {
            let blob = random.mutation(of: Self.shortCoefficient, head: 20)
            guard let (numbers, algorithm) = try? RSAPrivateNumbers.decode(privateKeyBlob: blob) else { continue }
            #expect(
                try RSAPrivateNumbers.decode(privateKeyBlob: numbers.privateKeyBlob(algorithm: algorithm)).algorithm
                    == algorithm)
            #expect(numbers.publicKey.verify(signature: try RSAPrivateKey(numbers).sign([1]), encodedMessage: [1]))
        }
    }
}
