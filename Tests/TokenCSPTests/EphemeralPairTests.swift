import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("A key pair under CRYPT_VERIFYCONTEXT")
struct EphemeralPairTests {
    static let policies: [(KeySpec, KeyFlags)] = [KeySpec.keyExchange, .signature].flatMap { spec in
        FlagTableTests.combinations([.exportable, .archivable, .createSalt, .unused]).map { (spec, $0) }
    }

    @Test("signs and verifies without a PIN, and the token never holds it")
    func signsWithoutAPIN() throws {
        let bench = try Workbench()
        for (spec, flags) in Self.policies {
            let context = try bench.ephemeral()
            let key = try context.generateKey(spec, bits: 1024, flags: flags)
            let signature = try context.proves(spec, key: key)
            #expect(try Tool.opensslVerifies(signature, of: "some text", pem: key.publicKey().pem()))
            #expect(try !bench.isLoggedIn)

            let report = try key.report()
            let letsOut = flags.contains(.exportable) || flags.contains(.archivable)
            for line in report.lines { #expect(line.agrees, "\(line)") }
            #expect(report.container == nil)
            #expect(report.value("private", "CKA_TOKEN") == "false")
            #expect(report.value("private", "CKA_PRIVATE") == "false")
            #expect(report.value("private", "CKA_SENSITIVE") == "true")
            #expect(report.value("private", "CKA_EXTRACTABLE") == "\(letsOut)")
            #expect(report.value("private", "CKA_DECRYPT") == "\(spec == .keyExchange)")
            #expect(report.value("public", "CKA_TOKEN") == "false")
            #expect(report.notes.contains { $0.hasPrefix("CRYPT_VERIFYCONTEXT") })

            #expect(try bench.sessionObjects(.privateKey) == 1)
            #expect(try bench.sessionObjects(.publicKey) == 1)
            #expect(try bench.objects().allSatisfy { !$0.isOnToken })
            #expect(try Tool.list(bench.made).isEmpty)
            context.release()
            #expect(try bench.objects().isEmpty)
            try bench.made.token().logout()
        }
    }

    @Test("is the context's user key until the context is released")
    func isTheContextsUserKey() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral()
        refused(.noKey) { try context.userKey(.signature) }
        let key = try context.generateKey(.signature, bits: 1024)
        #expect(try context.userKey(.signature).publicKey() == key.publicKey())
        refused(.noKey) { try context.userKey(.keyExchange) }
        try key.destroy()
        try context.proves(.signature)
        context.release()
        #expect(try bench.objects().isEmpty)
    }

    @Test("is gone with its context, though the program still has the key")
    func isGoneWithItsContext() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral()
        let key = try context.generateKey(.signature, bits: 1024)
        context.release()
        #expect(try bench.objects().isEmpty)
        refused(.invalidParameter) { try key.publicKey() }
    }

    @Test("is gone with a context that nobody released")
    func isGoneWithAContextThatNobodyReleased() throws {
        let bench = try Workbench()
        do { _ = try bench.ephemeral().generateKey(.signature, bits: 1024) }
        #expect(try bench.objects().isEmpty)
    }

    @Test("stands beside one of the other key spec, and is replaced by one of its own")
    func standsBesideOneOfTheOtherKeySpec() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral()
        let first = try context.generateKey(.signature, bits: 1024)
        let exchange = try context.generateKey(.keyExchange, bits: 1024)
        let second = try context.generateKey(.signature, bits: 1024)
        #expect(try first.publicKey() != second.publicKey())
        #expect(try context.userKey(.signature).publicKey() == second.publicKey())
        #expect(try context.userKey(.keyExchange).publicKey() == exchange.publicKey())
        try context.proves(.signature, key: second)
        try context.proves(.keyExchange, key: exchange)
    }

    @Test("is of one context alone")
    func isOfOneContextAlone() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral()
        _ = try context.generateKey(.signature, bits: 1024)
        refused(.noKey) { try bench.ephemeral().userKey(.signature) }
        #expect(try context.containers() == [])
        refused(.noKey) { try context.deleteKey(.signature) }
    }

    @Test("under a Microsoft name has no container either")
    func underAMicrosoftName() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral(provider: "Microsoft Strong Cryptographic Provider")
        let key = try context.generateKey(.keyExchange, bits: 512)
        let hash = try context.makeHash(.sha1)
        try hash.verify(hash.sign(.keyExchange), key: key)
        #expect(try bench.objects().allSatisfy { !$0.isOnToken })
    }
}
