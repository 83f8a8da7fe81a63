import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("CBC-MAC")
struct HashMACTests {
    let context: Context

    init() throws { context = try HashTests.context() }

    static let ciphers: [(AlgorithmID, count: Int, name: String, block: Int)] = [
        (.rc2, 16, "rc2-cbc", 8), (.des, 8, "des-cbc", 8), (.tripleDES, 24, "des-ede3-cbc", 8),
        (.aes128, 16, "aes-128-cbc", 16), (.aes192, 24, "aes-192-cbc", 16), (.aes256, 32, "aes-256-cbc", 16),
    ]

    @Test(
        "is the last block of the CBC encryption that openssl makes from a zero vector",
        arguments: ciphers, [0, 1, 7, 8, 15, 16, 17, 1000, 65535, 65536, 70001])
    func agreesWithOpenSSL(_ cipher: (AlgorithmID, count: Int, name: String, block: Int), _ size: Int) throws {
        let (bytes, message) = (HashTests.data(cipher.count), HashTests.data(size))
        let ciphertext = try HashTests.openssl(
            [
                "enc", "-\(cipher.name)", "-provider", "legacy", "-provider", "default", "-K", HashTests.hex(bytes),
                "-iv",
                String(repeating: "0", count: 2 * cipher.block),
            ], message)
        let mac = try context.makeMAC(key: HashTests.key(cipher.0, bytes, in: context))
        #expect(try mac.read(4, capacity: 4).bytes == littleEndian(UInt32(cipher.block)))
        try mac.update(message)
        #expect(try mac.value() == Array(ciphertext.suffix(cipher.block)))
        #expect(try mac.read(2, capacity: cipher.block).bytes == mac.value())
    }

    @Test("does not depend on how the data is cut", arguments: [1, 7, 8, 9, 15, 16, 17, 100])
    func doesNotDependOnCuts(_ step: Int) throws {
        for (algorithm, count) in [(AlgorithmID.rc2, 16), (.aes128, 16)] {
            let key = try HashTests.key(algorithm, HashTests.data(count), in: context)
            let message = HashTests.data(300)
            let (whole, cut) = (try context.makeMAC(key: key), try context.makeMAC(key: key))
            try whole.update(message)
            for start in stride(from: 0, to: message.count, by: step) {
                try cut.update(Array(message[start..<min(start + step, message.count)]))
                try cut.update([])
            }
            #expect(try whole.value() == cut.value())
        }
    }

