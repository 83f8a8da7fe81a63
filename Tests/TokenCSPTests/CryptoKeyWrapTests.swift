import Testing

@testable import TokenCSP

@Suite("Unwrapping a token's wrapped key")
struct CryptoKeyWrapTests {
    static let key = [UInt8](0..<32)

    static func unwrap(_ wrapped: [UInt8], _ method: KeyWrapMethod, key: [UInt8] = key) throws -> [UInt8] {
        let result = key.withUnsafeBytes { key in
            Result { () throws(CSPError) in try KeyUnwrap.unwrap(wrapped, key: key, method: method) }
        }
        return try result.get()
    }

    static func padded(_ bytes: [UInt8], to size: Int) -> [UInt8] {
        let count = size - bytes.count % size
        return bytes + [UInt8](repeating: UInt8(count), count: count)
    }

    /// openssl as the token.
    static func wrap(_ bytes: [UInt8], _ method: KeyWrapMethod) throws -> [UInt8] {
        let key = hexadecimal(Self.key)
        return switch method {
        case .rfc3394:
            try openssl("enc", "-id-aes256-wrap", "-K", key, "-iv", "A6A6A6A6A6A6A6A6", input: bytes)
        case .rfc5649: try openssl("enc", "-id-aes256-wrap-pad", "-K", key, "-iv", "A65959A6", input: bytes)
        case .pkcs7ThenRFC3394: try wrap(padded(bytes, to: 8), .rfc3394)
        case .aesCBCPad(let iv): try openssl("enc", "-aes-256-cbc", "-K", key, "-iv", hexadecimal(iv), input: bytes)
        }
    }

    static let iv = [UInt8](100..<116)
    static let methods: [KeyWrapMethod] = [.rfc3394, .rfc5649, .pkcs7ThenRFC3394, .aesCBCPad(iv: iv)]

    struct Vector: Sendable {
        let key: String
        let cleartext: String
        let wrapped: String
    }

    @Test(
        "agrees with RFC 3394",
        arguments: [
            Vector(
                key: "000102030405060708090A0B0C0D0E0F", cleartext: "00112233445566778899AABBCCDDEEFF",
                wrapped: "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"),
            Vector(
                key: "000102030405060708090A0B0C0D0E0F1011121314151617", cleartext: "00112233445566778899AABBCCDDEEFF",
                wrapped: "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D"),
            Vector(
                key: "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
                cleartext: "00112233445566778899AABBCCDDEEFF",
                wrapped: "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7"),
            Vector(
                key: "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
                cleartext: "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
                wrapped: "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"),
        ])
    func agreesWithRFC3394(_ vector: Vector) throws {
        #expect(try Self.unwrap(hex(vector.wrapped), .rfc3394, key: hex(vector.key)) == hex(vector.cleartext))
    }

    @Test(
        "agrees with RFC 5649",
        arguments: [
            Vector(
                key: "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
                cleartext: "c37b7e6492584340bed12207808941155068f738",
                wrapped: "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"),
            Vector(
                key: "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", cleartext: "466f7250617369",
                wrapped: "afbeb0f07dfbf5419200f2ccb50bb24f"),
        ])
    func agreesWithRFC5649(_ vector: Vector) throws {
        #expect(try Self.unwrap(hex(vector.wrapped), .rfc5649, key: hex(vector.key)) == hex(vector.cleartext))
    }

    @Test("unwraps what openssl wrapped, of any length", arguments: methods)
    func unwrapsWhatOpenSSLWrapped(_ method: KeyWrapMethod) throws {
        for length in Array(1...33) + [64, 344, 635, 1217] {
            if method == .rfc3394, length < 16 || length % 8 != 0 { continue }
            // RFC 3394 has two blocks at least.
            if method == .pkcs7ThenRFC3394, length < 8 { continue }
            for last in [0, 1, 8] as [UInt8] {
                let bytes = (1..<length).map { UInt8(truncatingIfNeeded: $0) } + [last]
                #expect(try Self.unwrap(Self.wrap(bytes, method), method) == bytes)
            }
        }
    }

