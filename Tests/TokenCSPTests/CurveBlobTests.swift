import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("Blobs of keys on elliptic curves")
struct CurveBlobTests {
    static let provider = EllipticCurveTests.provider
    static let kinds: [(AlgorithmID, UInt32, String)] = [
        (.ecdsa, 256, "ECS1"), (.ecdsa, 384, "ECS3"), (.ecdsa, 521, "ECS5"), (.ecdh, 256, "ECK1"), (.ecdh, 384, "ECK3"),
        (.ecdh, 521, "ECK5"),
    ]

    /// RFC 8032, section 7.1, test 1: the public key, and then the seed.
    static let edwards: [UInt8] =
        [
            0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1,
            0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
        ] + [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
            0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
        ]

    private func edwardsBlob(_ type: UInt8) -> [UInt8] {
        [type, 2, 0, 0, 0x01, 0x30, 0, 0] + Array("EDS".utf8) + [type == 7 ? 0x32 : 0x31, 32, 0, 0, 0]
            + Self.edwards.prefix(type == 7 ? 64 : 32)
    }

    @Test("of Ed25519 come in; SoftHSM lets none out")
    func ofEd25519() throws {
        let bench = try Workbench()
        for context in [
            try bench.create("alice", provider: Self.provider), try bench.ephemeral(provider: Self.provider),
        ] {
            let key = try context.imported(edwardsBlob(7), flags: .exportable)
            for line in try key.report().lines { #expect(line.agrees, "\(line)") }
            #expect(try key.publicKeyBlob() == edwardsBlob(6))
            let hash = try context.makeHash(.sha256)
            try hash.update([1, 2, 3])
            let signature = try hash.sign(.signature)
            let verifier = try context.imported(edwardsBlob(6))
            try hash.verify(signature, key: verifier)
            #expect(try Tool.opensslVerifies(curve: signature, of: hash.digest(), pem: key.publicKey().pem()))
            refused(.notSupported) { try key.exported(7) }
            #expect(try key.size(7) == 80)
            refused(.badKeyState) { try context.imported(edwardsBlob(7)).exported(7) }
        }
    }

    @Test("lead from one container to another, and back to the same bytes", arguments: kinds)
    func leadFromOneContainerToAnother(algorithm: AlgorithmID, bits: UInt32, magic: String) throws {
        let bench = try Workbench()
        let context = try bench.create("alice", provider: Self.provider)
        let key = try context.generateKey(algorithm, flags: KeyFlags.exportable.with(bits: bits))
        let publicBlob = try key.publicKeyBlob()
        #expect(publicBlob[8..<12].elementsEqual(magic.utf8))
        #expect(publicBlob[4..<8].elementsEqual(littleEndian(algorithm.rawValue)))
        let width = (Int(bits) + 7) / 8
        #expect(publicBlob.count == 16 + 2 * width)
        let blob = try key.exported(7)
        #expect(blob.count == publicBlob.count + width)
        #expect(blob[12..<publicBlob.count] == publicBlob[12...])
        #expect(blob[11] == publicBlob[11] + 1)

        for other in [
            try bench.create("bob", provider: Self.provider), try bench.ephemeral(provider: Self.provider),
        ] {
            let imported = try other.imported(blob, flags: .exportable)
            #expect(try imported.publicKey() == key.publicKey())
            #expect(try imported.exported(7) == blob)
            for line in try imported.report().lines { #expect(line.agrees, "\(line)") }
            if algorithm == .ecdh {
                let peer = try context.generateKey(.ecdhEphemeral, flags: bits << 16)
                _ = try other.imported(peer.publicKeyBlob(), under: imported)
            } else {
                try other.proves(.signature, key: key)
            }
            let fixed = try other.imported(blob)
            refused(.badKeyState) { try fixed.exported(7) }
        }
        let verifier = try bench.ephemeral(provider: Self.provider).imported(publicBlob + [1, 2, 3])
        #expect(try verifier.publicKeyBlob() == publicBlob)
    }

    @Test("under a session key are encrypted behind the header")
    func underASessionKey() throws {
        let bench = try Workbench()
        let context = try bench.create("alice", provider: Self.provider)
        let key = try context.generateKey(.ecdsa, flags: KeyFlags.exportable.rawValue)
        let wrapping = try context.generateKey(cipher: .aes256)
        var length: UInt32 = 0
        try key.export(7, under: wrapping, flags: 0, data: nil, length: &length)
        var blob = [UInt8](repeating: 0, count: Int(length))
        try blob.withUnsafeMutableBufferPointer {
            try key.export(7, under: wrapping, flags: 0, data: $0.baseAddress, length: &length)
        }
        let imported = try bench.create("bob", provider: Self.provider).imported(blob, under: wrapping)
        #expect(try imported.publicKey() == key.publicKey())
    }

    @Test(
        "cut off at every length, and with any field wrong, change nothing",
        arguments: kinds + [(.ed25519, 255, "EDS1")])
    func cutOffOrWrong(algorithm: AlgorithmID, bits: UInt32, magic: String) throws {
        let bench = try Workbench()
        let maker = try bench.ephemeral(provider: Self.provider)
        var blobs = [edwardsBlob(6), edwardsBlob(7)]
        if algorithm != .ed25519 {
            let key = try maker.generateKey(algorithm, flags: KeyFlags.exportable.with(bits: bits))
            blobs = try [key.publicKeyBlob(), key.exported(7)]
        }
        let context = try bench.create("alice", provider: Self.provider)
        let before = try bench.objects()
        for blob in blobs {
            for count in 0..<blob.count {
                refused(.badData) { try context.imported(Array(blob.prefix(count))) }
            }
            func wrong(_ code: ErrorCode, at offset: Int, _ change: UInt8 = 1) {
                var bytes = blob
                bytes[offset] ^= change
                refused(code) { try context.imported(bytes) }
            }
            wrong(.badVer, at: 1)
            wrong(.badData, at: 2)
            for offset in 8..<16 { wrong(.badData, at: offset, 0x10) }
            wrong(.badData, at: 11, 2)
            if algorithm != .ed25519 || blob[0] == 7 {
                for offset in [16, 16 + Int(bits) / 16, blob.count - 1] { wrong(.badData, at: offset) }
            }
            // The algorithms of other curves, of other uses and of other families.
            for other in [AlgorithmID.ecdsa, .ecdh, .ed25519] where other != algorithm {
                refused(.badData) { try context.imported(blob[..<4] + littleEndian(other.rawValue) + blob[8...]) }
            }
            refused(.badData) {
                try context.imported(blob[..<4] + littleEndian(AlgorithmID.rsaSign.rawValue) + blob[8...])
            }
            refused(.badData) { try bench.ephemeral().imported(blob) }
        }
        // Zero, and what is beyond the order, is no private key.
        let start = blobs[0].count
        if algorithm != .ed25519 {
            for fill in [0x00, 0xFF] as [UInt8] {
                refused(.badData) {
                    try context.imported(blobs[1][..<start] + [UInt8](repeating: fill, count: blobs[1].count - start))
                }
            }
        }
        #expect(try bench.objects().filter(\.isOnToken) == before.filter(\.isOnToken))
    }
}
