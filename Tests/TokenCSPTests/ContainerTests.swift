import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("A container")
struct ContainerTests {
    @Test("that is absent is NTE_BAD_KEYSET, and one that exists is not made again")
    func absentAndExisting() throws {
        let bench = try Workbench()
        refused(.badKeyset, naming: ["alice", bench.made.label]) { try bench.open("alice") }
        _ = try bench.create("alice")
        let before = try bench.objects()
        refused(.exists, naming: ["alice", bench.made.label]) { try bench.create("alice") }
        #expect(try bench.objects() == before)
        #expect(try bench.open("alice").containerName == "alice")
        try bench.delete("alice")
        refused(.badKeyset, naming: ["alice"]) { try bench.open("alice") }
        refused(.badKeyset, naming: ["alice"]) { try bench.delete("alice") }
        #expect(try bench.objects().isEmpty)
    }

    @Test("without keys stays, by a record that every program can read")
    func withoutKeysStays() throws {
        let bench = try Workbench()
        try bench.create("alice").release()
        let record = try Tool.list(bench.made, asUser: false)
        #expect(record.map(\.kind) == ["data"])
        #expect(record.map(\.label) == ["alice"])
        let context = try bench.open("alice", configuration: bench.withoutPIN)
        #expect(try context.containers() == ["alice"])
        refused(.noKey, naming: ["alice", "AT_SIGNATURE"]) { try context.userKey(.signature) }
        refused(.noKey, naming: ["alice", "AT_KEYEXCHANGE"]) { try context.userKey(.keyExchange) }
        #expect(try !bench.isLoggedIn, "making and opening a container needs no PIN")
    }

