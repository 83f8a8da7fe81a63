import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("A key that replaces another")
struct KeyReplacementTests {
    @Test("is the container's, and the old one is gone", arguments: [KeySpec.keyExchange, .signature])
    func isTheContainersAndTheOldOneIsGone(spec: KeySpec) throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let old = try context.generateKey(spec, bits: 1024)
        let before = try bench.objects()
        let new = try context.generateKey(spec, bits: 1024)
        #expect(try old.publicKey() != new.publicKey())
        let after = try bench.objects()
        #expect(after.count == before.count)
        #expect(Set(after).isDisjoint(with: before))
        #expect(try context.userKey(spec).publicKey() == new.publicKey())
        try context.proves(spec, key: new)
        try bench.open("alice").proves(spec, key: new)
    }

    @Test("leaves the key of the other spec alone")
    func leavesTheOtherSpecAlone() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let exchange = try context.generateKey(.keyExchange, bits: 1024)
        for _ in 0..<3 { _ = try context.generateKey(.signature, bits: 1024) }
        #expect(try context.userKey(.keyExchange).publicKey() == exchange.publicKey())
        try context.proves(.keyExchange, key: exchange)
        #expect(try bench.objects().count == 4)
    }

    @Test("is found by another context that signed with the old one")
    func isFoundByAnotherContext() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        _ = try context.generateKey(.signature, bits: 1024)
        let other = try bench.open("alice")
        let oldHandle = try other.userKey(.signature)
        try other.proves(.signature, key: oldHandle)
        let new = try context.generateKey(.signature, bits: 2048)
        try other.proves(.signature, key: new)
        #expect(try other.userKey(.signature).publicKey() == new.publicKey())
        // The old handle still knows its own public half, and signs no more.
        #expect(oldHandle.bits == 1024)
        #expect(try oldHandle.publicKey().bits == 1024)
        refused(.noKey) { try oldHandle.report() }
    }

    @Test("may have another policy and length than the old one")
    func mayHaveAnotherPolicyAndLength() throws {
        let bench = try Workbench()
        let context = try bench.create("alice", asking: bench.owner)
        let policies: [(KeyFlags, Int)] = [
            ([], 1024), (.exportable, 1032), (.archivable, 1024), (.userProtected, 1536), ([], 1024),
        ]
        for (flags, bits) in policies {
            let key = try context.generateKey(.signature, bits: bits, flags: flags)
            try context.proves(.signature, key: key)
            try key.destroy()
            #expect(try bench.privateKeys("alice", onToken: true).map(\.isExtractable) == [flags == .exportable])
            #expect(try bench.objects().count == 2)
        }
    }

    @Test("replaces an archivable one whose handle is still open")
    func replacesAnArchivableOneWhoseHandleIsOpen() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let archivable = try context.generateKey(.signature, bits: 1024, flags: .archivable)
        let new = try context.generateKey(.signature, bits: 1024)
        #expect(try bench.privateKeys("alice", onToken: true).map(\.modulus) == [new.publicKey().rsa?.modulus])
        #expect(try bench.privateKeys("alice", onToken: false).map(\.modulus) == [archivable.publicKey().rsa?.modulus])
        try context.proves(.signature, key: new)
        try archivable.destroy()
        #expect(try bench.objects().count == 2)
    }

    @Test("that is refused leaves the old one")
    func thatIsRefusedLeavesTheOldOne() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let old = try context.generateKey(.signature, bits: 1024)
        let before = try bench.objects()
        refused(.badFlags) { try context.generateKey(.signature, bits: 1024, flags: .preGenerate) }
        refused(.invalidParameter) { try context.generateKey(.signature, bits: 1023) }
        let withoutPIN = try bench.open("alice", configuration: bench.withoutPIN)
        refused(.notAuthenticated) { try withoutPIN.generateKey(.signature, bits: 1024) }
        #expect(try bench.objects() == before)
        try context.proves(.signature, key: old)
    }

    @Test("in many contexts at once leaves exactly one")
    func inManyContextsAtOnceLeavesOne() async throws {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let context = try bench.open("alice")
                    for _ in 0..<5 {
                        _ = try context.generateKey(.signature, bits: 1024)
                        // Another task may have replaced it: whichever is current signs.
                        let hash = try context.makeHash(.sha256)
                        #expect(try hash.sign(.signature).count == 128)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try bench.objects().count == 2)
        try bench.open("alice").proves(.signature)
    }
}
