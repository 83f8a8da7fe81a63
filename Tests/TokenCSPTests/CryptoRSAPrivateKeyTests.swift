import PKCS11
import Testing

@testable import TokenCSP

@Suite("RSA private key on the host")
struct CryptoRSAPrivateKeyTests {
    @Test("signs what openssl verifies", arguments: [512, 1023, 1032, 2048])
    func signsWhatOpenSSLVerifies(bits: Int) throws {
        let witness = try RSAWitness(bits: bits)
        let key = RSAPrivateKey(try witness.numbers())
        let data = Array("TokenCSP".utf8)
        let hash = HostHash(.sha256)
        data.withUnsafeBytes { hash.update($0) }
        let signature = try key.sign(DigestInfo.encode(.sha256, digest: hash.finish()))
        #expect(signature.count == (bits + 7) / 8)
        try openssl(
            "dgst", "-sha256", "-prverify", witness.path, "-signature", witness.file("signature", signature),
            witness.file("data", data))
    }

    @Test("signs messages up to 11 bytes less than the modulus")
    func signsMessagesUpToTheLimit() throws {
        let key = RSAPrivateKey(try RSAWitness(bits: 512).numbers())
        for length in 0...53 {
            let message = [UInt8](repeating: 0xC3, count: length)
            #expect(key.publicKey.verify(signature: try key.sign(message), encodedMessage: message))
        }
        for length in [54, 64, 5000] {
            #expect(throws: CSPError(.badLen, "")) { try key.sign([UInt8](repeating: 1, count: length)) }
        }
    }

    @Test("with exponents of one leaves the padded message as it is")
    func withExponentsOfOne() throws {
        let key = RSAPrivateKey(try RSAWitness(bits: 1024).numbers().withExponentOfOne())
        let message = [UInt8](repeating: 9, count: 36)
        let signature = try key.sign(message)
        #expect(signature == [0, 1] + [UInt8](repeating: 0xFF, count: 89) + [0] + message)
        #expect(key.publicKey.verify(signature: signature, encodedMessage: message))
    }

    @Test("computes without the factors where nettle does not take them")
    func computesWithoutTheFactors() throws {
        // Primes of 960 and 64 bits, the second in one limb of gmp's: nettle wants them alike.
        let long = hex(String(decoding: try openssl("prime", "-generate", "-bits", "960", "-hex"), as: UTF8.self))
        for short in ["FFFFFFFFFFFFFFC5", "0B", "010001"] {
            let numbers = try? RSAPrivateNumbers(factors: long, hex(short), exponent: 17)
            guard let numbers else { continue }
            let key = RSAPrivateKey(numbers)
            let message: [UInt8] = [1, 2, 3, 4]
            #expect(key.publicKey.verify(signature: try key.sign(message), encodedMessage: message))
            for padding in [RSAEncryptionPadding.pkcs1, .oaep] {
                let ciphertext = try key.publicKey.encrypt(message, padding: padding)
                #expect(try key.decrypt(ciphertext, padding: padding) == message)
                #expect(throws: CSPError(.badData, "")) {
                    try key.decrypt([UInt8](repeating: 3, count: ciphertext.count), padding: padding)
                }
            }
            #expect(throws: CSPError(.badKey, "")) { try numbers.privateKeyBlob(algorithm: 0xA400) }
            let again = try PKCS8.decodeRSA(PKCS8.encodeRSA(numbers))
            #expect(again.prime2.bytes == numbers.prime2.bytes)
        }
    }

    @Test("works the factors in either order")
    func worksTheFactorsInEitherOrder() throws {
        let original = try RSAWitness(bits: 1032).numbers()
        for (p, q) in [(original.prime1, original.prime2), (original.prime2, original.prime1)] {
            let numbers = try RSAPrivateNumbers(factors: p.bytes, q.bytes, exponent: 65537)
            let signature = try RSAPrivateKey(numbers).sign([1, 2, 3])
            #expect(original.publicKey.verify(signature: signature, encodedMessage: [1, 2, 3]))
        }
    }

    @Test("of factors that are no primes answers something, and does not end the process")
    func ofFactorsThatAreNoPrimes() throws {
        var random = RepeatableGenerator(state: 77)
        var made = 0
        for _ in 0..<300 {
            var p = (0..<Int.random(in: 24...70, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            var q = (0..<Int.random(in: 24...70, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            p[p.count - 1] |= 1
            q[q.count - 1] |= 1
            guard let numbers = try? RSAPrivateNumbers(factors: p, q, exponent: Bool.random(using: &random) ? 1 : 65537)
            else { continue }
            made += 1
            let key = RSAPrivateKey(numbers)
            _ = try key.sign([1, 2, 3])
            let ciphertext = try key.publicKey.encrypt([1, 2, 3], padding: .pkcs1)
            _ = try? key.decrypt(ciphertext, padding: .pkcs1)
            _ = try? key.decrypt(ciphertext, padding: .oaep)
        }
        #expect(made > 50)
    }

    @Test("is used by many threads at once")
    func isUsedByManyThreads() async throws {
        let key = RSAPrivateKey(try RSAWitness(bits: 1024).numbers())
        await withTaskGroup { group in
            for number in 0..<64 as Range<UInt8> {
                group.addTask {
                    let message = [number, 1, 2]
                    guard let signature = try? key.sign(message),
                        let ciphertext = try? key.publicKey.encrypt(message, padding: .oaep),
                        let decrypted = try? key.decrypt(ciphertext, padding: .oaep)
                    else { return false }
                    return decrypted == message && key.publicKey.verify(signature: signature, encodedMessage: message)
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test("gives its secret numbers as attributes")
    func givesItsSecretNumbersAsAttributes() throws {
        let numbers = try RSAWitness(bits: 512).numbers()
        let attributes = numbers.privateAttributes()
        #expect(
            attributes.map(\.type.name) == [
                "CKA_PRIVATE_EXPONENT", "CKA_PRIME_1", "CKA_PRIME_2", "CKA_EXPONENT_1", "CKA_EXPONENT_2",
                "CKA_COEFFICIENT",
            ])
        #expect(attributes[.prime1] == Attribute(.prime1, secret: numbers.prime1))
    }
}
