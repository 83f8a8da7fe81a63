import PKCS11
import Testing

@testable import TokenCSP

@Suite("CryptHashSessionKey")
struct HashSessionKeyTests {
    let context: Context

    init() throws { context = try HashTests.context() }

    /// Microsoft's Platform SDK, "Hashing Session Keys": the key's bytes go in from the last to the first.
    @Test("gives Microsoft's published values")
    func givesThePublishedValues() throws {
        let key = try HashTests.key(.rc2, [0x4A, 0x3A, 0xEE, 0x77, 0x37], in: context)
        for (algorithm, value) in [
            (AlgorithmID.md5, "0b15550aa003f93f7582f7e79132bc8c"), (.sha1, "3c37729353ff2a4fef1254185b3ac46303fd075d"),
        ] {
            let hash = try context.makeHash(algorithm)
            try hash.update(key: key, flags: 0)
            #expect(HashTests.hex(try hash.value()) == value)
        }
    }

    @Test("CRYPT_LITTLE_ENDIAN is the natural order, and data may come before and after")
    func littleEndianIsTheNaturalOrder() throws {
        let bytes = HashTests.data(24)
        let key = try HashTests.key(.tripleDES, bytes, in: context)
        let (hash, plain) = (try context.makeHash(.sha256), try context.makeHash(.sha256))
        try hash.update([1])
        try hash.update(key: key, flags: 1)
        try hash.update(key: key)
        try hash.update([2])
        try plain.update([1] + bytes + bytes.reversed() + [2])
        #expect(try hash.value() == plain.value())
    }

    @Test("salt is left out")
    func saltIsLeftOut() throws {
        let session = SessionKey(
            try #require(SessionAlgorithm.all[.rc2]), .host(Secret([1, 2, 3, 4, 5])), bytes: 5,
            salt: HashTests.data(11))
        let key = Key(context, .session(session), .rc2, spec: nil, bits: 40)
        let (hash, plain) = (try context.makeHash(.md5), try context.makeHash(.md5))
        try hash.update(key: key, littleEndian: true)
        try plain.update([1, 2, 3, 4, 5])
        #expect(try hash.value() == plain.value())
    }

    @Test("goes into keyed hashes too, that of the same key included")
    func goesIntoKeyedHashes() throws {
        let bytes = HashTests.data(16)
        let key = try HashTests.key(.aes128, bytes, in: context)
        for make in [{ try context.makeMAC(key: $0) }, { try context.makeHMAC(.sha1, key: $0) }]
            as [(Key) throws -> Hash]
        {
            let (hash, plain) = (try make(key), try make(key))
            try hash.update(key: key, flags: 1)
            try plain.update(bytes)
            #expect(try hash.value() == plain.value())
        }
    }

    @Test("refuses flags, key pairs, dead keys and finished hashes")
    func refusals() throws {
        let key = try HashTests.key(.rc4, HashTests.data(16), in: context)
        let hash = try context.makeHash(.md5)
        #expect(throws: CSPError(.badFlags, "")) { try hash.update(key: key, flags: 2) }
        #expect(throws: CSPError(.badFlags, "")) { try hash.update(key: key, flags: ~0) }
        let numbers = try #require(RSAPublicKey(modulus: [0x80] + HashTests.data(63) + [1], publicExponent: 65537))
        let pair = Key(context, .publicKey(.rsa(numbers)), .rsaKeyExchange, spec: nil, bits: numbers.bits)
        #expect(throws: CSPError(.badKey, "")) { try hash.update(key: pair, flags: 0) }
        _ = try hash.value()
        for flags: UInt32 in [0, 1] {
            #expect(throws: CSPError(.badHashState, "")) { try hash.update(key: key, flags: flags) }
        }
        let given = try context.makeHash(.ssl3SHAMD5)
        #expect(throws: CSPError(.badAlgID, "")) { try given.update(key: key, flags: 0) }
        try key.destroy()
        #expect(throws: CSPError(.invalidParameter, "")) { try context.makeHash(.md5).update(key: key, flags: 0) }
    }
}
