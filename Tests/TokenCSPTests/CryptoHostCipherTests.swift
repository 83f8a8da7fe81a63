import Testing

@testable import TokenCSP

@Suite("AES-CBC on the host")
struct CryptoHostCipherTests {
    private static let kinds: [(HostCipher.Kind, Int)] = [(.aes128, 16), (.aes192, 24), (.aes256, 32)]

    /// Around the pieces, and what is left over of the widest words.
    private static let sizes =
        Array(stride(from: 16, through: 288, by: 16)) + [1008, 1024, 1040, 2064, 65_536, 65_552, 73_744, 200_000]

    @Test("is single blocks, each with the one before it", arguments: kinds)
    func isChained(_ kind: HostCipher.Kind, _ keySize: Int) throws {
        let key = (0..<keySize).map { _ in UInt8.random(in: .min ... .max) }
        let cipher = try #require(key.withUnsafeBytes { HostCipher(kind, key: $0, effectiveBits: 0) })
        for size in Self.sizes {
            let ciphertext = (0..<size).map { _ in UInt8.random(in: .min ... .max) }
            let vector = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
            // The witness: the same cipher in the other mode.
            var expected = ciphertext
            expected.withUnsafeMutableBytes { cipher.ecb($0, encrypting: false) }
            for index in 0..<size { expected[index] ^= index < 16 ? vector[index] : ciphertext[index - 16] }

            var data = ciphertext
            var register = vector
            data.withUnsafeMutableBytes { cipher.cbc($0, register: &register, encrypting: false) }
            #expect(data == expected, "\(size) bytes")
            #expect(register == Array(ciphertext.suffix(16)))
            register = vector
            data.withUnsafeMutableBytes { cipher.cbc($0, register: &register, encrypting: true) }
            #expect(data == ciphertext, "\(size) bytes")
            #expect(register == Array(ciphertext.suffix(16)))
        }
    }

    @Test("leaves alone what is no whole number of blocks")
    func wholeBlocks() throws {
        let key = [UInt8](repeating: 1, count: 16)
        let cipher = try #require(key.withUnsafeBytes { HostCipher(.aes128, key: $0, effectiveBits: 0) })
        for count in [0, 1, 15, 17, 40] {
            for encrypting in [true, false] {
                var data = [UInt8](repeating: 7, count: count)
                var register = [UInt8](repeating: 0, count: 16)
                data.withUnsafeMutableBytes { cipher.cbc($0, register: &register, encrypting: encrypting) }
                #expect(data == [UInt8](repeating: 7, count: count))
            }
        }
    }
}
