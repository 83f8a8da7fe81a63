import Testing

@testable import TokenCSP

@Suite("RFC 3217 key wrapping")
struct CryptoKeyWrapSymmetricTests {
    static func cipher(_ kind: HostCipher.Kind, _ key: [UInt8], bits: Int = 128) throws -> HostCipher {
        try #require(key.withUnsafeBytes { HostCipher(kind, key: $0, effectiveBits: bits) })
    }

    static func wrap(_ cek: [UInt8], _ kek: HostCipher, random: [UInt8]? = nil) throws -> [UInt8] {
        var drawn = random ?? []
        let result = cek.withUnsafeBytes { cek in
            Result { () throws(CSPError) in
                guard random != nil else { return try SymmetricKeyWrap.wrap(cek, kek: kek) }
                return try SymmetricKeyWrap.wrap(cek, kek: kek) { buffer throws(CSPError) in
                    buffer.copyBytes(from: drawn.prefix(buffer.count))
                    drawn.removeFirst(buffer.count)
                }
            }
        }
        return try result.get()
    }

    static let tripleDES = hex("255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f")

    @Test("agrees with the example of Triple-DES")
    func agreesWithTripleDES() throws {
        let kek = try Self.cipher(.tripleDES, Self.tripleDES)
        let cek = hex("2923bf85e06dd6ae529149f1f1bae9eab3a7da3d860d3e98")
        let wrapped = hex("690107618ef092b3b48ca1796b234ae9fa33ebb4159604037db5d6a84eb3aac2768c632775a467d4")
        #expect(try Self.wrap(cek, kek, random: hex("5dd4cbfc96f5453b")) == wrapped)
        #expect(try SymmetricKeyWrap.unwrap(wrapped, kek: kek) == cek)
        // Parity is set before wrapping.
        #expect(try Self.wrap(cek.map { $0 ^ 1 }, kek, random: hex("5dd4cbfc96f5453b")) == wrapped)
    }

    @Test("agrees with the example of RC2")
    func agreesWithRC2() throws {
        let kek = try Self.cipher(.rc2, hex("fd04fd08060707fb0003fefffd02fe05"), bits: 40)
        let cek = hex("b70a25fbc9d86a86050ce0d711ead4d9")
        let wrapped = hex("70e699fb5701f7833330fb71e87c85a420bdc99af05d22af5a0e48d35f3138986cbaafb4b28d4f35")
        #expect(try Self.wrap(cek, kek, random: hex("4845cce7fd1250") + hex("c7d90059b29e97f7")) == wrapped)
        #expect(try SymmetricKeyWrap.unwrap(wrapped, kek: kek) == cek)
    }

