import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("The template ladder")
struct TemplateLadderTests {
    /// What a token may not want in a template, and the rung that leaves it out.
    static let steps: [(type: AttributeType, half: Rule.Half, answer: ReturnValue, rung: Int)] = [
        (.derive, .both, .attributeTypeInvalid, 1), (.signRecover, .both, .attributeTypeInvalid, 1),
        (.verifyRecover, .publicKey, .templateInconsistent, 1), (.derive, .privateKey, .generalError, 1),
        (.objectClass, .both, .templateInconsistent, 2), (.keyType, .publicKey, .attributeTypeInvalid, 2),
        (.decrypt, .privateKey, .attributeValueInvalid, 2), (.wrap, .publicKey, .attributeValueInvalid, 2),
        (.isPrivate, .both, .attributeTypeInvalid, 3), (.sensitive, .privateKey, .attributeTypeInvalid, 3),
        (.extractable, .privateKey, .attributeTypeInvalid, 3),
    ]

    @Test("steps down to what the token takes, and reads back what it left out", arguments: steps)
    func stepsDown(type: AttributeType, half: Rule.Half, answer: ReturnValue, rung: Int) throws {
        let faulty = try FaultModule()
        faulty.rules(
            .refuse(type, answer, half), .byDefault(.sensitive, true, .privateKey),
            .byDefault(.isPrivate, false, .publicKey))
        let context = try faulty.bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024)
        let report = try key.report()
        #expect(report.rung == rung)
        for attribute in ["CKA_TOKEN", "CKA_PRIVATE", "CKA_SENSITIVE"] {
            #expect(report.value("private", attribute) == "true", "\(attribute)")
        }
        #expect(report.value("private", "CKA_EXTRACTABLE") == "false")
        for line in report.lines where ["CKA_SENSITIVE", "CKA_EXTRACTABLE", "CKA_TOKEN"].contains(line.attribute) {
            #expect(line.agrees, "\(line)")
        }
        try context.proves(.signature, key: key)
        let listed = try Tool.list(faulty.bench.made).filter { $0.kind == "private" }
        #expect(listed.map(\.label) == ["alice"])
        #expect(listed.allSatisfy { $0.words.isSuperset(of: ["sensitive", "always sensitive", "never extractable"]) })
    }

    @Test("refuses a key that only a lower rung makes, and that is then not sensitive")
    func refusesAKeyThatIsNotSensitive() throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let before = try faulty.bench.objects()
        // SoftHSM's own default for what is left out is false.
        faulty.rules(.refuse(.sensitive, .attributeTypeInvalid, .privateKey))
        refused(.notSupported, naming: ["CKA_SENSITIVE", "destroyed"]) {
            try context.generateKey(.signature, bits: 1024)
        }
        #expect(try faulty.bench.objects() == before)
    }

    @Test("tells of uses that the token allows beyond the key spec, as held by the CSP")
    func tellsOfUsesBeyondTheKeySpec() throws {
        let faulty = try FaultModule()
        faulty.rules(.refuse(.decrypt, .attributeTypeInvalid, .privateKey))
        let report = try faulty.bench.create("alice").generateKey(.signature, bits: 1024).report()
        // SoftHSM's own default is true.
        let line = try #require(report.lines.first { $0.attribute == "CKA_DECRYPT" })
        #expect(line.asked == "false")
        #expect(line.onToken == "true")
        #expect(line.heldBy == .csp)
    }

    @Test("does not step down over an answer that is not about attributes")
    func doesNotStepDown() throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let before = try faulty.bench.objects()
        let answers: [(ReturnValue, ErrorCode)] = [
            (.deviceError, .commError), (.functionFailed, .fail), (.deviceMemory, .storageFull),
            (.keySizeRange, .invalidParameter), (.tokenWriteProtected, .readOnlyCard),
        ]
        for (answer, code) in answers {
            faulty.rules(.fail("C_GenerateKeyPair", answer))
            let error = refused(code, naming: ["alice"]) { try context.generateKey(.signature, bits: 1024) }
            #expect(error?.cause?.function == "C_GenerateKeyPair")
            #expect(error?.cause?.name == answer.name)
            #expect(try faulty.bench.objects() == before)
        }
    }

    @Test("ends, after four tries, with the token's answer where nothing helps")
    func endsAfterFourTries() throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let before = try faulty.bench.objects()
        faulty.rules(.refuse(.sign, .attributeTypeInvalid, .privateKey))
        let (calls, error) = faulty.calls(of: ["C_GenerateKeyPair"]) {
            refused(.notSupported, naming: ["alice"]) { try context.generateKey(.signature, bits: 1024) }
        }
        #expect(calls == ["C_GenerateKeyPair": 4])
        #expect(error?.cause?.name == "CKR_ATTRIBUTE_TYPE_INVALID")
        #expect(try faulty.bench.objects() == before)
    }

    static let carried: [(type: AttributeType, flags: KeyFlags)] = [
        (.alwaysAuthenticate, .forceKeyProtectionHigh), (.extractable, .exportable),
        (.sensitive, .exportable),
    ]

    @Test("never leaves out what a flag asked for: NTE_BAD_FLAGS, NTE_NOT_SUPPORTED for the PIN", arguments: carried)
    func neverLeavesOutWhatAFlagAskedFor(type: AttributeType, flags: KeyFlags) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let before = try faulty.bench.objects()
        for answer in [ReturnValue.attributeTypeInvalid, .attributeValueInvalid, .templateInconsistent] {
            faulty.rules(.refuse(type, answer, .privateKey))
            let code = type == .alwaysAuthenticate ? ErrorCode.notSupported : .badFlags
            let error = refused(code, naming: flags.names + ["alice"]) {
                try context.generateKey(.signature, bits: 1024, flags: flags)
            }
            #expect(error?.cause?.name == answer.name)
            #expect(try faulty.bench.objects() == before)
        }
    }

    @Test(
        "leaves consent to the CSP where the token does not take CKA_ALWAYS_AUTHENTICATE, or does not keep it",
        arguments: [
            Rule.refuse(.alwaysAuthenticate, .attributeTypeInvalid, .privateKey),
            .refuse(.alwaysAuthenticate, .templateInconsistent, .privateKey), .change(.alwaysAuthenticate, to: false),
            .drop(.alwaysAuthenticate), .hide(.alwaysAuthenticate),
        ])
    func leavesConsentToTheCSP(rule: Rule) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        faulty.rules(rule)
        let key = try context.generateKey(.signature, bits: 1024, flags: [.userProtected, .exportable])
        let report = try key.report()
        #expect(report.protection == .consent && report.protectionHolder == .csp)
        let line = try #require(report.lines.first { $0.attribute == "CKA_ALWAYS_AUTHENTICATE" })
        #expect(line.heldBy == .csp && line.asked == nil)
        #expect(try faulty.bench.objects().count == 2)
        let person = faulty.bench.owner
        let later = try faulty.bench.open("alice", asking: person)
        try later.proves(.signature, key: key)
        #expect(person.questions == [.consent])
        #expect(try later.userKey(.signature).report().protectionHolder == .csp)
        refused(.notAuthenticated) { try faulty.bench.open("alice").proves(.signature) }
        refused(.silentContext) { try faulty.bench.open("alice", .silent).proves(.signature) }
    }

    @Test("is there for session keys and ephemeral pairs too")
    func isThereForSessionKeys() throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.ephemeral()
        faulty.rules(
            .refuse(.derive), .refuse(.isPrivate, .attributeValueInvalid), .byDefault(.isPrivate, false),
            .byDefault(.sensitive, true), .byDefault(.extractable, false)
        )
        let secret = try context.generateKey(cipher: .aes256)
        #expect(try secret.report().rung == 3)
        try secret.destroy()
        faulty.rules(.refuse(.derive))
        let pair = try context.generateKey(.signature, bits: 1024)
        #expect(try pair.report().rung == 1)
        try context.proves(.signature, key: pair)
        faulty.rules(.refuse(.extractable))
        refused(.badFlags, naming: ["CRYPT_EXPORTABLE"]) {
            try context.generateKey(cipher: .aes256, flags: .exportable)
        }
        refused(.badFlags, naming: ["CRYPT_EXPORTABLE"]) {
            try context.generateKey(.keyExchange, bits: 1024, flags: .exportable)
        }
        context.release()
        #expect(try faulty.bench.objects().isEmpty)
    }
}
