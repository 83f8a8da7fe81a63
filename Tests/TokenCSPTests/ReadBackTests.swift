import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("A token that makes another key than was asked for")
struct ReadBackTests {
    /// What the token does in silence, and what is answered.
    struct Lie: Sendable, CustomTestStringConvertible {
        let rule: Rule
        var flags: KeyFlags = []
        let code: ErrorCode
        let naming: String
        var testDescription: String { ([rule.text] + flags.names).joined(separator: " ") }
    }

    static let lies: [Lie] = [
        Lie(rule: .change(.sensitive, to: false, .privateKey), code: .notSupported, naming: "CKA_SENSITIVE"),
        Lie(
            rule: .change(.sensitive, to: false, .privateKey), flags: .exportable, code: .notSupported,
            naming: "CKA_SENSITIVE"),
        Lie(rule: .change(.extractable, to: true, .privateKey), code: .notSupported, naming: "CKA_EXTRACTABLE"),
        Lie(
            rule: .change(.extractable, to: false, .privateKey), flags: .exportable, code: .badFlags,
            naming: "CKA_EXTRACTABLE"),
        Lie(rule: .change(.token, to: false, .privateKey), code: .notSupported, naming: "CKA_TOKEN"),
        Lie(rule: .change(.token, to: false, .publicKey), code: .notSupported, naming: "CKA_TOKEN"),
        Lie(rule: .change(.token, to: false), code: .notSupported, naming: "CKA_TOKEN"),
        Lie(rule: .change(.isPrivate, to: false, .privateKey), code: .notSupported, naming: "CKA_PRIVATE"),
        Lie(rule: .change(.isPrivate, to: true, .publicKey), code: .notSupported, naming: "CKA_PRIVATE"),
        Lie(rule: .change(.sign, to: false, .privateKey), code: .notSupported, naming: "CKA_SIGN"),
        Lie(rule: .drop(.label), code: .notSupported, naming: "CKA_LABEL"),
        Lie(rule: .drop(.id, .publicKey), code: .notSupported, naming: "CKA_ID"),
        Lie(
            rule: .change(.alwaysAuthenticate, to: false), flags: .forceKeyProtectionHigh, code: .notSupported,
            naming: "CKA_ALWAYS_AUTHENTICATE"
        ),
        Lie(
            rule: .drop(.alwaysAuthenticate), flags: .forceKeyProtectionHigh, code: .notSupported,
            naming: "CKA_ALWAYS_AUTHENTICATE"
        ),
        Lie(rule: .hide(.extractable), code: .notSupported, naming: "CKA_EXTRACTABLE"),
        Lie(rule: .hide(.sensitive), flags: .exportable, code: .notSupported, naming: "CKA_SENSITIVE"),
        Lie(
            rule: .hide(.alwaysAuthenticate), flags: .forceKeyProtectionHigh, code: .notSupported,
            naming: "CKA_ALWAYS_AUTHENTICATE"
        ),
    ]

    @Test("is found out, and the key destroyed; one that it was to replace stays", arguments: lies)
    func isFoundOut(lie: Lie) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice", asking: faulty.bench.owner)
        let before = try faulty.bench.objects()
        faulty.rules(lie.rule)
        refused(lie.code, naming: [lie.naming, "alice", "destroyed"]) {
            try context.generateKey(.signature, bits: 1024, flags: lie.flags)
        }
        #expect(try faulty.bench.objects() == before, "neither on the token nor in a session")
        faulty.rules()
        let old = try context.generateKey(.signature, bits: 1024, flags: lie.flags)
        let withOld = try faulty.bench.objects()
        faulty.rules(lie.rule)
        refused(lie.code, naming: [lie.naming]) {
            try context.generateKey(.signature, bits: 1024, flags: lie.flags)
        }
        faulty.rules()
        #expect(try faulty.bench.objects() == withOld)
        try context.proves(.signature, key: old)
        try faulty.bench.open("alice", asking: faulty.bench.owner).proves(.signature, key: old)
    }

    @Test(
        "is found out for an archivable pair, whose twin goes too",
        arguments: [
            Rule.change(.extractable, to: true), .change(.token, to: false), .change(.sensitive, to: false),
            .hide(.extractable),
        ])
    func isFoundOutForAnArchivablePair(rule: Rule) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let before = try faulty.bench.objects()
        faulty.rules(rule)
        #expect(throws: CSPError.self) { try context.generateKey(.signature, bits: 1024, flags: .archivable) }
        #expect(try faulty.bench.objects() == before)
    }

    @Test(
        "is found out for session keys and ephemeral pairs",
        arguments: [
            Rule.change(.sensitive, to: false), .change(.extractable, to: true), .change(.token, to: true),
            .hide(.sensitive),
        ])
    func isFoundOutForSessionKeys(rule: Rule) throws {
        let faulty = try FaultModule()
        // With a PIN: without one SoftHSM itself refuses what is to be on the token.
        let context = try faulty.bench.open(nil, .verifyContext)
        _ = try faulty.bench.objects()
        faulty.rules(rule)
        #expect(throws: CSPError.self) { try context.generateKey(cipher: .aes256) }
        #expect(throws: CSPError.self) { try context.generateKey(.signature, bits: 1024) }
        #expect(try faulty.bench.objects().isEmpty)
        refused(.noKey) { try context.userKey(.signature) }
    }

    @Test("by nothing but not telling CKA_MODULUS_BITS is believed: the modulus tells it")
    func notTellingModulusBitsIsBelieved() throws {
        let faulty = try FaultModule()
        faulty.rules(.hide(.modulusBits))
        let report = try faulty.bench.create("alice").generateKey(.signature, bits: 1024).report()
        #expect(report.value("public", "CKA_MODULUS_BITS") == "1024")
    }

    @Test("that fails while it is read back leaves nothing")
    func thatFailsWhileItIsReadBackLeavesNothing() throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let before = try faulty.bench.objects()
        // The container is read first; then come the new pair's halves.
        for skipped in 0..<6 {
            faulty.rules(.fail("C_GetAttributeValue", .deviceError, times: 1, after: skipped))
            let outcome = Result { try context.generateKey(.signature, bits: 1024) }
            faulty.rules()
            switch outcome {
            case .failure:
                #expect(try faulty.bench.objects() == before, "after \(skipped) reads")
            case .success:
                try context.deleteKey(.signature)
            }
        }
    }
}
