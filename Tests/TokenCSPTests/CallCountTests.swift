import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("Calls to the token")
struct CallCountTests {
    private static let functions = [
        "C_Login", "C_FindObjectsInit", "C_GetAttributeValue", "C_GenerateKeyPair", "C_Sign",
    ]

    /// A container with one pair, and a module in front that nothing was called through yet but for making them.
    private func prepared() throws -> (FaultModule, Context) {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        _ = try context.generateKey(.signature, bits: 1024)
        return (faulty, context)
    }

    @Test("for listing are no login, and one read an object")
    func forListing() throws {
        let faulty = try FaultModule()
        for name in ["alice", "bob", "carol"] { _ = try faulty.bench.create(name).generateKey(.signature, bits: 1024) }
        let context = try faulty.bench.ephemeral()
        for list in [{ _ = try context.containers() }, { _ = try context.keys() }] {
            let calls = try faulty.calls(of: Self.functions, in: list).calls
            #expect(calls["C_Login"] == 0)
            // Public keys, private keys (the process has logged in) and records at once.
            #expect(calls["C_FindObjectsInit"] == 1)
            #expect(calls["C_GetAttributeValue"] == 6)
        }
    }

    @Test("for opening a container, its public key and a verification are no login")
    func forOpening() throws {
        let (faulty, owner) = try prepared()
        let signature = try owner.proves(.signature)
        let calls = try faulty.calls(of: Self.functions) {
            let context = try faulty.bench.open("alice")
            let key = try context.userKey(.signature)
            _ = try key.publicKeyBlob()
            let hash = try context.makeHash(.sha256)
            try hash.update(Array("some text".utf8))
            try hash.verify(signature, key: key)
        }.calls
        #expect(calls["C_Login"] == 0)
        #expect(calls["C_FindObjectsInit"] == 0, "its objects are known since they were made")
    }

    @Test("for opening a container for the first time are one search, and then none")
    func forOpeningAgain() throws {
        let (faulty, _) = try prepared()
        try faulty.bench.addForeignPair("bob", id: "07")
        let functions = Self.functions + ["C_GetTokenInfo", "C_GetMechanismList", "C_OpenSession"]
        let first = try faulty.calls(of: functions) { _ = try faulty.bench.open("bob") }.calls
        #expect(first["C_FindObjectsInit"] == 1)
        let again = try faulty.calls(of: functions) {
            for _ in 0..<10 { _ = try faulty.bench.open("bob").userKey(.signature) }
        }.calls
        #expect(again["C_FindObjectsInit"] == 0)
        // Each token of the module, those of other tests too, is asked anew each second.
        let slots = UInt(try Module.load(path: faulty.bench.modulePath).slots().count)
        #expect(try #require(again["C_GetTokenInfo"]) < 10 * slots)
        #expect(again["C_OpenSession"] == 0)
    }

    @Test("for keys of many containers are one search each, for whether the name is free")
    func forManyKeys() throws {
        let (faulty, _) = try prepared()
        let functions = Self.functions + ["C_GetMechanismList", "C_CreateObject", "C_DestroyObject"]
        let calls = try faulty.calls(of: functions) {
            for index in 0..<5 { _ = try faulty.bench.create("many-\(index)").generateKey(.signature, bits: 1024) }
        }.calls
        #expect(calls["C_FindObjectsInit"] == 5)
        #expect(calls["C_GenerateKeyPair"] == 5)
        #expect(calls["C_CreateObject"] == 5, "the records of the empty containers")
        #expect(calls["C_DestroyObject"] == 5)
        #expect(try #require(calls["C_GetMechanismList"]) <= 2, "as long as the token is the same")
        let deleting = try faulty.calls(of: functions) {
            for index in 0..<5 { try faulty.bench.delete("many-\(index)") }
        }.calls
        #expect(try #require(deleting["C_FindObjectsInit"]) < 10, "the token has no certificate, which is asked once")
        #expect(deleting["C_DestroyObject"] == 10)
    }

