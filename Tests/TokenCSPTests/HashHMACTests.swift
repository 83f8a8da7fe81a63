import Testing

@testable import TokenCSP

@Suite("HMAC")
struct HashHMACTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        let hash: AlgorithmID
        let key: [UInt8]
        let message: [UInt8]
        let code: String
        var testDescription: String { "\(name), \(hash)" }
    }

    /// RFC 2202, sections 2 and 3, and RFC 4231, section 4: test cases by number.
    static let published: [Vector] = {
        let counting = [UInt8](1...25)
        func fill(_ byte: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }
        let large = HashTests.text("Test Using Larger Than Block-Size Key - Hash Key First")
        let larger = HashTests.text("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data")
        let question = HashTests.text("what do ya want for nothing?")
        var all: [Vector] = []
        func add(_ name: String, _ hash: AlgorithmID, _ key: [UInt8], _ message: [UInt8], _ code: String) {
            all.append(Vector(name: name, hash: hash, key: key, message: message, code: code))
        }
        add("RFC 2202 1", .md5, fill(0x0B, 16), HashTests.text("Hi There"), "9294727a3638bb1c13f48ef8158bfc9d")
        add("RFC 2202 2", .md5, HashTests.text("Jefe"), question, "750c783e6ab0b503eaa86e310a5db738")
        add("RFC 2202 3", .md5, fill(0xAA, 16), fill(0xDD, 50), "56be34521d144c88dbb8c733f0e8b3f6")
        add("RFC 2202 4", .md5, counting, fill(0xCD, 50), "697eaf0aca3a3aea3a75164746ffaa79")
        add(
            "RFC 2202 5", .md5, fill(0x0C, 16), HashTests.text("Test With Truncation"),
            "56461ef2342edc00f9bab995690efd4c")
        add("RFC 2202 6", .md5, fill(0xAA, 80), large, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd")
        add("RFC 2202 7", .md5, fill(0xAA, 80), larger, "6f630fad67cda0ee1fb1f562db3aa53e")
        add("RFC 2202 1", .sha1, fill(0x0B, 20), HashTests.text("Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00")
        add("RFC 2202 2", .sha1, HashTests.text("Jefe"), question, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
        add("RFC 2202 3", .sha1, fill(0xAA, 20), fill(0xDD, 50), "125d7342b9ac11cd91a39af48aa17b4f63f175d3")
        add("RFC 2202 4", .sha1, counting, fill(0xCD, 50), "4c9007f4026250c6bc8414f9bf50c86c2d7235da")
        add(
            "RFC 2202 5", .sha1, fill(0x0C, 20), HashTests.text("Test With Truncation"),
            "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04")
        add("RFC 2202 6", .sha1, fill(0xAA, 80), large, "aa4ae5e15272d00e95705637ce8a3b55ed402112")
        add("RFC 2202 7", .sha1, fill(0xAA, 80), larger, "e8e99d0f45237d786d6bbaa7965c7808bbff1a91")
        add(
            "RFC 4231 1", .sha256, fill(0x0B, 20), HashTests.text("Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        add(
            "RFC 4231 2", .sha256, HashTests.text("Jefe"), question,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        add(
            "RFC 4231 6", .sha256, fill(0xAA, 131), large,
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        add(
            "RFC 4231 1", .sha384, fill(0x0B, 20), HashTests.text("Hi There"),
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6")
        add(
            "RFC 4231 2", .sha384, HashTests.text("Jefe"), question,
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649")
        add(
            "RFC 4231 6", .sha384, fill(0xAA, 131), large,
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952")
        add(
            "RFC 4231 1", .sha512, fill(0x0B, 20), HashTests.text("Hi There"),
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854")
        add(
            "RFC 4231 2", .sha512, HashTests.text("Jefe"), question,
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737")
        add(
            "RFC 4231 6", .sha512, fill(0xAA, 131), large,
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                + "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598")
        return all
    }()

    let context: Context

    init() throws { context = try HashTests.context() }

    private func key(_ bytes: [UInt8]) throws -> Key { try HashTests.key(.rc2, bytes, in: context) }

    @Test("gives the published code, and cut anywhere", arguments: published)
    func givesThePublishedCode(_ vector: Vector) throws {
        let key = try key(vector.key)
        let whole = try context.makeHMAC(vector.hash, key: key)
        try whole.update(vector.message)
        #expect(HashTests.hex(try whole.value()) == vector.code)
        #expect(HashTests.hex(try whole.read(2, capacity: 64).bytes) == vector.code)
        let pieces = try context.makeHash(.hmac, key: key, flags: 0)
        try pieces.setInfo(vector.hash.rawValue, (nil, 0), (nil, 0))
        for byte in vector.message { try pieces.update([byte]) }
        #expect(HashTests.hex(try pieces.value()) == vector.code)
    }

    @Test("a key of any length comes in as a PLAINTEXTKEYBLOB with CRYPT_IPSEC_HMAC_KEY", arguments: published)
    func importedKeys(_ vector: Vector) throws {
        let header: [UInt8] = [8, 2, 0, 0] + littleEndian(AlgorithmID.rc2.rawValue)
        let blob = header + littleEndian(UInt32(vector.key.count)) + vector.key
        let key = try blob.withUnsafeBytes { try context.importKey($0, under: nil, flags: 0x100) }
        let hmac = try context.makeHMAC(vector.hash, key: key)
        try hmac.update(vector.message)
        #expect(HashTests.hex(try hmac.value()) == vector.code)
    }

    @Test(
        "agrees with openssl", arguments: [AlgorithmID.md4, .md5, .sha1, .sha256, .sha384, .sha512],
        [1, 63, 64, 65, 128, 129])
    func agreesWithOpenSSL(_ hash: AlgorithmID, _ count: Int) throws {
        let names: [AlgorithmID: String] = [
            .md4: "md4", .md5: "md5", .sha1: "sha1", .sha256: "sha256", .sha384: "sha384", .sha512: "sha512",
        ]
        let (bytes, message) = (HashTests.data(count), HashTests.data(1000))
        let hmac = try context.makeHMAC(hash, key: key(bytes))
        try hmac.update(message)
        let expected = try HashTests.openssl(
            [
                "dgst", "-provider", "legacy", "-provider", "default", "-binary", "-\(names[hash] ?? "")", "-mac",
                "HMAC",
                "-macopt", "hexkey:" + HashTests.hex(bytes),
            ], message)
        #expect(try hmac.value() == expected)
    }

    @Test("the strings that are RFC 2104's give its code", arguments: [AlgorithmID.md2, .md5, .sha1, .sha256, .sha512])
    func theUsualStrings(_ hash: AlgorithmID) throws {
        let key = try key(HashTests.data(40))
        let size = hash == .sha512 ? 128 : 64
        let (usual, custom) = (try context.makeHMAC(hash, key: key), try context.makeHMAC(hash, key: key))
        try custom.setHMAC(
            hash, innerString: [UInt8](repeating: 0x36, count: size), outerString: [UInt8](repeating: 0x5C, count: size)
        )
        for hmac in [usual, custom] { try hmac.update([1, 2, 3]) }
        #expect(try usual.value() == custom.value())
    }

    @Test(
        "strings of any length go in whole, with the key over their beginning",
        arguments: [17, 64, 136, 200, 1024, 5000])
    func stringsOfAnyLength(_ count: Int) throws {
        let (bytes, message) = (HashTests.data(16), HashTests.text("message"))
        for strings in [
            ([UInt8](repeating: 0, count: count), [UInt8](repeating: 0, count: count)),
            (HashTests.data(count), HashTests.data(count).reversed()),
        ] {
            let hmac = try context.makeHash(.hmac, key: key(bytes), flags: 0)
            try strings.0.withUnsafeBufferPointer { inner in
                try strings.1.withUnsafeBufferPointer { outer in
                    try hmac.setInfo(
                        AlgorithmID.sha1.rawValue, (inner.baseAddress, UInt32(count)),
                        (outer.baseAddress, UInt32(count)))
                }
            }
            try hmac.update(message)
            let inner = try sha1(masked(bytes, strings.0) + message)
            #expect(try hmac.value() == sha1(masked(bytes, strings.1) + inner))
        }
    }

    private func masked(_ key: [UInt8], _ string: [UInt8]) -> [UInt8] {
        let size = max(64, string.count)
        func filled(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: size - bytes.count) }
        return zip(filled(key), filled(string)).map { $0 ^ $1 }
    }

    private func sha1(_ bytes: [UInt8]) throws -> [UInt8] {
        try HashTests.openssl(["dgst", "-sha1", "-binary"], bytes)
    }

    @Test("one string alone may be given")
    func oneStringAlone() throws {
        let key = try key([1])
        let usual = try context.makeHMAC(.sha1, key: key)
        let inner = try context.makeHMAC(.sha1, key: key)
        try inner.setHMAC(.sha1, innerString: [UInt8](repeating: 0x36, count: 64))
        let outer = try context.makeHMAC(.sha1, key: key)
        try outer.setHMAC(.sha1, outerString: [UInt8](repeating: 0x5C, count: 64))
        #expect(try usual.value() == inner.value())
        #expect(try usual.value() == outer.value())
    }

    @Test("a key of a stream cipher will do, as in Microsoft's example")
    func aStreamCiphersKey() throws {
        let (block, stream) = (try key([1, 2, 3, 4, 5]), try HashTests.key(.rc4, [1, 2, 3, 4, 5], in: context))
        #expect(try context.makeHMAC(.sha1, key: block).value() == context.makeHMAC(.sha1, key: stream).value())
    }

    // MARK: - The state machine

    @Test("wants HP_HMAC_INFO before data and value; its size follows the hash")
    func wantsItsHash() throws {
        let hmac = try context.makeHash(.hmac, key: key([1]), flags: 0)
        #expect(try hmac.read(1, capacity: 4).bytes == littleEndian(0x8009))
        #expect(try hmac.read(4, capacity: 4).bytes == littleEndian(0))
        #expect(throws: CSPError(.badHashState, "")) { try hmac.update([1]) }
        #expect(throws: CSPError(.badHashState, "")) { try hmac.value() }
        #expect(throws: CSPError(.badHashState, "")) { try hmac.read(2, capacity: 64) }
        #expect(throws: CSPError(.badHashState, "")) { try hmac.setValue([]) }
        for (hash, size) in [(AlgorithmID.md5, 16), (.sha1, 20), (.sha512, 64)] {
            try hmac.setInfo(hash.rawValue, (nil, 0), (nil, 0))
            #expect(try hmac.read(4, capacity: 4).bytes == littleEndian(UInt32(size)))
            #expect(try hmac.read(2, capacity: nil).length == size)
        }
        #expect(try hmac.read(1, capacity: 4).bytes == littleEndian(0x8009))
    }

    @Test("refuses HP_HMAC_INFO after data and after the value")
    func refusesItsHashAfterData() throws {
        let hmac = try context.makeHMAC(.sha1, key: key([1]))
        try hmac.update([1])
        #expect(throws: CSPError(.badHashState, "")) { try hmac.setHMAC(.md5) }
        let finished = try context.makeHMAC(.sha1, key: key([1]))
        _ = try finished.value()
        #expect(throws: CSPError(.badHashState, "")) { try finished.setHMAC(.md5) }
        #expect(throws: CSPError(.badHashState, "")) { try finished.update([1]) }
    }

    @Test("refuses bad HMAC_INFOs")
    func refusesBadInfos() throws {
        let hmac = try context.makeHash(.hmac, key: key([1]), flags: 0)
        for id: UInt32 in [0, 0x8005, 0x8008, 0x8009, 0x6602] {
            #expect(throws: CSPError(.badAlgID, "")) { try hmac.setInfo(id, (nil, 0), (nil, 0)) }
        }
        let sha1 = AlgorithmID.sha1.rawValue
        let byte = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
        defer { byte.deallocate() }
        byte.pointee = 0
        #expect(throws: CSPError(.invalidParameter, "")) { try hmac.setInfo(sha1, (nil, 1), (nil, 0)) }
        #expect(throws: CSPError(.invalidParameter, "")) { try hmac.setInfo(sha1, (nil, 0), (nil, 64)) }
        #expect(throws: CSPError(.invalidParameter, "")) {
            try hmac.setInfo(sha1, (UnsafePointer(byte), 0xFFFF_FFFF), (nil, 0))
        }
        #expect(throws: CSPError(.invalidParameter, "")) {
            try hmac.setInfo(sha1, (nil, 0), (UnsafePointer(byte), 0x8000_0000))
        }
        #expect(throws: CSPError(.invalidParameter, "")) { try hmac.setParameter(5, data: nil, flags: 0) }
        // Programs leave a pointer unset where the length says that there is nothing.
        try hmac.setInfo(sha1, (UnsafePointer(bitPattern: 0x36), 0), (UnsafePointer(bitPattern: 0x5C), 0))
        #expect(try hmac.value() == context.makeHMAC(.sha1, key: key([1])).value())
    }

    @Test("a value can be set")
    func aValueCanBeSet() throws {
        let hmac = try context.makeHMAC(.sha1, key: key([1]))
        try hmac.set(2, HashTests.data(20))
        #expect(try hmac.value() == HashTests.data(20))
    }

    @Test("wants a key whose value is at hand")
    func wantsAKey() throws {
        #expect(throws: CSPError(.badKey, "")) { try context.makeHash(.hmac) }
        let numbers = try #require(RSAPublicKey(modulus: [0x80] + HashTests.data(63) + [1], publicExponent: 65537))
        let key = Key(context, .publicKey(.rsa(numbers)), .rsaKeyExchange, spec: nil, bits: numbers.bits)
        #expect(throws: CSPError(.badKey, "")) { try context.makeHash(.hmac, key: key, flags: 0) }
    }

    @Test("is over when its key is destroyed")
    func isOverWithItsKey() throws {
        let key = try key([1])
        let (fresh, begun, finished) = (
            try context.makeHash(.hmac, key: key, flags: 0), try context.makeHMAC(.sha1, key: key),
            try context.makeHMAC(.sha1, key: key)
        )
        let value = try finished.value()
        try key.destroy()
        #expect(throws: CSPError(.badKey, "")) { try fresh.setHMAC(.sha1) }
        #expect(throws: CSPError(.badKey, "")) { try begun.update([1]) }
        #expect(throws: CSPError(.badKey, "")) { try begun.value() }
        #expect(try finished.value() == value)
        #expect(throws: CSPError(.invalidParameter, "")) { try context.makeHash(.hmac, key: key, flags: 0) }
    }

    @Test("a duplicate is on its own, with and without its hash")
    func aDuplicateIsOnItsOwn() throws {
        let key = try key([1])
        let original = try context.makeHMAC(.sha1, key: key)
        try original.update([1])
        let copy = try original.duplicate()
        _ = try copy.value()
        try original.update([2])
        let whole = try context.makeHMAC(.sha1, key: key)
        try whole.update([1, 2])
        #expect(try original.value() == whole.value())
        #expect(try copy.value() != whole.value())

        let bare = try context.makeHash(.hmac, key: key, flags: 0)
        let bareCopy = try bare.duplicate()
        try bare.setHMAC(.md5)
        #expect(try bareCopy.valueSize() == 0)
        try bareCopy.setHMAC(.sha1)
        try bareCopy.update([1, 2])
        #expect(try bareCopy.value() == whole.value())
    }
}