    @Test("has no key of another spec than 1 and 2", arguments: [UInt32(0), 3, 0xFFFF_FFFF])
    func hasNoKeyOfAnotherSpec(spec: UInt32) throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        refused(.badKey, naming: ["AT_KEYEXCHANGE (1)"]) { try context.userKey(KeySpec(rawValue: spec)) }
    }

    @Test("holds a pair for each key spec, each its own")
    func holdsAPairForEachKeySpec() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let signature = try context.generateKey(.signature, bits: 1024)
        let exchange = try context.generateKey(.keyExchange, bits: 1024)
        #expect(try signature.publicKey() != exchange.publicKey())
        let later = try bench.open("alice")
        for (spec, key) in [(KeySpec.signature, signature), (.keyExchange, exchange)] {
            #expect(try later.userKey(spec).publicKey() == key.publicKey())
            #expect(try later.userKey(spec).algorithm == spec.rsaAlgorithm)
            try later.proves(spec, key: key)
        }
        #expect(try later.keys().map(\.spec.rawValue).sorted() == [1, 2])
        try context.deleteKey(.signature)
        refused(.noKey) { try later.userKey(.signature) }
        try later.proves(.keyExchange, key: exchange)
    }

    @Test("loses its record when a key speaks for it, and gets it back when its last key is deleted")
    func losesItsRecordWhenAKeySpeaksForIt() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        for spec in [KeySpec.signature, .keyExchange] { _ = try context.generateKey(spec, bits: 1024) }
        #expect(try Tool.list(bench.made).filter { $0.kind == "data" }.isEmpty)
        try context.deleteKey(.signature)
        #expect(try context.containers() == ["alice"])
        try context.deleteKey(.keyExchange)
        #expect(try Tool.list(bench.made).map(\.kind) == ["data"])
        refused(.noKey, naming: ["alice"]) { try context.deleteKey(.keyExchange) }
        let later = try bench.open("alice")
        #expect(try later.containers() == ["alice"])
        _ = try later.generateKey(.signature, bits: 1024)
        try context.proves(.signature)
    }

    @Test("may be deleted while it is open; its context is still released")
    func mayBeDeletedWhileItIsOpen() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024)
        try context.proves(.signature)
        try bench.delete("alice")
        #expect(try bench.objects().isEmpty)
        refused(.noKey) { try context.proves(.signature, key: key) }
        refused(.badKeyset) { try context.generateKey(.signature, bits: 1024) }
        #expect(try bench.objects().isEmpty)
        context.release()
    }

    @Test("is deleted with the certificates that share a key's id, and others stay")
    func isDeletedWithItsCertificates() throws {
        let bench = try Workbench()
        let id = try bench.create("alice").generateKey(.signature, bits: 1024).report().id
        let token = try bench.made.token()
        try token.writing { session throws(PKCS11Error) in
            for (label, id) in [("hers", id), ("other", [1, 2, 3])] {
                _ = try session.create([
                    Attribute(.certificate), Attribute(.token, true), Attribute(.certificateType, 0),
                    Attribute(.label, label),
                    Attribute(.id, bytes: id), Attribute(.subject, bytes: [0x30, 0]),
                    Attribute(.value, bytes: [0x30, 0]),
                ])
            }
        }
        try bench.delete("alice")
        #expect(try bench.objects().map(\.label) == ["other"])
    }

    @Test("is of the user or of the machine: two name spaces")
    func isOfTheUserOrOfTheMachine() throws {
        let bench = try Workbench()
        let user = try bench.create("alice")
        refused(.badKeyset, naming: ["machine container", "alice"]) { try bench.open("alice", .machineKeySet) }
        let machine = try bench.create("alice", .machineKeySet)
        let userKey = try user.generateKey(.signature, bits: 1024)
        let machineKey = try machine.generateKey(.signature, bits: 1024)
        _ = try bench.create("machine alone", .machineKeySet)
        #expect(try user.containers() == ["alice"])
        #expect(try machine.containers() == ["alice", "machine alone"])
        #expect(try user.keys().count == 1)
        #expect(try machine.keys().map(\.container) == ["alice"])
        try user.proves(.signature, key: userKey)
        try bench.open("alice", .machineKeySet).proves(.signature, key: machineKey)
        try bench.delete("alice", .machineKeySet)
        try user.proves(.signature, key: userKey)
        refused(.noKey) { try machine.proves(.signature, key: machineKey) }
        #expect(try machine.containers() == ["machine alone"])
    }

    @Test("is shared by the names of all RSA providers")
    func isSharedByTheNamesOfAllRSAProviders() throws {
        let bench = try Workbench()
        _ = try bench.create("alice", provider: "Microsoft Strong Cryptographic Provider").generateKey(
            .signature, bits: 1024)
        for profile in ProviderProfile.all where [.rsaFull, .rsaAES].contains(profile.type) {
            let context = try bench.open("alice", provider: profile.name)
            #expect(context.providerName == profile.name)
            #expect(try context.userKey(.signature).bits == 1024)
        }
        try bench.delete("alice")
    }

    @Test("without a name is the configured default one, or the user's")
    func withoutANameIsTheDefaultOne() throws {
        let bench = try Workbench()
        var configuration = bench.configuration
        refused(.badKeyset) { try bench.open(nil) }
        refused(.badKeyset) { try bench.delete(nil) }
        let login = configuration.defaultContainerName
        #expect(try bench.create(nil).containerName == login)
        #expect(try bench.open(login).containers() == [login])
        refused(.exists) { try bench.create(nil) }
        configuration.defaultContainer = "mine"
        refused(.badKeyset, naming: ["mine"]) { try bench.open(nil, configuration: configuration) }
        #expect(try bench.open(nil, .newKeySet, configuration: configuration).containerName == "mine")
        #expect(try bench.open(nil, configuration: configuration).containerName == "mine")
        try bench.delete(nil)
        refused(.badKeyset) { try bench.open(nil) }
        #expect(try bench.open(nil, .verifyContext).containers() == ["mine"])
    }

    @Test("need not exist with CRYPT_DEFAULT_CONTAINER_OPTIONAL")
    func needNotExistWithDefaultContainerOptional() throws {
        let bench = try Workbench()
        let context = try bench.open(nil, .defaultContainerOptional, configuration: bench.withoutPIN)
        #expect(context.containerName == nil)
        #expect(try context.containers() == [])
        refused(.noKey) { try context.userKey(.signature) }
        _ = try bench.create(nil).generateKey(.signature, bits: 1024)
        let later = try bench.open(nil, .defaultContainerOptional)
        #expect(later.containerName == bench.configuration.defaultContainerName)
        try later.proves(.signature)
    }

    @Test("shows its public half under CRYPT_VERIFYCONTEXT, without a PIN, and does not sign")
    func showsItsPublicHalfUnderVerifyContext() throws {
        let bench = try Workbench()
        let owner = try bench.create("alice")
        let key = try owner.generateKey(.signature, bits: 1024)
        let context = try bench.open("alice", .verifyContext, configuration: bench.withoutPIN)
        #expect(try context.userKey(.signature).publicKey() == key.publicKey())
        refused(.silentContext, naming: ["CRYPT_VERIFYCONTEXT"]) { try context.proves(.signature) }
        refused(.silentContext) { try context.deleteKey(.signature) }
        refused(.badKeyset) { try bench.open("bob", .verifyContext) }
        try owner.proves(.signature)
    }

    @Test("is opened by flags that go together, and by no others")
    func isOpenedByFlagsThatGoTogether() throws {
        let bench = try Workbench()
        _ = try bench.create("alice")
        let calls: [(String?, UInt32, String?)] = [
            ("alice", 0x1, nil), ("alice", 0x4, nil), ("alice", 0x100, nil), ("alice", 0x8000_0000, nil),
            ("alice", 0xE000_0000, nil), ("alice", 0xF000_0008, nil), ("alice", 0x10, nil), ("alice", 0x80, nil),
            (nil, 0x80, "Microsoft Strong Cryptographic Provider"),
            ("alice", 0xF000_0000, "Microsoft Strong Cryptographic Provider"),
            ("alice", 0xF000_0000, "Microsoft Enhanced RSA and AES Cryptographic Provider"),
        ]
        for (name, flags, provider) in calls {
            refused(.badFlags) { try bench.open(name, Context.Flags(rawValue: flags), provider: provider) }
        }
        #expect(try bench.objects().count == 1)
    }

    @Test("is not deleted by flags that do not go together", arguments: [Context.Flags.verifyContext, .newKeySet])
    func isNotDeletedByFlagsThatDoNotGoTogether(flags: Context.Flags) throws {
        let bench = try Workbench()
        _ = try bench.create("alice")
        refused(.badFlags) { try bench.delete("alice", flags) }
        #expect(try bench.objects().count == 1)
    }
}
