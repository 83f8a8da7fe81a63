import Testing

@testable import TokenCSP

@Suite("RSA encryption on the host")
struct CryptoRSAEncryptionTests {
    struct Padding: Sendable, CustomTestStringConvertible {
        let ours: RSAEncryptionPadding
        let openssl: [String]
        let overhead: Int
        var testDescription: String { openssl.isEmpty ? "PKCS#1 v1.5" : openssl.joined(separator: " ") }

        static let all: [Padding] = [
            Padding(ours: .pkcs1, openssl: [], overhead: 11),
            Padding(ours: .oaep, openssl: ["-pkeyopt", "rsa_padding_mode:oaep"], overhead: 42),
            Padding(
                ours: .oaep(hash: .sha256, label: [1, 2, 0xFF]),
                openssl: [
                    "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt",
                    "rsa_oaep_label:0102ff",
                ], overhead: 66),
        ]
    }

    static func error(_ ciphertext: [UInt8], _ key: RSAPrivateKey, _ padding: RSAEncryptionPadding) -> CSPError? {
        do throws(CSPError) {
            _ = try key.decrypt(ciphertext, padding: padding)
            return nil
        } catch { return error }
    }

    @Test("openssl decrypts ours and we decrypt openssl's", arguments: Padding.all, [1023, 1024, 1032, 2048])
    func opensslAgrees(_ padding: Padding, bits: Int) throws {
        let witness = try RSAWitness(bits: bits)
        let key = RSAPrivateKey(try witness.numbers())
        let limit = (bits + 7) / 8 - padding.overhead
        for length in [0, 1, 16, limit] {
            let message = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            let ours = try key.publicKey.encrypt(message, padding: padding.ours)
            #expect(ours.count == (bits + 7) / 8)
            #expect(try witness.decrypt(ours, padding.openssl) == message)
            let theirs = try witness.encrypt(message, padding.openssl)
            #expect(try key.decrypt(theirs, padding: padding.ours) == message)
        }
    }

