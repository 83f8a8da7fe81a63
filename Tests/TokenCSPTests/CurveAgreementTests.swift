import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("Agreement on elliptic curves")
struct CurveAgreementTests {
    static let provider = EllipticCurveTests.provider

    private func make(_ key: Key, _ algorithm: AlgorithmID, flags: UInt32 = 0) throws {
        try littleEndian(algorithm.rawValue).withUnsafeBufferPointer {
            try key.setParameter(KeyParameter.algID, data: $0.baseAddress, flags: flags)
        }
    }

    @Test("gives two contexts the same session key", arguments: EllipticCurveTests.curves)
    func givesTwoContextsTheSameKey(bits: UInt32) throws {
        let bench = try Workbench()
        let alice = try bench.create("alice", provider: Self.provider)
        let bob = try bench.ephemeral(provider: Self.provider)
        let hers = try alice.generateKey(.ecdh, flags: bits << 16)
        // Many, for a coordinate that begins with zeros.
        for round in 0..<8 {
            let his = try bob.generateKey(round == 0 ? .ecdh : .ecdhEphemeral, flags: bits << 16)
            let keys = [
                try alice.imported(his.publicKeyBlob(), under: hers, flags: .exportable),
                try bob.imported(hers.publicKeyBlob(), under: his, flags: .exportable),
            ]
            for key in keys {
                #expect(key.algorithm == .agreedKeyAny)
                #expect(try key.dword(KeyParameter.algID) == 0xAA03)
                refused(.badKeyState) { try key.exported(7) }
                refused(.badAlgID) { try make(key, .tripleDES) }
                refused(.badData) { try make(key, .aes128, flags: 256 << 16) }
                refused(.badFlags) { try make(key, .aes128, flags: 0x20) }
                try make(key, .aes256)
                refused(.badType) { try make(key, .aes256) }
                #expect(try key.dword(KeyParameter.algID) == 0x6610)
                #expect(try key.dword(KeyParameter.keyLen) == 256)
            }
            #expect(try keys[0].exported(8) == keys[1].exported(8))
        }
        #expect(try bench.objects().filter { $0.objectClass == ObjectClass.secretKey.rawValue }.isEmpty)
    }

    @Test("needs a private key on the same curve")
    func needsAPrivateKeyOnTheSameCurve() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral(provider: Self.provider)
        let own = try context.generateKey(.ecdh, flags: 0)
        let other = try context.generateKey(.ecdhEphemeral, flags: 384 << 16)
        refused(.badData) { try context.imported(other.publicKeyBlob(), under: own) }
        let theirs = try context.imported(own.publicKeyBlob())
        refused(.noKey) { try context.imported(own.publicKeyBlob(), under: theirs) }
        let session = try context.generateKey(cipher: .aes128)
        refused(.badKey) { try context.imported(own.publicKeyBlob(), under: session) }
        let agreed = try context.imported(own.publicKeyBlob(), under: own)
        refused(.badKeyState) { try context.imported(own.publicKeyBlob(), under: agreed) }
        var length: UInt32 = 0
        refused(.badKeyState) {
            try agreed.encrypt(hash: nil, final: true, flags: 0, data: nil, length: &length, capacity: 0)
        }
    }

    @Test("ephemeral keys are gone with their handles")
    func ephemeralKeysAreGone() throws {
        let bench = try Workbench()
        let context = try bench.create("alice", provider: Self.provider)
        do {
            let key = try context.generateKey(.ecdhEphemeral, flags: 0)
            #expect(try bench.sessionObjects(.privateKey) == 1)
            refused(.noKey) { try context.userKey(.keyExchange) }
            try key.destroy()
        }
        #expect(try bench.objects().filter { !$0.isOnToken }.isEmpty)
    }
}
