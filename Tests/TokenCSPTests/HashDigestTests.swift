import Testing

@testable import TokenCSP

@Suite("Hashes without a key")
struct HashDigestTests {
    static let identifiers: [HashKind: UInt32] = [
        .md2: 0x8001, .md4: 0x8002, .md5: 0x8003, .sha1: 0x8004, .sha256: 0x800C, .sha384: 0x800D, .sha512: 0x800E,
    ]

    let context: Context

    init() throws { context = try HashTests.context() }

    private func hash(_ kind: HashKind) throws -> Hash {
        try context.makeHash(AlgorithmID(rawValue: try #require(Self.identifiers[kind])))
    }

    @Test("gives the published digest", arguments: CryptoHostHashTests.published)
    func givesThePublishedDigest(_ vector: CryptoHostHashTests.Vector) throws {
        let hash = try hash(vector.kind)
        try hash.update(HashTests.text(vector.message))
        #expect(HashTests.hex(try hash.value()) == vector.digest)
        #expect(try hash.read(2, capacity: 64).bytes == hash.value())
    }

    @Test("takes a span as it takes an array", arguments: HashKind.allCases)
    func takesASpan(_ kind: HashKind) throws {
        let bytes = HashTests.data(300)
        let (array, span) = (try hash(kind), try hash(kind))
        try array.update(bytes)
        try span.update(bytes.span.bytes)
        #expect(try array.value() == span.value())
    }

    @Test("a hash of no data is the empty hash, and may be read again", arguments: HashKind.allCases)
    func noDataIsTheEmptyHash(_ kind: HashKind) throws {
        let hash = try hash(kind)
        let host = HostHash(kind)
        #expect(try hash.read(2, capacity: 64).bytes == host.finish())
        #expect(try hash.read(2, capacity: 64).bytes == hash.value())
    }

    @Test("tells its algorithm and size, before and after it is finished", arguments: HashKind.allCases)
    func tellsItsAlgorithmAndSize(_ kind: HashKind) throws {
        let hash = try hash(kind)
        for _ in 0..<2 {
            #expect(try hash.read(1, capacity: 4).bytes == littleEndian(try #require(Self.identifiers[kind])))
            #expect(try hash.read(4, capacity: 4).bytes == littleEndian(UInt32(kind.digestSize)))
            #expect(try hash.valueSize() == kind.digestSize)
            _ = try hash.value()
        }
    }

    @Test("neither a size query nor a buffer that is too small ends the hash", arguments: HashKind.allCases)
    func aSizeQueryDoesNotEndTheHash(_ kind: HashKind) throws {
        let (hash, whole) = (try hash(kind), try hash(kind))
        try hash.update([1])
        #expect(try hash.read(2, capacity: nil).length == kind.digestSize)
        #expect(throws: CSPError(.moreData, "")) { try hash.read(2, capacity: kind.digestSize - 1) }
        try hash.update([2])
        try whole.update([1, 2])
        #expect(try hash.value() == whole.value())
    }

    @Test("no data follows the value", arguments: HashKind.allCases)
    func noDataFollowsTheValue(_ kind: HashKind) throws {
        for end in [{ _ = try $0.value() }, { try $0.setValue([UInt8](repeating: 1, count: kind.digestSize)) }]
            as [(Hash) throws -> Void]
        {
            let hash = try hash(kind)
            try end(hash)
            #expect(throws: CSPError(.badHashState, "")) { try hash.update([1]) }
            #expect(throws: CSPError(.badHashState, "")) { try hash.update([]) }
        }
    }

    @Test("a value that is set takes the place of the data's")
    func aValueThatIsSet() throws {
        let value = HashTests.data(20)
        let hash = try context.makeHash(.sha1)
        try hash.update([1])
        try hash.set(2, value)
        #expect(try hash.value() == value)
        try hash.set(2, value.reversed())
        #expect(try hash.value() == value.reversed())
        #expect(throws: CSPError(.badLen, "")) { try hash.setValue([1]) }
    }

    @Test("a duplicate is on its own", arguments: HashKind.allCases)
    func aDuplicateIsOnItsOwn(_ kind: HashKind) throws {
        let (original, whole) = (try hash(kind), try hash(kind))
        try original.update([1])
        let copy = try original.duplicate()
        _ = try copy.value()
        try original.update([2])
        try whole.update([1, 2])
        #expect(try original.value() == whole.value())
        #expect(try original.duplicate().value() == whole.value())
        original.destroy()
        #expect(try copy.value() != whole.value())
        #expect(throws: CSPError(.badHashState, "")) { try copy.update([3]) }
        #expect(throws: CSPError(.invalidParameter, "")) { try original.value() }
    }

    @Test("the value that is lent is the value")
    func theValueThatIsLent() throws {
        let hash = try context.makeHash(.md5)
        #expect(try hash.withValue { [UInt8]($0) } == hash.value())
    }

    // MARK: - Errors

    @Test("refuses flags, and takes CRYPT_USERDATA")
    func refusesFlags() throws {
        let hash = try context.makeHash(.sha1)
        let data: [UInt8] = [1, 2, 3]
        try data.withUnsafeBytes { try hash.update($0, flags: 1) }
        #expect(throws: CSPError(.badFlags, "")) { try data.withUnsafeBytes { try hash.update($0, flags: ~0) } }
        #expect(throws: CSPError(.badFlags, "")) { try hash.read(2, capacity: 20, flags: 1) }
        #expect(throws: CSPError(.badFlags, "")) { try hash.set(2, HashTests.data(20), flags: 1) }
        #expect(throws: CSPError(.badFlags, "")) { try context.makeHash(.sha1, key: nil, flags: 1) }
        let plain = try context.makeHash(.sha1)
        try plain.update(data)
        #expect(try hash.value() == plain.value())
    }

    @Test("refuses what it has not")
    func refusesWhatItHasNot() throws {
        let hash = try context.makeHash(.sha1)
        for id: UInt32 in [0, 3, 5, 6, 7, 99] {
            #expect(throws: CSPError(.badType, "")) { try hash.read(id, capacity: 64) }
        }
        for id: UInt32 in [0, 1, 3, 4, 6, 7, 99] {
            #expect(throws: CSPError(.badType, "")) { try hash.set(id, HashTests.data(64)) }
        }
        #expect(throws: CSPError(.badType, "")) { try hash.setHMAC(.sha1) }
        #expect(throws: CSPError(.invalidParameter, "")) { try hash.setParameter(2, data: nil, flags: 0) }
        for id: UInt32 in [0, 0x8006, 0x8007, 0x800A, 0x800B, 0x800F, 0x6602, 0x2400] {
            #expect(throws: CSPError(.badAlgID, "")) { try context.makeHash(AlgorithmID(rawValue: id)) }
        }
        let key = try HashTests.key(.rc2, HashTests.data(16), in: context)
        for id in [AlgorithmID.sha1, .ssl3SHAMD5] {
            #expect(throws: CSPError(.badKey, "")) { try context.makeHash(id, key: key, flags: 0) }
        }
    }

    @Test(
        "PROV_RSA_FULL has no SHA-2, PROV_RSA_AES has",
        arguments: [
            ("Microsoft Base Cryptographic Provider v1.0", false),
            ("Microsoft Enhanced Cryptographic Provider v1.0", false),
            ("Microsoft Strong Cryptographic Provider", false),
            ("Microsoft Enhanced RSA and AES Cryptographic Provider", true),
        ])
    func sha2(_ provider: String, _ hasSHA2: Bool) throws {
        let context = try HashTests.context(provider)
        for id in [AlgorithmID.md2, .md4, .md5, .sha1, .ssl3SHAMD5] { _ = try context.makeHash(id) }
        let key = try HashTests.key(.rc2, HashTests.data(5), in: context)
        for id in [AlgorithmID.hmac, .mac] { _ = try context.makeHash(id, key: key, flags: 0) }
        for id in [AlgorithmID.sha256, .sha384, .sha512] {
            if hasSHA2 {
                _ = try context.makeHash(id)
                _ = try context.makeHMAC(id, key: key)
            } else {
                #expect(throws: CSPError(.badAlgID, "")) { try context.makeHash(id) }
                #expect(throws: CSPError(.badAlgID, "")) { try context.makeHMAC(id, key: key) }
            }
        }
    }

    @Test(
        "providers enumerate RSA and the hashes",
        arguments: [
            "Microsoft Base Cryptographic Provider v1.0", "Microsoft Enhanced RSA and AES Cryptographic Provider",
        ])
    func enumeration(_ provider: String) throws {
        let ciphers: Set<UInt32> = [0x6601, 0x6602, 0x6603, 0x6609, 0x6801, 0x660E, 0x660F, 0x6610]
        let listed = try ProviderProfile.find(name: provider, type: nil).algorithms.filter {
            !ciphers.contains($0.id.rawValue)
        }
        let common = ["RSA_SIGN", "RSA_KEYX", "SHA-1", "MD2", "MD4", "MD5", "SSL3 SHAMD5", "MAC", "HMAC"]
        let sha2 = ["SHA-256", "SHA-384", "SHA-512"]
        #expect(listed.map(\.name) == common + (provider.contains("AES") ? sha2 : []))
        let bits = listed.filter { $0.id.rawValue & 0xE000 == 0x8000 }.map(\.defaultBits)
        #expect(bits.prefix(7) == [160, 128, 128, 128, 288, 0, 0])
    }

    @Test("is dead with its context")
    func isDeadWithItsContext() throws {
        let hash = try context.makeHash(.sha1)
        context.release()
        #expect(throws: CSPError(.invalidParameter, "")) { try hash.update([1]) }
        #expect(throws: CSPError(.invalidParameter, "")) { try hash.value() }
        #expect(throws: CSPError(.invalidParameter, "")) { try hash.duplicate() }
        #expect(throws: CSPError(.invalidParameter, "")) { try hash.read(1, capacity: 4) }
        #expect(throws: CSPError(.invalidParameter, "")) { try context.makeHash(.sha1) }
    }

    // MARK: - SSL3_SHAMD5

    @Test("SSL3_SHAMD5 takes 36 bytes as its value and no data")
    func ssl3SHAMD5() throws {
        let hash = try context.makeHash(.ssl3SHAMD5)
        #expect(try hash.read(4, capacity: 4).bytes == littleEndian(36))
        #expect(try hash.read(2, capacity: nil).length == 36)
        #expect(throws: CSPError(.badAlgID, "")) { try hash.update([1]) }
        #expect(throws: CSPError(.badHashState, "")) { try hash.value() }
        let value = HashTests.data(36)
        try hash.set(2, value)
        #expect(try hash.value() == value)
        #expect(try hash.duplicate().value() == value)
        #expect(throws: CSPError(.badAlgID, "")) { try hash.update([1]) }
    }
}
