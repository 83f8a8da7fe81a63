import Foundation
import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("Signing hashes")
final class HashSignTests {
    let context: Context
    let key: Key

    init() throws {
        let token = try TestToken.make()
        context = try Context.acquire(
            provider: "TokenCSP RSA and AES Provider", flags: .verifyContext,
            configuration: Configuration(tokenURI: token.uri))
        key = try context.generateKey(.signature, bits: 1024)
    }

    deinit { context.release() }

    /// What openssl finds in a signature of CryptoAPI's byte order, after it has checked the padding.
    private func signed(_ signature: [UInt8]) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory
        let file = folder.appending(path: UUID().uuidString + ".pem")
        try Data(try key.publicKey().subjectPublicKeyInfo()).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try HashTests.openssl(
            ["pkeyutl", "-verifyrecover", "-pubin", "-keyform", "DER", "-inkey", file.path()], signature.reversed())
    }

    @Test("openssl finds the DigestInfo, or with CRYPT_NOHASHOID the bare value", arguments: HashKind.allCases)
    func opensslFindsTheDigestInfo(_ kind: HashKind) throws {
        let hash = try context.makeHash(AlgorithmID(rawValue: try #require(HashDigestTests.identifiers[kind])))
        try hash.update(HashTests.text("abc"))
        #expect(try signed(hash.sign(.signature)) == DigestInfo.encode(kind, digest: hash.value()))
        #expect(try signed(hash.sign(.signature, flags: 1)) == hash.value())
    }

    @Test(
        "a bare signature verifies with CRYPT_NOHASHOID, and of the old hashes without it too",
        arguments: HashKind.allCases)
    func bareSignatures(_ kind: HashKind) throws {
        let hash = try context.makeHash(AlgorithmID(rawValue: try #require(HashDigestTests.identifiers[kind])))
        try hash.update(HashTests.text("abc"))
        let (whole, bare) = (try hash.sign(.signature), try hash.sign(.signature, flags: 1))
        try hash.verify(whole, key: key)
        try hash.verify(bare, key: key, flags: 1)
        #expect(throws: CSPError(.badSignature, "")) { try hash.verify(whole, key: key, flags: 1) }
        if [.md2, .md4, .md5, .sha1].contains(kind) {
            try hash.verify(bare, key: key)
        } else {
            #expect(throws: CSPError(.badSignature, "")) { try hash.verify(bare, key: key) }
        }
    }

    @Test("SSL3_SHAMD5 is signed as its 36 bytes", arguments: [UInt32(0), 1])
    func ssl3SHAMD5(_ flags: UInt32) throws {
        let hash = try context.makeHash(.ssl3SHAMD5)
        #expect(throws: CSPError(.badHashState, "")) { try hash.sign(.signature, flags: flags) }
        try hash.setValue(HashTests.data(36))
        let signature = try hash.sign(.signature, flags: flags)
        #expect(try signed(signature) == HashTests.data(36))
        try hash.verify(signature, key: key, flags: flags)
        let other = try context.makeHash(.ssl3SHAMD5)
        try other.setValue(HashTests.data(36).reversed())
        #expect(throws: CSPError(.badSignature, "")) { try other.verify(signature, key: key, flags: flags) }
    }

    @Test("refuses CRYPT_TYPE2_FORMAT, CRYPT_X931_FORMAT and what is no flag", arguments: [UInt32(2), 4, 5, 8, ~0])
    func refusesFlags(_ flags: UInt32) throws {
        let hash = try context.makeHash(.sha1)
        #expect(throws: CSPError(.badFlags, "")) { try hash.sign(.signature, flags: flags) }
        #expect(throws: CSPError(.badFlags, "")) {
            try hash.verify([UInt8](repeating: 1, count: 128), key: self.key, flags: flags)
        }
        // Neither ended the hash.
        try hash.update([1])
    }

    @Test("HMAC and MAC values are not signed")
    func keyedHashes() throws {
        let key = try HashTests.key(.rc2, HashTests.data(16), in: context)
        for hash in [try context.makeHMAC(.sha1, key: key), try context.makeMAC(key: key)] {
            for flags: UInt32 in [0, 1] {
                #expect(throws: CSPError(.badAlgID, "")) { try hash.sign(.signature, flags: flags) }
                #expect(throws: CSPError(.badAlgID, "")) {
                    try hash.verify([UInt8](repeating: 1, count: 128), key: self.key, flags: flags)
                }
            }
        }
    }

    @Test("signing ends the hash, the size query does not")
    func signingEndsTheHash() throws {
        let hash = try context.makeHash(.sha1)
        var length: UInt32 = 0
        try hash.sign(rawSpec: 2, flags: 0, data: nil, length: &length)
        #expect(length == 128)
        try hash.update([1])
        _ = try hash.sign(.signature)
        #expect(throws: CSPError(.badHashState, "")) { try hash.update([1]) }
    }
}
