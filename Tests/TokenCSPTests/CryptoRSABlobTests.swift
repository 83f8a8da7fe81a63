import Testing

@testable import TokenCSP

@Suite("PUBLICKEYBLOB of an RSA key")
struct CryptoRSABlobTests {
    static let keyExchange: UInt32 = 0xA400
    static let signature: UInt32 = 0x2400

    /// A modulus of the given length; no test here needs its factors.
    static func modulus(bytes: Int) -> [UInt8] {
        var modulus = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        modulus[0] |= 0x80
        modulus[bytes - 1] |= 1
        return modulus
    }

    static func key(bytes: Int, exponent: UInt32 = 65537) throws -> RSAPublicKey {
        try #require(RSAPublicKey(modulus: modulus(bytes: bytes), publicExponent: exponent))
    }

    @Test("has the documented layout")
    func hasTheDocumentedLayout() throws {
        let key = try Self.key(bytes: 64)
        let blob = key.publicKeyBlob(algorithm: Self.keyExchange)
        let header: [UInt8] = [6, 2, 0, 0, 0, 0xA4, 0, 0, 0x52, 0x53, 0x41, 0x31, 0, 2, 0, 0, 1, 0, 1, 0]
        #expect(blob == header + Self.modulus(bytes: 64).reversed())
    }

    @Test("comes back as it went", arguments: [48, 64, 128, 255, 256, 384, 512, 2048], [1, 3, 65537, 0xFFFF_FFFF])
    func comesBackAsItWent(bytes: Int, exponent: UInt32) throws {
        let key = try Self.key(bytes: bytes, exponent: exponent)
        for algorithm in [Self.keyExchange, Self.signature, 0, 0xFFFF_FFFF] {
            let decoded = try RSAPublicKey.decode(publicKeyBlob: key.publicKeyBlob(algorithm: algorithm))
            #expect(decoded.key == key)
            #expect(decoded.algorithm == algorithm)
        }
    }

    @Test("of a modulus that is not whole bytes has the length rounded up")
    func ofAModulusThatIsNotWholeBytesHasTheLengthRoundedUp() throws {
        var modulus = Self.modulus(bytes: 128)
        modulus[0] = 0x01
        let key = try #require(RSAPublicKey(modulus: modulus, publicExponent: 3))
        #expect(key.bits == 1017)
        let blob = key.publicKeyBlob(algorithm: Self.signature)
        #expect(blob[12...13] == [0x00, 0x04])
        #expect(try RSAPublicKey.decode(publicKeyBlob: blob).key == key)
    }

    @Test("may be followed by other bytes")
    func mayBeFollowedByOtherBytes() throws {
        let key = try Self.key(bytes: 256)
        let blob = key.publicKeyBlob(algorithm: Self.signature) + [UInt8](repeating: 0xEE, count: 5000)
        #expect(try RSAPublicKey.decode(publicKeyBlob: blob).key == key)
    }

    @Test("is read from a slice and from borrowed memory")
    func isReadFromASliceAndFromBorrowedMemory() throws {
        let key = try Self.key(bytes: 64)
        let blob = key.publicKeyBlob(algorithm: Self.signature)
        #expect(try RSAPublicKey.decode(publicKeyBlob: ([1, 2, 3] + blob).dropFirst(3)).key == key)
        #expect(try blob.withUnsafeBytes { try RSAPublicKey.decode(publicKeyBlob: $0).key } == key)
        #expect(throws: RSAPublicKey.BlobError.tooShort) {
            try RSAPublicKey.decode(publicKeyBlob: UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }

    @Test("cut at any length is too short")
    func cutAtAnyLengthIsTooShort() throws {
        let blob = try Self.key(bytes: 128).publicKeyBlob(algorithm: Self.keyExchange)
        for length in 0..<blob.count {
            #expect(throws: RSAPublicKey.BlobError.tooShort) {
                try RSAPublicKey.decode(publicKeyBlob: blob.prefix(length))
            }
        }
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let offset: Int
        let bytes: [UInt8]
        let error: RSAPublicKey.BlobError
        var testDescription: String { "\(error)" }
    }

    @Test(
        "with a wrong field says which",
        arguments: [
            Fault(offset: 0, bytes: [7], error: .wrongType(7)),
            Fault(offset: 1, bytes: [3], error: .wrongVersion(3)),
            Fault(offset: 8, bytes: [0x52, 0x53, 0x41, 0x32], error: .wrongMagic(0x3241_5352)),
            Fault(offset: 12, bytes: [0, 0, 0, 0], error: .wrongBitLength(0)),
            Fault(offset: 12, bytes: [0x78, 1, 0, 0], error: .wrongBitLength(376)),
            Fault(offset: 12, bytes: [0x01, 2, 0, 0], error: .wrongBitLength(513)),
            Fault(offset: 12, bytes: [0x08, 0x40, 0, 0], error: .wrongBitLength(16392)),
            Fault(offset: 12, bytes: [0xF8, 0xFF, 0xFF, 0xFF], error: .wrongBitLength(0xFFFF_FFF8)),
            Fault(offset: 12, bytes: [0, 0x40, 0, 0], error: .tooShort),
            Fault(offset: 12, bytes: [0x08, 2, 0, 0], error: .tooShort),
            Fault(offset: 16, bytes: [0, 0, 0, 0], error: .wrongNumbers),
            Fault(offset: 16, bytes: [2, 0, 1, 0], error: .wrongNumbers),
            Fault(offset: 20, bytes: [0x10], error: .wrongNumbers),
            Fault(offset: 52, bytes: [UInt8](repeating: 0, count: 32), error: .wrongNumbers),
        ])
    func withAWrongFieldSaysWhich(_ fault: Fault) throws {
        var blob = try Self.key(bytes: 64).publicKeyBlob(algorithm: Self.keyExchange)
        blob.replaceSubrange(fault.offset..<fault.offset + fault.bytes.count, with: fault.bytes)
        #expect(throws: fault.error) { try RSAPublicKey.decode(publicKeyBlob: blob) }
    }

    @Test("survives 2000 random mutations: refused, or a key that is written and read again")
    func survivesRandomMutations() throws {
        var random = SeededGenerator(state: 0x544F_4B45_4E43_5350)
        let original = try Self.key(bytes: 64).publicKeyBlob(algorithm: Self.signature)
        var accepted = 0
        for _ in 0..<2000 {
            var blob = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                // Half of the mutations hit the 20 bytes of header.
                let end = Bool.random(using: &random) ? 20 : blob.count
                blob[Int.random(in: 0..<end, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                blob.removeLast(Int.random(in: 0...blob.count, using: &random))
            }
            guard let (key, algorithm) = try? RSAPublicKey.decode(publicKeyBlob: blob) else { continue }
            accepted += 1
            let again = try RSAPublicKey.decode(publicKeyBlob: key.publicKeyBlob(algorithm: algorithm))
            #expect(again.key == key)
            #expect(again.algorithm == algorithm)
            #expect(!key.verify(signature: key.modulus, encodedMessage: [1]))
        }
        #expect((1..<2000).contains(accepted))
    }
}

/// SplitMix64: the same sequence in every run, so that a failure can be repeated.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
