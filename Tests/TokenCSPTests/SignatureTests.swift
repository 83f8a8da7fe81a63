import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("A signature")
struct SignatureTests {
    private let noHashOID: UInt32 = 1
    private let bench: Workbench
    private let context: Context
    private let key: Key

    init() throws {
        bench = try Workbench()
        context = try bench.create("alice")
        key = try context.generateKey(.signature, bits: 1024)
    }

    private func hash(_ algorithm: AlgorithmID, _ text: String = "some text") throws -> Hash {
        let hash = try context.makeHash(algorithm)
        try hash.update(Array(text.utf8))
        return hash
    }

    @Test("is verified by openssl, reversed, and by us")
    func isVerifiedByOpenSSL() throws {
        let algorithms: [(AlgorithmID, String)] = [
            (.md5, "md5"), (.sha1, "sha1"), (.sha256, "sha256"), (.sha384, "sha384"), (.sha512, "sha512"),
        ]
        let pem = try key.publicKey().pem()
        for (algorithm, name) in algorithms {
            let signature = try hash(algorithm).sign(.signature)
            #expect(signature.count == 128)
            #expect(try Tool.opensslVerifies(signature, of: "some text", pem: pem, digest: name))
            #expect(try !Tool.opensslVerifies(signature.reversed(), of: "some text", pem: pem, digest: name))
            try hash(algorithm).verify(signature, key: key)
            try hash(algorithm).verify(signature, key: context.userKey(.signature))
        }
    }

    @Test("is verified with a public key that was imported, without a token")
    func isVerifiedWithAnImportedKey() throws {
        let signature = try hash(.sha256).sign(.signature)
        let blob = try key.publicKeyBlob()
        let other = try Context.acquire(flags: .verifyContext, configuration: Configuration())
        let imported = try other.importKey(blob)
        #expect(imported.placement == .host)
        #expect(imported.algorithm == .rsaSign)
        #expect(imported.spec == nil)
        #expect(try imported.publicKey() == key.publicKey())
        #expect(try imported.publicKeyBlob() == blob)
        #expect(try imported.permissions() == 0x3B)
        let hash = try other.makeHash(.sha256)
        try hash.update(Array("some text".utf8))
        try hash.verify(signature, key: imported)
        refused(.badKey) { try imported.sign([1, 2, 3]) }
        refused(.badKey) { try imported.report() }
        try imported.destroy()
        refused(.invalidParameter) { try hash.verify(signature, key: imported) }
    }

    @Test("of other data, another hash, another key or with a bit changed is NTE_BAD_SIGNATURE")
    func ofOtherData() throws {
        let signature = try hash(.sha256).sign(.signature)
        refused(.badSignature) { try hash(.sha256, "other text").verify(signature, key: key) }
        refused(.badSignature) { try hash(.sha512).verify(signature, key: key) }
        let other = try context.generateKey(.keyExchange, bits: 1024)
        refused(.badSignature) { try hash(.sha256).verify(signature, key: other) }
        for place in [0, 64, 127] {
            var changed = signature
            changed[place] ^= 1
            refused(.badSignature) { try hash(.sha256).verify(changed, key: key) }
        }
    }

    @Test("of a wrong length is NTE_BAD_SIGNATURE, naming both")
    func ofAWrongLength() throws {
        for length in [0, 1, 127, 129, 256] {
            let bytes = [UInt8](repeating: 0, count: length)
            let hash = try hash(.sha256)
            bytes.withUnsafeBytes { bytes in
                _ = refused(.badSignature, naming: ["\(length) bytes", "128"]) {
                    try hash.verify(bytes, key: key, flags: 0)
                }
            }
            refused(.badSignature) { try hash.verify(bytes, key: key) }
        }
    }