    @Test("does not depend on the key's vector, mode and messages")
    func doesNotDependOnTheKeysState() throws {
        let session = SessionKey(
            try #require(SessionAlgorithm.all[.aes128]), .host(Secret(HashTests.data(16))), bytes: 16)
        let key = Key(context, .session(session), .aes128, spec: nil, bits: 128)
        let expected = try context.makeMAC(key: key)
        try expected.update(HashTests.data(100))

        let mac = try context.makeMAC(key: key)
        try mac.update(HashTests.data(40))
        try session.setParameters { (parameters) throws(CSPError) in
            parameters.iv = HashTests.data(16)
            parameters.mode = SessionKey.Mode.ecb
        }
        var message = HashTests.data(32)
        _ = try message.withUnsafeMutableBytes { try session.encrypt($0, count: 32, final: false) }
        try mac.update(Array(HashTests.data(100)[40...]))
        #expect(try mac.value() == expected.value())
    }

    @Test("wants a block cipher's key")
    func wantsABlockCiphersKey() throws {
        #expect(throws: CSPError(.badKey, "")) { try context.makeHash(.mac) }
        let stream = try HashTests.key(.rc4, HashTests.data(16), in: context)
        #expect(throws: CSPError(.badKey, "")) { try context.makeMAC(key: stream) }
        let numbers = try #require(RSAPublicKey(modulus: [0x80] + HashTests.data(63) + [1], publicExponent: 65537))
        let pair = Key(context, .publicKey(.rsa(numbers)), .rsaKeyExchange, spec: nil, bits: numbers.bits)
        #expect(throws: CSPError(.badKey, "")) { try context.makeMAC(key: pair) }
    }

    @Test("no data follows the value; a duplicate is on its own; a value can be set")
    func stateMachine() throws {
        let key = try HashTests.key(.rc2, HashTests.data(16), in: context)
        let original = try context.makeMAC(key: key)
        try original.update([1])
        let copy = try original.duplicate()
        _ = try copy.value()
        #expect(throws: CSPError(.badHashState, "")) { try copy.update([2]) }
        try original.update([2])
        let whole = try context.makeMAC(key: key)
        try whole.update([1, 2])
        #expect(try original.value() == whole.value())
        #expect(try copy.value() != whole.value())
        #expect(throws: CSPError(.badType, "")) { try whole.setHMAC(.sha1) }
        #expect(throws: CSPError(.badLen, "")) { try whole.setValue(HashTests.data(16)) }
        let given = try context.makeMAC(key: key)
        try given.set(2, HashTests.data(8))
        #expect(try given.value() == HashTests.data(8))
    }

    @Test("is over when its key is destroyed")
    func isOverWithItsKey() throws {
        let key = try HashTests.key(.rc2, HashTests.data(16), in: context)
        let mac = try context.makeMAC(key: key)
        try key.destroy()
        #expect(throws: CSPError(.badKey, "")) { try mac.update([1]) }
        #expect(throws: CSPError(.badKey, "")) { try mac.value() }
    }

    @Test("a cipher that fails adds nothing")
    func aCipherThatFailsAddsNothing() throws {
        let cipher = try #require(
            HashTests.data(16).withUnsafeBytes { HostCipher(.aes128, key: $0, effectiveBits: 128) })
        let works: CBCMAC.Cipher = { data, register throws(CSPError) in
            cipher.cbc(data, register: &register, encrypting: true)
        }
        let mac = CBCMAC(blockSize: 16)
        let message = HashTests.data(200_000)
        try message[..<10].withUnsafeBytes { try mac.update($0, works) }
        var calls = 0
        #expect(throws: CSPError(.fail, "")) {
            try message[10...].withUnsafeBytes { bytes in
                try mac.update(bytes) { data, register throws(CSPError) in
                    calls += 1
                    guard calls < 3 else { throw CSPError(.fail, "the third call") }
                    try works(data, &register)
                }
            }
        }
        try message[10...].withUnsafeBytes { try mac.update($0, works) }
        let whole = CBCMAC(blockSize: 16)
        try message.withUnsafeBytes { try whole.update($0, works) }
        #expect(try mac.finish(works) == whole.finish(works))
    }

    @Test("a key on the token gives the code that it gives on the host; it has no value for an HMAC")
    func aKeyOnTheToken() throws {
        let made = try TestToken.make()
        let token = try made.token()
        let object = try token.withSession { session throws(PKCS11Error) in
            try session.createSessionObject([
                Attribute(.secretKey), Attribute(.aes), Attribute(.value, bytes: HashTests.data(16)),
                Attribute(.token, false), Attribute(.isPrivate, false), Attribute(.encrypt, true),
            ])
        }
        let session = SessionKey(try #require(SessionAlgorithm.all[.aes128]), .token(token, object), bytes: 16)
        let onToken = Key(context, .session(session), .aes128, spec: nil, bits: 128)
        let onHost = try HashTests.key(.aes128, HashTests.data(16), in: context)
        let (one, other) = (try context.makeMAC(key: onToken), try context.makeMAC(key: onHost))
        for size in [0, 5, 16, 100, 70_000] {
            for mac in [one, other] { try mac.update(HashTests.data(size)) }
        }
        #expect(try one.duplicate().value() == other.value())
        #expect(try one.value() == other.value())
        #expect(throws: CSPError(.badKey, "")) { try context.makeHMAC(.sha1, key: onToken) }
        let hash = try context.makeHash(.sha1)
        #expect(throws: CSPError(.badKey, "")) { try hash.update(key: onToken, flags: 0) }
    }
}
