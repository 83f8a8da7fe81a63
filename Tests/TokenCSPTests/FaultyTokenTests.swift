import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("A token that fails in the middle")
struct FaultyTokenTests {
    @Test("of copying an archivable pair leaves nothing of it", arguments: [0, 1])
    func ofCopyingAnArchivablePair(skipped: Int) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let before = try faulty.bench.objects()
        faulty.rules(.fail("C_CopyObject", .deviceError, times: 1, after: skipped))
        refused(.commError, naming: ["alice"]) { try context.generateKey(.signature, bits: 1024, flags: .archivable) }
        #expect(try faulty.bench.objects() == before)
        faulty.rules()
        let key = try context.generateKey(.signature, bits: 1024, flags: .archivable)
        try context.proves(.signature, key: key)
    }

    @Test(
        "of making an archivable pair that replaces another leaves the other",
        arguments: [
            ("C_CopyObject", 0), ("C_CopyObject", 1), ("C_GenerateKeyPair", 0),
        ])
    func ofMakingAnArchivablePairThatReplacesAnother(function: String, skipped: Int) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let old = try context.generateKey(.signature, bits: 1024)
        let before = try faulty.bench.objects()
        faulty.rules(.fail(function, .deviceError, times: 1, after: skipped))
        refused(.commError) { try context.generateKey(.signature, bits: 1024, flags: .archivable) }
        #expect(try faulty.bench.objects() == before)
        try faulty.bench.open("alice").proves(.signature, key: old)
    }

    @Test(
        "that cannot copy at all says so for CRYPT_ARCHIVABLE, and makes other keys",
        arguments: [
            ReturnValue.functionNotSupported, .actionProhibited, .templateInconsistent, .attributeReadOnly,
        ])
    func thatCannotCopyAtAll(answer: ReturnValue) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        faulty.rules(.fail("C_CopyObject", answer, times: 1000))
        let code: ErrorCode = answer == .functionNotSupported ? .notSupported : .badFlags
        refused(code, naming: ["CRYPT_ARCHIVABLE"]) {
            try context.generateKey(.signature, bits: 1024, flags: .archivable)
        }
        try context.proves(.signature, key: context.generateKey(.signature, bits: 1024))
        #expect(try faulty.bench.objects().count == 2)
    }

    /// One C_CreateObject is the record of the replacement; C_DestroyObject takes the record, then the old pair.
    static let pointsOfReplacement: [(String, Int)] = [
        ("C_CreateObject", 0), ("C_GenerateKeyPair", 0), ("C_GetAttributeValue", 2), ("C_DestroyObject", 0),
        ("C_DestroyObject", 1), ("C_DestroyObject", 2),
    ]

    @Test(
        "of a replacement leaves a container that opens and signs, and the next open clears up",
        arguments: pointsOfReplacement)
    func ofAReplacement(function: String, skipped: Int) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let old = try context.generateKey(.signature, bits: 1024).publicKey()
        faulty.rules(.fail(function, .deviceError, times: 1, after: skipped))
        refused(.commError, naming: ["alice"]) { try context.generateKey(.signature, bits: 1024) }
        faulty.rules()
        try context.proves(.signature)
        let later = try faulty.bench.open("alice")
        try later.proves(.signature)
        // Up to the record's end the old pair is current; from there on the new one is, and is complete.
        let isOld = try later.userKey(.signature).publicKey() == old
        #expect(isOld == !(function == "C_DestroyObject" && skipped > 0))
        #expect(try faulty.bench.objects().count == 2, "one pair, no record")
        #expect(try later.containers() == ["alice"])
    }

    @Test(
        "and goes on failing leaves a container that opens with the old key",
        arguments: [
            "C_DestroyObject", "C_CreateObject", "C_GenerateKeyPair",
        ])
    func andGoesOnFailing(function: String) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let old = try context.generateKey(.signature, bits: 1024)
        faulty.rules(.fail(function, .deviceError, times: 1000))
        for _ in 0..<2 { refused(.commError) { try context.generateKey(.signature, bits: 1024) } }
        try faulty.bench.open("alice").proves(.signature, key: old)
        let publicly = try faulty.bench.open("alice", .verifyContext, configuration: faulty.bench.withoutPIN)
        #expect(try publicly.userKey(.signature).publicKey() == old.publicKey())
        faulty.rules()
        let new = try faulty.bench.open("alice").generateKey(.signature, bits: 1024)
        try context.proves(.signature, key: new)
        #expect(try faulty.bench.objects().count == 2)
    }

    @Test("of making a container leaves none")
    func ofMakingAContainer() throws {
        let faulty = try FaultModule()
        faulty.rules(.fail("C_CreateObject", .deviceMemory))
        refused(.storageFull, naming: ["alice"]) { try faulty.bench.create("alice") }
        #expect(try faulty.bench.objects().isEmpty)
        _ = try faulty.bench.create("alice")
    }

    @Test(
        "that takes no data objects keeps an empty container as long as its context",
        arguments: [
            ReturnValue.attributeValueInvalid, .templateInconsistent, .functionNotSupported,
        ])
    func thatTakesNoDataObjects(answer: ReturnValue) throws {
        let faulty = try FaultModule()
        faulty.rules(.fail("C_CreateObject", answer, times: 1000))
        let context = try faulty.bench.create("alice")
        #expect(try faulty.bench.objects().isEmpty)
        refused(.badKeyset) { try faulty.bench.open("alice") }
        let first = try context.generateKey(.signature, bits: 1024)
        try faulty.bench.open("alice").proves(.signature, key: first)
        let second = try context.generateKey(.signature, bits: 1024)
        try faulty.bench.open("alice").proves(.signature, key: second)
        #expect(try faulty.bench.objects().count == 2)
    }

    // MARK: - Sessions and stale handles

    @Test(
        "of its sessions is asked once more with new ones",
        arguments: [
            ReturnValue.sessionHandleInvalid, .sessionClosed,
        ])
    func ofItsSessions(answer: ReturnValue) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024)
        for function in ["C_FindObjectsInit", "C_GetAttributeValue", "C_SignInit", "C_Sign"] {
            faulty.rules(.fail(function, answer))
            try context.proves(.signature, key: key)
            #expect(try context.containers() == ["alice"], "\(function)")
        }
        for function in ["C_GenerateKeyPair", "C_GetAttributeValue", "C_FindObjectsInit"] {
            faulty.rules(.fail(function, answer))
            let new = try context.generateKey(.signature, bits: 1024)
            faulty.rules()
            try context.proves(.signature, key: new)
            #expect(try faulty.bench.objects().count == 2, "\(function)")
        }
    }

    @Test("of its sessions for good is SCARD_W_RESET_CARD")
    func ofItsSessionsForGood() throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024)
        faulty.rules(.fail("C_SignInit", .sessionHandleInvalid, times: 1000))
        refused(.resetCard, naming: ["alice"]) { try context.proves(.signature, key: key) }
        faulty.rules(.fail("C_FindObjectsInit", .sessionHandleInvalid, times: 1000))
        refused(.resetCard) { try context.containers() }
        faulty.rules()
        try context.proves(.signature, key: key)
    }

    @Test(
        "that forgets a handle is searched for the key once more",
        arguments: [
            ReturnValue.keyHandleInvalid, .objectHandleInvalid,
        ])
    func thatForgetsAHandle(answer: ReturnValue) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024)
        try context.proves(.signature, key: key)
        faulty.rules(.fail("C_SignInit", answer))
        try context.proves(.signature, key: key)
        faulty.rules(.fail("C_SignInit", answer, times: 1000))
        refused(.noKey, naming: ["alice"]) { try context.proves(.signature, key: key) }
    }

    @Test("is told by its own answer where no better word is known")
    func isToldByItsOwnAnswer() throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        _ = try context.generateKey(.signature, bits: 1024)
        let answers: [(ReturnValue, ErrorCode)] = [
            (.deviceRemoved, .removedCard), (.tokenNotPresent, .noSmartcard),
            (.deviceError, .commError),
            (.functionFailed, .fail), (ReturnValue(rawValue: 0x8000_0001), .fail),
            (.functionCanceled, .cancelledByUser),
            (.keyFunctionNotPermitted, .badKey), (.hostMemory, .noMemory), (.pinLocked, .chvBlocked),
        ]
        for (answer, code) in answers {
            faulty.rules(.fail("C_Sign", answer))
            let error = refused(code, naming: ["alice"]) { try context.proves(.signature) }
            #expect(error?.cause == CSPError.Cause(function: "C_Sign", name: answer.name, value: answer.rawValue))
            try context.proves(.signature)
        }
    }

    @Test("of its random numbers is NTE_FAIL or its own answer, and never zeros")
    func ofItsRandomNumbers() throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.ephemeral()
        try context.useTokenRandom()
        faulty.rules(.fail("C_GenerateRandom", .randomNoRNG))
        refused(.fail, naming: ["PP_USE_HARDWARE_RNG"]) { try context.random(32) }
        #expect(Set(try context.random(32)).count > 1)
        faulty.rules(.fail("C_GenerateRandom", .deviceRemoved, times: 1, after: 1))
        refused(.removedCard) { try context.random(5000) }
    }
}
