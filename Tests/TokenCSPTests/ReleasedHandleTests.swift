import TestTokens
import Testing

@testable import TokenCSP

@Suite("What was released or destroyed")
struct ReleasedHandleTests {
    @Test("is a context that answers ERROR_INVALID_PARAMETER to everything")
    func aReleasedContext() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024)
        let blob = try key.publicKeyBlob()
        try context.proves(.signature)
        context.release()
        context.release()
        let calls: [(String, () throws -> Void)] = [
            ("containers", { _ = try context.containers() }), ("keys", { _ = try context.keys() }),
            ("generateKey", { _ = try context.generateKey(.signature, bits: 1024) }),
            ("generateKey cipher", { _ = try context.generateKey(cipher: .aes128) }),
            ("userKey", { _ = try context.userKey(.signature) }), ("deleteKey", { try context.deleteKey(.signature) }),
            ("importKey", { _ = try context.importKey(blob) }), ("makeHash", { _ = try context.makeHash(.sha1) }),
            ("random", { _ = try context.random(8) }), ("useTokenRandom", { try context.useTokenRandom() }),
            ("parameter", { _ = try context.value(4) }), ("enumeration", { _ = try context.value(2, flags: 1) }),
            ("setParameter", { try context.setParameter(33, data: nil, flags: 0) }),
        ]
        for (name, call) in calls {
            #expect(refused(.invalidParameter, naming: ["released"]) { try call() } != nil, "\(name)")
        }
        #expect(try bench.objects().count == 2, "its container stays")
    }

    @Test("is a key whose context was released")
    func aKeyOfAReleasedContext() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let keys = [
            try context.generateKey(.signature, bits: 1024), try context.userKey(.signature),
            try context.generateKey(cipher: .aes128),
            try context.importKey(context.userKey(.signature).publicKeyBlob()),
        ]
        context.release()
        for key in keys {
            refused(.invalidParameter) { try key.permissions() }
            refused(.invalidParameter) { try key.publicKey() }
            refused(.invalidParameter) { try key.sign([1]) }
            refused(.invalidParameter) { try key.report() }
            refused(.invalidParameter) { try key.dword(7) }
            refused(.invalidParameter) { try key.setParameter(6, data: nil, flags: 0) }
            refused(.invalidParameter) { try bench.open("alice").makeHash(.sha1).verify([1], key: key) }
        }
    }

    @Test("is a key that was destroyed; its pair stays")
    func aDestroyedKey() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024)
        try key.destroy()
        refused(.invalidParameter, naming: ["destroyed"]) { try key.destroy() }
        refused(.invalidParameter, naming: ["destroyed"]) { try key.publicKey() }
        refused(.invalidParameter, naming: ["destroyed"]) { try key.sign([1]) }
        refused(.invalidParameter, naming: ["destroyed"]) { try key.report() }
        var length: UInt32 = 0
        refused(.invalidParameter) { try key.export(6, under: nil, flags: 0, data: nil, length: &length) }
        try context.proves(.signature)
    }

    @Test("forgets the PIN with the context")
    func forgetsThePIN() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        _ = try context.generateKey(.signature, bits: 1024)
        context.release()
        refused(.invalidParameter) { try context.proves(.signature) }
        refused(.notAuthenticated) { try bench.open("alice", configuration: bench.withoutPIN).proves(.signature) }
    }
}