    @Test("takes messages up to the limit and says it beyond", arguments: Padding.all, [1, 3, 65537])
    func takesMessagesUpToTheLimit(_ padding: Padding, exponent: UInt32) throws {
        let numbers = try RSAWitness(bits: 1024, exponent: exponent == 1 ? 3 : exponent).numbers()
        let key = RSAPrivateKey(exponent == 1 ? try numbers.withExponentOfOne() : numbers)
        let limit = 128 - padding.overhead
        #expect(padding.ours.messageLimit(modulusSize: 128) == limit)
        for length in 0...limit {
            let message = [UInt8](repeating: UInt8(length & 3), count: length)
            let ciphertext = try key.publicKey.encrypt(message, padding: padding.ours)
            #expect(ciphertext.count == 128)
            #expect(try key.decrypt(ciphertext, padding: padding.ours) == message)
        }
        for length in [limit + 1, 127, 128, 129, 5000] {
            let error = #expect(throws: CSPError(.badLen, "")) {
                try key.publicKey.encrypt([UInt8](repeating: 1, count: length), padding: padding.ours)
            }
            #expect(error?.reason.contains(" \(limit) ") == true)
        }
    }

    @Test("draws another padding each time, without zeros in PKCS#1")
    func drawsAnotherPadding() throws {
        let key = RSAPrivateKey(try RSAWitness(bits: 512).numbers().withExponentOfOne())
        var seen: Set<[UInt8]> = []
        for _ in 0..<300 {
            // With an exponent of one the ciphertext is the padded message itself.
            let block = try key.publicKey.encrypt([7, 8, 9], padding: .pkcs1)
            #expect(block.prefix(2) == [0, 2])
            #expect(block.suffix(4) == [0, 7, 8, 9])
            #expect(!block[2..<60].contains(0))
            #expect(seen.insert(block).inserted)
        }
    }

    @Test("a key too short for the padding says so")
    func aKeyTooShortForThePadding() throws {
        let key = RSAPrivateKey(try RSAWitness(bits: 512).numbers())
        for hash in [HashKind.sha256, .sha384, .sha512] {
            let padding = RSAEncryptionPadding.oaep(hash: hash, label: [])
            #expect(padding.messageLimit(modulusSize: 64) == 0)
            #expect(throws: CSPError(.badLen, "")) { try key.publicKey.encrypt([], padding: padding) }
            #expect(throws: CSPError(.badData, "")) {
                try key.decrypt([UInt8](repeating: 1, count: 64), padding: padding)
            }
        }
    }

    @Test("whatever is wrong with a ciphertext, the answer is the same", arguments: Padding.all)
    func whateverIsWrongTheAnswerIsTheSame(_ padding: Padding) throws {
        let numbers = try RSAWitness(bits: 1024).numbers()
        for key in [RSAPrivateKey(numbers), RSAPrivateKey(try numbers.withExponentOfOne())] {
            let ciphertext = try key.publicKey.encrypt([1, 2, 3], padding: padding.ours)
            var wrong: [[UInt8]] = [
                [], [1], Array(ciphertext.dropLast()), ciphertext + [0], [0] + ciphertext, key.publicKey.modulus,
                [UInt8](repeating: 0xFF, count: 128), [UInt8](repeating: 0, count: 128),
            ]
            // Behind an exponent of one, PKCS#1 padding and message may be anything but zero; OAEP may not.
            let sensitive = padding.ours == .pkcs1 && key.publicKey.publicExponent == 1 ? 0..<2 : 0..<128
            for index in sensitive {
                var corrupt = ciphertext
                corrupt[index] ^= 0x80
                wrong.append(corrupt)
            }
            var answers: Set<String> = []
            for ciphertext in wrong {
                guard let error = Self.error(ciphertext, key, padding.ours) else {
                    // A corrupt ciphertext may by chance (2^-16) decrypt to a block of PKCS#1.
                    #expect(padding.ours == .pkcs1)
                    continue
                }
                answers.insert(error.description)
            }
            #expect(answers == ["the data is not valid [NTE_BAD_DATA (0x80090005)]"])
        }
    }

    @Test("another label, hash or padding does not decrypt")
    func anotherPaddingDoesNotDecrypt() throws {
        let key = RSAPrivateKey(try RSAWitness(bits: 2048).numbers())
        let ciphertext = try key.publicKey.encrypt([1, 2, 3], padding: .oaep(hash: .sha1, label: [5]))
        #expect(try key.decrypt(ciphertext, padding: .oaep(hash: .sha1, label: [5])) == [1, 2, 3])
        for padding in [
            RSAEncryptionPadding.oaep, .oaep(hash: .sha1, label: [5, 0]), .oaep(hash: .sha256, label: [5]),
        ] {
            #expect(throws: CSPError(.badData, "")) { try key.decrypt(ciphertext, padding: padding) }
        }
    }

    @Test("OAEP refuses each of its faults", arguments: [HashKind.sha1, .sha256])
    func oaepRefusesEachFault(_ hash: HashKind) throws {
        let oaep = OAEP(hash: hash, label: [])
        let dataStart = 1 + hash.digestSize
        /// A block with a data block of our choice: masking twice is no masking, so `decode` of zeros gives the masks.
        func decoded(_ change: (inout [UInt8]) -> Void) throws -> [UInt8]? {
            let message: [UInt8] = [0xAA, 0, 1, 0xBB]
            var block = [UInt8](repeating: 0, count: 128)
            var data = [UInt8](repeating: 0, count: 128 - dataStart)
            let empty = HostHash(hash).finish()
            data.replaceSubrange(0..<empty.count, with: empty)
            data.replaceSubrange(data.count - 5..<data.count, with: [1] + message)
            var clear = [0] + [UInt8](repeating: 0x5A, count: hash.digestSize) + data
            change(&clear)
            // MGF1 by openssl's own means is not at hand; HostHash makes it, one counter after the other.
            func mgf(_ seed: ArraySlice<UInt8>, _ count: Int) -> [UInt8] {
                var mask: [UInt8] = []
                var counter: UInt8 = 0
                while mask.count < count {
                    let running = HostHash(hash)
                    (Array(seed) + [0, 0, 0, counter]).withUnsafeBytes { running.update($0) }
                    mask += running.finish()
                    counter += 1
                }
                return Array(mask.prefix(count))
            }
            let maskedData = zip(clear[dataStart...], mgf(clear[1..<dataStart], 128 - dataStart)).map { $0 ^ $1 }
            let maskedSeed = zip(clear[1..<dataStart], mgf(maskedData[...], hash.digestSize)).map { $0 ^ $1 }
            block = [clear[0]] + maskedSeed + maskedData
            return block.withUnsafeMutableBytes { oaep.decode($0) }
        }
        #expect(try decoded { _ in } == [0xAA, 0, 1, 0xBB])
        #expect(try decoded { $0[127] = 0 } == [0xAA, 0, 1, 0])
        #expect(try decoded { $0[0] = 1 } == nil)
        #expect(try decoded { $0[0] = 0x80 } == nil)
        for index in dataStart..<dataStart + hash.digestSize { #expect(try decoded { $0[index] ^= 1 } == nil) }
        for index in dataStart + hash.digestSize..<123 {
            #expect(try decoded { $0[index] = 2 } == nil)
            #expect(try decoded { $0[index] = 0x81 } == nil)
            // A one further in front makes the message longer.
            #expect(try decoded { $0[index] = 1 }?.count == 127 - index)
        }
        // No one at all.
        #expect(try decoded { clear in for index in 123..<128 { clear[index] = 0 } } == nil)
        // The one at the very end: an empty message.
        #expect(try decoded { clear in clear.replaceSubrange(123..<128, with: [0, 0, 0, 0, 1]) } == [])
    }
}