    @Test("takes RC2 keys of every length")
    func takesRC2KeysOfEveryLength() throws {
        let kek = try Self.cipher(.rc2, [UInt8](0..<16))
        for length in 1...128 {
            let cek = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 3) }
            let wrapped = try Self.wrap(cek, kek)
            #expect(wrapped.count == (length + 8) / 8 * 8 + 16)
            #expect(try Self.wrap(cek, kek) != wrapped)
            #expect(try SymmetricKeyWrap.unwrap(wrapped, kek: kek) == cek)
        }
        for length in [0, 129, 256, 4096] {
            #expect(throws: CSPError(.badLen, "")) { try Self.wrap([UInt8](repeating: 1, count: length), kek) }
        }
    }

    @Test("of a two-key Triple-DES takes the first key twice", arguments: [HostCipher.Kind.tripleDES, .tripleDES112])
    func ofATwoKeyTripleDES(_ kind: HostCipher.Kind) throws {
        let kek = try Self.cipher(kind, Array(Self.tripleDES.prefix(kind == .tripleDES ? 24 : 16)))
        let cek = hex("2923bf85e06dd6ae529149f1f1bae9ea")
        let wrapped = try Self.wrap(cek, kek)
        #expect(wrapped.count == 40)
        #expect(try SymmetricKeyWrap.unwrap(wrapped, kek: kek) == cek + cek.prefix(8))
        for length in [0, 8, 15, 23, 25, 32] {
            #expect(throws: CSPError(.badLen, "")) { try Self.wrap([UInt8](repeating: 1, count: length), kek) }
        }
    }

    @Test("wraps under nothing but 3DES and RC2")
    func wrapsUnderNothingElse() throws {
        for (kind, length) in [(.des, 8), (.rc4, 16), (.aes128, 16), (.aes256, 32)] as [(HostCipher.Kind, Int)] {
            let kek = try Self.cipher(kind, [UInt8](repeating: 5, count: length))
            #expect(throws: CSPError(.badKey, "")) { try Self.wrap(Self.tripleDES, kek) }
            #expect(throws: CSPError(.badKey, "")) {
                try SymmetricKeyWrap.unwrap([UInt8](repeating: 1, count: 40), kek: kek)
            }
        }
    }

    @Test("refuses what is changed, cut or not wrapped at all")
    func refusesWhatIsChanged() throws {
        let ciphers = [try Self.cipher(.tripleDES, Self.tripleDES), try Self.cipher(.rc2, [UInt8](0..<16))]
        for (kek, other) in zip(ciphers, ciphers.reversed()) {
            let wrapped = try Self.wrap(Self.tripleDES, kek)
            for index in wrapped.indices {
                var corrupt = wrapped
                corrupt[index] ^= 4
                #expect(throws: CSPError(.badData, "")) { try SymmetricKeyWrap.unwrap(corrupt, kek: kek) }
            }
            for length in 0..<wrapped.count {
                #expect(throws: CSPError(.badData, "")) {
                    try SymmetricKeyWrap.unwrap(Array(wrapped.prefix(length)), kek: kek)
                }
            }
            #expect(throws: CSPError(.badData, "")) { try SymmetricKeyWrap.unwrap(wrapped, kek: other) }
            for length in Array(0..<300) + [100_000] {
                let bytes = [UInt8](repeating: 0x11, count: length)
                #expect(throws: CSPError(.badData, "")) { try SymmetricKeyWrap.unwrap(bytes, kek: kek) }
            }
        }
    }

    /// A wrapping of any content with the right checksum: what the holder of the key could send.
    static func forged(_ content: [UInt8], _ kek: HostCipher) -> [UInt8] {
        let hash = HostHash(.sha1)
        content.withUnsafeBytes { hash.update($0) }
        var data = content + hash.finish().prefix(8)
        var register = [UInt8](repeating: 0, count: 8)
        data.withUnsafeMutableBytes { kek.cbc($0, register: &register, encrypting: true) }
        data = ([UInt8](repeating: 0, count: 8) + data).reversed()
        register = hex("4adda22c79e82105")
        data.withUnsafeMutableBytes { kek.cbc($0, register: &register, encrypting: true) }
        return data
    }

    @Test("refuses lengths and parities that are wrong under a right checksum")
    func refusesWrongContents() throws {
        let rc2 = try Self.cipher(.rc2, [UInt8](0..<16))
        for length in UInt8.min...UInt8.max {
            let wrapped = Self.forged([length] + [UInt8](repeating: 9, count: 23), rc2)
            if (16...23).contains(length) {
                #expect(try SymmetricKeyWrap.unwrap(wrapped, kek: rc2).count == Int(length))
            } else {
                #expect(throws: CSPError(.badData, "")) { try SymmetricKeyWrap.unwrap(wrapped, kek: rc2) }
            }
        }
        let tripleDES = try Self.cipher(.tripleDES, Self.tripleDES)
        #expect(try SymmetricKeyWrap.unwrap(Self.forged(Self.tripleDES, tripleDES), kek: tripleDES) == Self.tripleDES)
        for index in 0..<24 {
            var key = Self.tripleDES
            key[index] ^= 1
            #expect(throws: CSPError(.badData, "")) {
                try SymmetricKeyWrap.unwrap(Self.forged(key, tripleDES), kek: tripleDES)
            }
        }
        for length in [8, 16, 32] {
            let wrapped = Self.forged([UInt8](repeating: 1, count: length), tripleDES)
            #expect(throws: CSPError(.badData, "")) { try SymmetricKeyWrap.unwrap(wrapped, kek: tripleDES) }
        }
    }
}
