import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("The list of keys")
struct KeyListTests {
    @Test("tells each pair from public information, without a PIN")
    func tellsEachPair() throws {
        let bench = try Workbench()
        let alice = try bench.create("alice")
        let signature = try alice.generateKey(.signature, bits: 1024)
        _ = try alice.generateKey(.keyExchange, bits: 1536)
        _ = try bench.create("bob").generateKey(.signature, bits: 1024, flags: .exportable)
        _ = try bench.create("empty")
        try bench.made.token().logout()

        let keys = try bench.ephemeral().keys()
        #expect(keys.count == 3)
        #expect(keys.map(\.container) == ["alice", "alice", "bob"])
        #expect(keys.allSatisfy { $0.isOurs && $0.specs == [$0.spec] && $0.algorithm == $0.spec.rsaAlgorithm })
        let first = try #require(keys.first { $0.container == "alice" && $0.spec == .signature })
        #expect(first.bits == 1024)
        #expect(try first.id == signature.report().id)
        #expect(first.uri.contains("token=\(bench.made.label)") && first.uri.contains("object=alice"))
        #expect(keys.first { $0.spec == .keyExchange }?.bits == 1536)
        #expect(try !bench.isLoggedIn)
    }

    @Test("is the same after a login")
    func isTheSameAfterALogin() throws {
        let bench = try Workbench()
        for name in ["alice", "bob"] { _ = try bench.create(name).generateKey(.keyExchange, bits: 1024) }
        try bench.made.token().logout()
        let context = try bench.ephemeral()
        let before = try context.keys().map { "\($0)" }
        _ = try bench.objects()
        #expect(try bench.isLoggedIn)
        #expect(try context.keys().map { "\($0)" } == before)
    }

    @Test("leaves ephemeral pairs, twins and session keys out")
    func leavesSessionObjectsOut() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let archivable = try context.generateKey(.signature, bits: 1024, flags: .archivable)
        let secret = try context.generateKey(cipher: .aes256)
        let ephemeral = try bench.ephemeral()
        _ = try ephemeral.generateKey(.signature, bits: 1024)
        #expect(try context.keys().map(\.container) == ["alice"])
        #expect(try context.containers() == ["alice"])
        withExtendedLifetime((archivable, secret, ephemeral)) {}
    }

    @Test("takes no notice of data objects, certificates and secret keys of others")
    func takesNoNoticeOfOthersObjects() throws {
        let bench = try Workbench()
        let token = try bench.made.token()
        try token.login(PIN(bench.made.userPIN))
        try token.writing { session throws(PKCS11Error) in
            for (application, value) in [("other", "TokenCSP 1\n"), ("TokenCSP", "garbage"), ("TokenCSP", "")] {
                _ = try session.create([
                    Attribute(.data), Attribute(.token, true), Attribute(.isPrivate, false),
                    Attribute(.label, "not ours"),
                    Attribute(.application, application), Attribute(.value, value),
                ])
            }
            _ = try session.generateKey(
                Mechanism(.aesKeyGen), [Attribute(.token, true), Attribute(.label, "secret"), Attribute(.valueLen, 16)]
            )
        }
        let context = try bench.open(nil, .verifyContext)
        #expect(try context.containers() == [])
        #expect(try context.keys().isEmpty)
        refused(.badKeyset) { try bench.open("not ours") }
        refused(.badKeyset) { try bench.open("secret") }
        let before = try bench.objects().count
        try bench.create("not ours").release()
        try bench.delete("not ours")
        #expect(try bench.objects().count == before, "others' objects stay")
    }

    @Test("tells a report of a stored key from the token as it is now, and of its public half where there is no PIN")
    func tellsAReport() throws {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        let report = try bench.open("alice").userKey(.signature).report()
        #expect(report.container == "alice")
        #expect(report.token == bench.made.label)
        #expect(report.value("private", "CKA_SENSITIVE") == "true")
        #expect(report.value("private", "CKA_EXTRACTABLE") == "false")
        #expect(report.lines.allSatisfy { $0.asked == nil && $0.agrees })
        let publicly = try bench.open("alice", configuration: bench.withoutPIN).userKey(.signature).report()
        #expect(publicly.value("public", "CKA_MODULUS_BITS") == "1024")
        #expect(publicly.lines.allSatisfy { $0.object == "public" })
        #expect(publicly.notes.contains { $0.contains("private half is not shown") })
    }

    @Test("tells a plan that is what the token is then asked, without touching a token")
    func tellsAPlan() throws {
        let bench = try Workbench()
        let flags: KeyFlags = [.exportable, .userProtected]
        let plan = try GenerationPlan(.rsaSign, flags: flags.with(bits: 1024), container: "alice")
        let report = try bench.create("alice").generateKey(.rsaSign, flags: flags.with(bits: 1024)).report()
        let planned = plan.lines.filter { $0.attribute != "CKA_ID" }.map {
            [$0.object, $0.attribute, $0.value, $0.because]
        }
        let asked = report.lines.filter { $0.asked != nil && $0.attribute != "CKA_ID" }
            .map { [$0.object, $0.attribute, $0.asked ?? "", $0.because] }
        #expect(planned == asked)
        #expect(plan.mechanism == report.mechanism)
        #expect(plan.bits == report.bits)
        #expect(plan.notes == report.notes)
        #expect(plan.ladder.count == 3)
        #expect(!plan.ladder.joined().contains("CKA_EXTRACTABLE"), "what a flag asked for is never left out")
    }
}