    @Test("for signing are one read for a private half whose place is known, then none")
    func forSigning() throws {
        let (faulty, _) = try prepared()
        let context = try faulty.bench.open("alice")
        let key = try context.userKey(.signature)
        let hash = try context.makeHash(.sha256)
        let first = try faulty.calls(of: Self.functions) { try key.sign([1, 2, 3]) }.calls
        #expect(
            first == [
                "C_Login": 0, "C_FindObjectsInit": 0, "C_GetAttributeValue": 1, "C_GenerateKeyPair": 0, "C_Sign": 1,
            ])
        let later = try faulty.calls(of: Self.functions) { for _ in 0..<10 { _ = try key.sign([1, 2, 3]) } }.calls
        #expect(
            later == [
                "C_Login": 0, "C_FindObjectsInit": 0, "C_GetAttributeValue": 0, "C_GenerateKeyPair": 0, "C_Sign": 10,
            ])
        // CryptSignHash looks for the container's key, whose place is known.
        let byHash = try faulty.calls(of: Self.functions) { for _ in 0..<10 { _ = try hash.sign(.signature) } }.calls
        #expect(byHash["C_FindObjectsInit"] == 0)
        #expect(byHash["C_Sign"] == 10)
    }

    @Test("for generating are one generation and one read-back for each half")
    func forGenerating() throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        // The first key of a token also finds out what the token enforces.
        _ = try context.generateKey(.keyExchange, bits: 1024)
        let reading = try faulty.calls(of: Self.functions) { _ = try context.knownContents() }.calls
        let calls = try faulty.calls(of: Self.functions) { try context.generateKey(.signature, bits: 1024) }.calls
        #expect(calls["C_Login"] == 0)
        #expect(calls["C_GenerateKeyPair"] == 1)
        #expect(calls["C_GetAttributeValue"] == (reading["C_GetAttributeValue"] ?? 0) + 2)
        #expect(calls["C_FindObjectsInit"] == 0)
        let ephemeral = try faulty.bench.ephemeral()
        let own = try faulty.calls(of: Self.functions) { try ephemeral.generateKey(.signature, bits: 1024) }.calls
        #expect(
            own == [
                "C_Login": 0, "C_FindObjectsInit": 0, "C_GetAttributeValue": 2, "C_GenerateKeyPair": 1, "C_Sign": 0,
            ])
        let secret = try faulty.calls(of: Self.functions) { try ephemeral.generateKey(cipher: .aes256) }.calls
        #expect(secret["C_GetAttributeValue"] == 1)
    }

    @Test("for keys without a container are no look at the token but one a second")
    func forSessionObjects() throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.ephemeral()
        _ = try context.generateKey(cipher: .aes256)
        let functions = ["C_GetMechanismList", "C_GetTokenInfo", "C_GetSlotInfo", "C_DestroyObject"]
        let calls = try faulty.calls(of: functions) {
            for _ in 0..<20 { _ = try context.generateKey(cipher: .aes256).report() }
        }.calls
        // Twice for one list; a second may pass meanwhile.
        #expect(try #require(calls["C_GetMechanismList"]) <= 2)
        #expect(try #require(calls["C_GetTokenInfo"]) <= 1)
        #expect(try #require(calls["C_GetSlotInfo"]) <= 1)
        #expect(calls["C_DestroyObject"] == 20, "each goes with its handle")
    }

    @Test("for logging in are one, for all contexts and keys of a token")
    func forLoggingIn() throws {
        let faulty = try FaultModule()
        let calls = try faulty.calls(of: Self.functions) {
            for name in ["alice", "bob"] {
                let context = try faulty.bench.create(name)
                for spec in [KeySpec.signature, .keyExchange] {
                    try context.proves(spec, key: context.generateKey(spec, bits: 1024))
                }
                try faulty.bench.open(name).proves(.signature)
            }
        }.calls
        #expect(calls["C_Login"] == 1)
    }

    @Test("for signing after somebody logged out are one login, in each context that goes on")
    func forSigningAfterALogout() throws {
        let (faulty, owner) = try prepared()
        let other = try faulty.bench.open("alice")
        let contexts = try [owner, other].map { ($0, try $0.userKey(.signature), try $0.makeHash(.sha256)) }
        for (_, key, hash) in contexts { for _ in 0..<2 { _ = try hash.sign(with: key) } }
        for _ in 0..<2 {
            try owner.token().logout()
            let calls = try faulty.calls(of: Self.functions) {
                for (context, key, hash) in contexts {
                    for _ in 0..<3 {
                        try hash.verify(hash.sign(with: key), with: key)
                        _ = try hash.sign(.signature)
                    }
                    withExtendedLifetime(context) {}
                }
            }.calls
            #expect(calls["C_Login"] == 1)
            #expect(calls["C_Sign"] == 12)
        }
    }

    @Test("for a protected key are one login more a signature")
    func forAProtectedKey() throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice", asking: faulty.bench.owner)
        let key = try context.generateKey(.signature, bits: 1024, flags: .userProtected)
        let calls = try faulty.calls(of: Self.functions) { for _ in 0..<3 { _ = try key.sign([1, 2, 3]) } }.calls
        #expect(calls["C_Login"] == 3)
        #expect(calls["C_Sign"] == 3)
    }

    @Test("for a wrong PIN are one login, however often it is tried")
    func forAWrongPIN() throws {
        let (faulty, _) = try prepared()
        let calls = faulty.calls(of: Self.functions) {
            for _ in 0..<5 {
                refused(.wrongChv) {
                    let context = try faulty.bench.open("alice", configuration: faulty.bench.withoutPIN)
                    context.setPIN(PIN("9999"))
                    try context.proves(.signature)
                }
            }
        }.calls
        // The process has logged in: the PIN is held against the one that was accepted.
        #expect(calls["C_Login"] == 0)
    }
}