    @Test("with CRYPT_NOHASHOID has no DigestInfo")
    func withNoHashOID() throws {
        let value = try hash(.sha256).value()
        let signature = try hash(.sha256).sign(.signature, flags: noHashOID)
        let padded = [0, 1] + [UInt8](repeating: 0xFF, count: 128 - 3 - 32) + [0] + value
        #expect(try key.publicKey().rsa?.verify(signature: signature.reversed(), encodedMessage: value) == true)
        #expect(padded.count == 128)
        try hash(.sha256).verify(signature, key: key, flags: noHashOID)
        refused(.badSignature) { try hash(.sha256).verify(signature, key: key) }
        refused(.badSignature) { try hash(.sha256).verify(hash(.sha256).sign(.signature), key: key, flags: noHashOID) }
    }

    @Test(
        "without a DigestInfo is taken for MD5 and SHA-1 though nobody asked, as on Windows",
        arguments: [
            AlgorithmID.md5, .sha1,
        ])
    func withoutADigestInfo(algorithm: AlgorithmID) throws {
        let bare = try hash(algorithm).sign(.signature, flags: noHashOID)
        try hash(algorithm).verify(bare, key: key)
        refused(.badSignature) { try hash(algorithm, "other").verify(bare, key: key) }
        let full = try hash(algorithm).sign(.signature)
        refused(.badSignature) { try hash(algorithm).verify(full, key: key, flags: noHashOID) }
    }

    @Test("takes no other flags")
    func takesNoOtherFlags() throws {
        for flags: UInt32 in [2, 4, 0x8000_0000] {
            refused(.badFlags) { try hash(.sha256).sign(.signature, flags: flags) }
            refused(.badFlags) { try hash(.sha256).verify([UInt8](repeating: 0, count: 128), key: key, flags: flags) }
        }
    }

    @Test("is made by the two-call protocol; the size query asks for no PIN and leaves the hash open")
    func isMadeByTheTwoCallProtocol() throws {
        let reader = try bench.open("alice", configuration: bench.withoutPIN)
        let unfinished = try reader.makeHash(.sha1)
        var length: UInt32 = 0
        try unfinished.sign(rawSpec: 2, flags: 0, data: nil, length: &length)
        #expect(length == 128)
        try unfinished.update([1])

        let hash = try hash(.sha1)
        var buffer = [UInt8](repeating: 0, count: 128)
        length = 127
        refused(.moreData, naming: ["127", "128"]) {
            try hash.sign(rawSpec: 2, flags: 0, data: &buffer, length: &length)
        }
        #expect(length == 128)
        length = 4096
        try hash.sign(rawSpec: 2, flags: 0, data: &buffer, length: &length)
        #expect(length == 128)
        try self.hash(.sha1).verify(buffer, key: key)
        for spec: UInt32 in [0, 3, 0xFFFF_FFFF] {
            refused(.badAlgID) { try hash.sign(rawSpec: spec, flags: 0, data: &buffer, length: &length) }
        }
        refused(.noKey) { try hash.sign(rawSpec: 1, flags: 0, data: &buffer, length: &length) }
    }

    @Test("may be made and checked with an AT_KEYEXCHANGE pair")
    func mayBeMadeWithAnExchangePair() throws {
        let exchange = try context.generateKey(.keyExchange, bits: 1024)
        let signature = try hash(.sha256).sign(.keyExchange)
        try hash(.sha256).verify(signature, key: exchange)
        #expect(try Tool.opensslVerifies(signature, of: "some text", pem: exchange.publicKey().pem()))
    }

    @Test("needs a key with a public half to be checked")
    func needsAPublicHalf() throws {
        let secret = try context.generateKey(cipher: .aes128)
        refused(.badKey) { try hash(.sha256).verify([UInt8](repeating: 0, count: 128), key: secret) }
        refused(.badKey) { try secret.sign([1]) }
    }

    @Test("is made by many threads at once with one context")
    func isMadeByManyThreads() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    for round in 0..<10 { try self.context.proves(.signature, "\(index) \(round)", key: self.key) }
                }
            }
            try await group.waitForAll()
        }
    }
}
