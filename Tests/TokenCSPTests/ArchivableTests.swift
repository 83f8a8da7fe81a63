import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("CRYPT_ARCHIVABLE")
struct ArchivableTests {
    private let archive: UInt32 = 0x100
    private let export: UInt32 = 0x4

    @Test(
        "keeps an extractable twin as a session object while the handle is open",
        arguments: [KeySpec.keyExchange, .signature])
    func keepsATwinWhileTheHandleIsOpen(spec: KeySpec) throws {
        let bench = try Workbench()
        let key = try bench.create("alice").generateKey(spec, bits: 1024, flags: .archivable)
        let modulus = try key.publicKey().rsa?.modulus

        let twins = try bench.privateKeys("alice", onToken: false)
        #expect(twins.count == 1)
        #expect(twins.first?.isExtractable == true)
        #expect(twins.first?.isSensitive == true)
        #expect(twins.first?.modulus == modulus)

        let kept = try bench.privateKeys("alice", onToken: true)
        #expect(kept.count == 1)
        #expect(kept.first?.isExtractable == false)
        #expect(kept.first?.isSensitive == true)
        #expect(kept.first?.modulus == modulus)
        try key.destroy()
    }

    @Test("removes the twin when the handle is closed, and the pair stays and signs")
    func removesTheTwinWhenTheHandleIsClosed() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024, flags: .archivable)
        try context.proves(.signature, key: key)
        try key.destroy()
        #expect(try bench.objects().filter { !$0.isOnToken }.isEmpty)
        #expect(try bench.privateKeys("alice", onToken: true).map(\.isExtractable) == [false])
        try context.proves(.signature)
        try bench.open("alice").proves(.signature)
    }

    @Test("removes the twin when the context is released, though the program still has the key")
    func removesTheTwinWhenTheContextIsReleased() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024, flags: .archivable)
        context.release()
        #expect(try bench.objects().filter { !$0.isOnToken }.isEmpty)
        #expect(try bench.privateKeys("alice", onToken: true).map(\.isExtractable) == [false])
        withExtendedLifetime(key) {}
    }

    @Test("removes the twin with the last reference to a key that nobody closed")
    func removesTheTwinWithTheLastReference() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        do {
            let key = try context.generateKey(.signature, bits: 1024, flags: .archivable)
            #expect(try key.permissions() & archive != 0)
        }
        #expect(try bench.objects().filter { !$0.isOnToken }.isEmpty)
        try context.proves(.signature)
    }

    @Test("is told by KP_PERMISSIONS of the handle that generated, and of no other")
    func isToldByPermissions() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024, flags: .archivable)
        #expect(try key.permissions() == 0x3B | archive)
        #expect(try context.userKey(.signature).permissions() == 0x3B)
        #expect(try bench.open("alice").userKey(.signature).permissions() == 0x3B)
    }

    @Test("with CRYPT_EXPORTABLE is an exportable key, which needs no twin")
    func withExportableIsAnExportableKey() throws {
        let bench = try Workbench()
        let key = try bench.create("alice").generateKey(.signature, bits: 1024, flags: [.archivable, .exportable])
        #expect(try key.permissions() == 0x3B | archive | export)
        #expect(try bench.privateKeys("alice", onToken: false).isEmpty)
        #expect(try bench.privateKeys("alice", onToken: true).map(\.isExtractable) == [true])
    }

    @Test("lets the twin be wrapped, and the key on the token not")
    func letsTheTwinBeWrapped() throws {
        let bench = try Workbench()
        let key = try bench.create("alice").generateKey(.signature, bits: 1024, flags: .archivable)
        let token = try bench.made.token()
        try token.writing { session throws(PKCS11Error) in
            let wrapping = try session.generateKey(
                Mechanism(.aesKeyGen), [Attribute(.token, false), Attribute(.valueLen, 32), Attribute(.wrap, true)]
            )
            var outcomes: [Bool: Bool] = [:]
            for handle in try session.find([Attribute(.privateKey), Attribute(.label, "alice")]) {
                let isOnToken = try session.attributes(of: handle, [.token]).bool(.token) ?? false
                let wrapped = try? session.wrap(handle, under: wrapping, Mechanism(.aesKeyWrapPad), maximumSize: 4096)
                outcomes[isOnToken] = wrapped != nil
            }
            #expect(outcomes == [false: true, true: false])
            try session.destroy(wrapping)
        }
        try key.destroy()
    }

    @Test("says in its report what stays and what goes")
    func saysInItsReportWhatStaysAndWhatGoes() throws {
        let bench = try Workbench()
        let report = try bench.create("alice").generateKey(.signature, bits: 1024, flags: .archivable).report()
        #expect(report.value("private", "CKA_EXTRACTABLE") == "false")
        #expect(report.lines.contains { $0.attribute == "CKA_EXTRACTABLE" && $0.because == "CRYPT_ARCHIVABLE" })
        #expect(report.notes.contains { $0.hasPrefix("CRYPT_ARCHIVABLE") && $0.contains("session object") })
    }
}