    @Test("refuses every changed byte", arguments: [KeyWrapMethod.rfc3394, .rfc5649, .pkcs7ThenRFC3394])
    func refusesEveryChangedByte(_ method: KeyWrapMethod) throws {
        for length in [8, 40] {
            if method == .rfc3394, length == 8 { continue }
            let wrapped = try Self.wrap([UInt8](repeating: 7, count: length), method)
            for index in wrapped.indices {
                var corrupt = wrapped
                corrupt[index] ^= 0x10
                #expect(throws: CSPError(.badData, "")) { try Self.unwrap(corrupt, method) }
            }
            #expect(throws: CSPError(.badData, "")) {
                try Self.unwrap(wrapped, method, key: [UInt8](repeating: 1, count: 32))
            }
        }
    }

    @Test("refuses every padding but its own")
    func refusesOtherPaddings() throws {
        func raw(_ bytes: [UInt8]) throws -> [UInt8] { try Self.wrap(bytes, .rfc3394) }
        let body = [UInt8](repeating: 0x33, count: 16)
        for tail in [
            [7, 7, 7, 7, 7, 7, 7, 0], [3, 3, 3, 3, 3, 3, 3, 9], [1, 1, 1, 1, 1, 1, 1, 2], [8, 8, 8, 8, 7, 8, 8, 8],
        ]
            as [[UInt8]]
        {
            #expect(throws: CSPError(.badData, "")) { try Self.unwrap(raw(body + tail), .pkcs7ThenRFC3394) }
        }
        // A length of 20 bytes, but behind them no zeros; a length of 16, of 25.
        for (length, padding) in [(20, [0, 0, 0, 1]), (16, [0, 0, 0, 0]), (25, [0, 0, 0, 0])] as [(UInt8, [UInt8])] {
            let wrapped = try openssl(
                "enc", "-id-aes256-wrap", "-K", hexadecimal(Self.key), "-iv", "A65959A6000000" + hexadecimal([length]),
                input: body + [1, 2, 3, 4] + padding)
            #expect(throws: CSPError(.badData, "")) { try Self.unwrap(wrapped, .rfc5649) }
        }
        for tail in [0, 17, 255] as [UInt8] {
            let wrapped = try openssl(
                "enc", "-aes-256-cbc", "-nopad", "-K", hexadecimal(Self.key), "-iv", hexadecimal(Self.iv),
                input: body + [UInt8](repeating: tail, count: 16))
            #expect(throws: CSPError(.badData, "")) { try Self.unwrap(wrapped, .aesCBCPad(iv: Self.iv)) }
        }
    }

    @Test("refuses what no wrapped key can be", arguments: methods)
    func refusesWhatNoWrappedKeyCanBe(_ method: KeyWrapMethod) throws {
        var random = RepeatableGenerator(state: 3394)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            if case .aesCBCPad = method {
                _ = try? Self.unwrap(bytes, method)
                if length % 16 == 0, length > 0 { continue }
            }
            #expect(throws: CSPError(.badData, "")) { try Self.unwrap(bytes, method) }
        }
        let wrapped = try Self.wrap([UInt8](repeating: 1, count: 24), method)
        for length in [0, 1, 15, 17, 31, 33, 64] {
            let key = [UInt8](repeating: 1, count: length)
            #expect(throws: CSPError(.badData, "")) { try Self.unwrap(wrapped, method, key: key) }
        }
        for length in [0, 8, 15, 17, 32] {
            let method = KeyWrapMethod.aesCBCPad(iv: [UInt8](repeating: 1, count: length))
            #expect(throws: CSPError(.badData, "")) { try Self.unwrap(Self.wrap([1], .aesCBCPad(iv: Self.iv)), method) }
        }
    }

    @Test("a private key comes whole through wrapping", arguments: methods)
    func aPrivateKeyComesThrough(_ method: KeyWrapMethod) throws {
        let blob = CryptoRSAPrivateBlobTests.shortCoefficient
        let info = PKCS8.encodeRSA(try RSAPrivateNumbers.decode(privateKeyBlob: blob).numbers)
        if method == .rfc3394, info.count % 8 != 0 { return }
        let unwrapped = try Self.unwrap(Self.wrap(info, method), method)
        #expect(try PKCS8.decodeRSA(unwrapped).privateKeyBlob(algorithm: 0xA400) == blob)
    }
}
