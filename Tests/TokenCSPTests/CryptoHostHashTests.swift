import Testing

@testable import TokenCSP

@Suite("Hashes on the host")
struct CryptoHostHashTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let kind: HashKind
        let message: String
        let digest: String
        var testDescription: String { "\(kind) of \(message.utf8.count) bytes" }
    }

    /// RFC 1319, 1320 and 1321, appendix A.5; FIPS 180-4's examples (CSRC "Secure Hash Standard" example values).
    static let published: [Vector] = [
        Vector(kind: .md2, message: "", digest: "8350e5a3e24c153df2275c9f80692773"),
        Vector(kind: .md2, message: "a", digest: "32ec01ec4a6dac72c0ab96fb34c0b5d1"),
        Vector(kind: .md2, message: "abc", digest: "da853b0d3f88d99b30283a69e6ded6bb"),
        Vector(kind: .md2, message: "message digest", digest: "ab4f496bfb2a530b219ff33031fe06b0"),
        Vector(kind: .md2, message: digits, digest: "d5976f79d83d3a0dc9806c3c66f3efd8"),
        Vector(kind: .md4, message: "", digest: "31d6cfe0d16ae931b73c59d7e0c089c0"),
        Vector(kind: .md4, message: "a", digest: "bde52cb31de33e46245e05fbdbd6fb24"),
        Vector(kind: .md4, message: "abc", digest: "a448017aaf21d8525fc10ae87aa6729d"),
        Vector(kind: .md4, message: "message digest", digest: "d9130a8164549fe818874806e1c7014b"),
        Vector(kind: .md4, message: digits, digest: "e33b4ddc9c38f2199c3e7b164fcc0536"),
        Vector(kind: .md5, message: "", digest: "d41d8cd98f00b204e9800998ecf8427e"),
        Vector(kind: .md5, message: "a", digest: "0cc175b9c0f1b6a831c399e269772661"),
        Vector(kind: .md5, message: "abc", digest: "900150983cd24fb0d6963f7d28e17f72"),
        Vector(kind: .md5, message: "message digest", digest: "f96b697d7cb7938d525a2f31aaf161d0"),
        Vector(kind: .md5, message: digits, digest: "57edf4a22be3c955ac49da2e2107b67a"),
        Vector(kind: .sha1, message: "abc", digest: "a9993e364706816aba3e25717850c26c9cd0d89d"),
        Vector(kind: .sha1, message: twoBlocks256, digest: "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        Vector(
            kind: .sha256, message: "abc",
            digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        Vector(
            kind: .sha256, message: twoBlocks256,
            digest: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        Vector(
            kind: .sha384, message: "abc",
            digest: "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                + "8086072ba1e7cc2358baeca134c825a7"),
        Vector(
            kind: .sha384, message: twoBlocks512,
            digest: "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712"
                + "fcc7c71a557e2db966c3e9fa91746039"),
        Vector(
            kind: .sha512, message: "abc",
            digest: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
        Vector(
            kind: .sha512, message: twoBlocks512,
            digest: "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
                + "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"),
    ]

    static let digits = "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
    static let twoBlocks256 = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
    static let twoBlocks512 =
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
        + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"

    @Test("gives the published digest", arguments: published)
    func givesThePublishedDigest(_ vector: Vector) {
        let hash = HostHash(vector.kind)
        hash.add(vector.message)
        #expect(hash.finish().hex == vector.digest)
    }

    @Test("does not depend on how the data is cut", arguments: HashKind.allCases)
    func doesNotDependOnHowTheDataIsCut(_ kind: HashKind) {
        let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let whole = HostHash(kind)
        message.withUnsafeBytes { whole.update($0) }
        let expected = whole.finish()

        for step in [1, 7, kind.blockSize - 1, kind.blockSize, kind.blockSize + 1] {
            let hash = HostHash(kind)
            for start in stride(from: 0, to: message.count, by: step) {
                message[start..<min(start + step, message.count)].withUnsafeBytes { hash.update($0) }
                hash.update(UnsafeRawBufferPointer(start: nil, count: 0))
            }
            #expect(hash.finish() == expected)
        }
    }

    @Test("a duplicate and its original go separate ways", arguments: HashKind.allCases)
    func aDuplicateAndItsOriginalGoSeparateWays(_ kind: HashKind) {
        let original = HostHash(kind)
        original.add("common ")
        let duplicate = original.duplicate()
        duplicate.add("clone")
        #expect(duplicate.finish() == digest(kind, "common clone"))
        original.add("original")
        #expect(original.finish() == digest(kind, "common original"))
    }

    @Test("a duplicate outlives its original", arguments: HashKind.allCases)
    func aDuplicateOutlivesItsOriginal(_ kind: HashKind) {
        var original: HostHash? = HostHash(kind)
        original?.add("ab")
        let duplicate = original?.duplicate()
        original = nil
        duplicate?.add("c")
        #expect(duplicate?.finish() == digest(kind, "abc"))
    }

    @Test("finishing starts a new hash", arguments: HashKind.allCases)
    func finishingStartsANewHash(_ kind: HashKind) {
        let hash = HostHash(kind)
        hash.add("first")
        _ = hash.finish()
        hash.add("second")
        #expect(hash.finish() == digest(kind, "second"))
    }

    @Test("tells the published sizes")
    func tellsThePublishedSizes() {
        #expect(HashKind.allCases.map(\.digestSize) == [16, 16, 16, 20, 32, 48, 64])
        #expect(HashKind.allCases.map(\.blockSize) == [16, 64, 64, 64, 64, 128, 128])
        for kind in HashKind.allCases {
            #expect(HostHash(kind).digestSize == HostHash(kind).finish().count)
            #expect(HostHash(kind).blockSize == kind.blockSize)
        }
    }

    @Test("the DigestInfo prefix states the digest's length and the whole length", arguments: HashKind.allCases)
    func theDigestInfoPrefixStatesTheLengths(_ kind: HashKind) {
        let digest = [UInt8](repeating: 0xA5, count: kind.digestSize)
        let encoded = DigestInfo.encode(kind, digest: digest)
        #expect(Int(encoded[1]) == encoded.count - 2)
        #expect(Int(DigestInfo.prefix(kind).last ?? 0) == kind.digestSize)
        #expect(encoded.suffix(kind.digestSize) == digest[...])
    }

    private func digest(_ kind: HashKind, _ message: String) -> [UInt8] {
        let hash = HostHash(kind)
        hash.add(message)
        return hash.finish()
    }
}

extension HostHash {
    fileprivate func add(_ text: String) {
        Array(text.utf8).withUnsafeBytes { update($0) }
    }
}

extension [UInt8] {
    fileprivate var hex: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
