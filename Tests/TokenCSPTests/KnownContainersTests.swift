import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

/// What others do to a container that this process has found before.
@Suite("Known containers")
struct KnownContainersTests {
    private static let search = "C_FindObjectsInit"

    @Test("that another program deletes are gone")
    func deleted() throws {
        let bench = try Workbench()
        try bench.addForeignPair("alice", id: "a1")
        _ = try bench.open("alice").userKey(.signature)
        try bench.deleteForeignPair(id: "a1")
        refused(.badKeyset) { try bench.open("alice") }
    }

    @Test("that lose one half to another program have what is left")
    func halfDeleted() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024)
        _ = try key.sign([1, 2, 3])
        let id = try #require(try bench.objects().first { $0.label == "alice" }).id
        let digits = id.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        try Tool.pkcs11Tool(bench.made, ["--delete-object", "--type", "privkey", "--id", digits])
        let again = try bench.open("alice")
        refused(.noKey) { try again.userKey(.signature).sign([1, 2, 3]) }
    }

    @Test("that another program replaces have the new key")
    func replaced() throws {
        let bench = try Workbench()
        try bench.addForeignPair("alice", id: "a1")
        let old = try bench.open("alice").userKey(.signature).publicKeyBlob()
        try bench.deleteForeignPair(id: "a1")
        try bench.addForeignPair("alice", id: "a1")
        let new = try bench.open("alice").userKey(.signature).publicKeyBlob()
        #expect(old != new)
        try bench.open("alice").proves(.signature)
    }

    @Test("that another program renames are under the new name alone")
    func renamed() throws {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        _ = try bench.open("alice")
        let token = try bench.made.token()
        try token.writing { session throws(PKCS11Error) in
            for handle in try session.find([Attribute(.label, "alice")]) {
                try session.set([Attribute(.label, "bob")], of: handle)
            }
        }
        refused(.badKeyset) { try bench.open("alice") }
        try bench.open("bob").proves(.signature)
        // And a name that was free is taken.
        refused(.exists) { try bench.create("bob") }
    }

    @Test("that get another key by another program have it")
    func added() throws {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        let context = try bench.open("alice")
        refused(.noKey) { try context.userKey(.keyExchange) }
        try Tool.pkcs11Tool(
            bench.made,
            ["--keypairgen", "--key-type", "rsa:1024", "--label", "alice", "--id", "a2", "--usage-decrypt"])
        _ = try context.userKey(.keyExchange)
        // The list of all knows nothing.
        #expect(try context.keys().count == 2)
    }

    @Test("that another process of TokenCSP changes are searched for anew")
    func changedByAnotherProcess() throws {
        let faulty = try FaultModule()
        let (here, there) = (faulty.bench, Workbench(faulty.bench, modulePath: TestToken.modulePath))
        try here.addForeignPair("alice", id: "a1")
        let foreign = try here.open("alice").userKey(.signature).publicKeyBlob()
        // The foreign pair stays: only the stamp tells that ours is there.
        let made = try there.open("alice").generateKey(.signature, bits: 1024).publicKeyBlob()
        #expect(made != foreign)
        #expect(try here.open("alice").userKey(.signature).publicKeyBlob() == made)
        let replaced = try there.open("alice").generateKey(.signature, bits: 1024).publicKeyBlob()
        #expect(try here.open("alice").userKey(.signature).publicKeyBlob() == replaced)
        try there.delete("alice")
        refused(.badKeyset) { try here.open("alice") }
        _ = try there.create("alice")
        _ = try here.open("alice")
        refused(.exists) { try here.create("alice") }
    }

    @Test("that somebody works on are searched for")
    func lockedByAnotherProcess() throws {
        let faulty = try FaultModule()
        let bench = faulty.bench
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        _ = try bench.open("alice")
        func searches() throws -> UInt? {
            try faulty.calls(of: [Self.search]) { _ = try bench.open("alice") }.calls[Self.search]
        }
        #expect(try searches() == 0)
        let lock = try #require(ContainerLock(try bench.made.token().info(), label: "alice"))
        #expect(try #require(try searches()) > 0)
        lock.end()
        #expect(try searches() == 1, "it may have been changed")
        #expect(try searches() == 0)
    }

    @Test("after a logout or a login are what can be seen then")
    func afterLogout() throws {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        try bench.open("alice").proves(.signature)
        try bench.made.token().logout()
        let context = try bench.open("alice")
        _ = try context.userKey(.signature)
        try context.proves(.signature)
        try bench.open("alice").proves(.signature)
    }

    @Test("whose names look alike are two")
    func alike() throws {
        let bench = try Workbench()
        // One with the letter as one scalar, one with two.
        let names = ["caf\u{E9}", "cafe\u{301}"]
        let keys = try names.map { try bench.create($0).generateKey(.signature, bits: 1024).publicKeyBlob() }
        for _ in 0..<2 {
            #expect(try names.map { try bench.open($0).userKey(.signature).publicKeyBlob() } == keys)
        }
        try bench.delete(names[0])
        refused(.badKeyset) { try bench.open(names[0]) }
        _ = try bench.open(names[1])
    }

    @Test("of different providers are apart")
    func kinds() throws {
        let bench = try Workbench()
        let curves = "TokenCSP Elliptic Curve Provider"
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        _ = try bench.open("alice")
        refused(.badKeyset, naming: ["there is no container"]) { try bench.open("alice", provider: curves) }
        _ = try bench.create("alice", provider: curves).generateKey(.signature)
        _ = try bench.open("alice", provider: curves).userKey(.signature)
        try bench.delete("alice")
        refused(.badKeyset) { try bench.open("alice") }
        _ = try bench.open("alice", provider: curves).userKey(.signature)
    }
}
