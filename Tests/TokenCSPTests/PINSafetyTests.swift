import Glibc
import PKCS11
import Synchronization
import TestTokens
import Testing

@testable import TokenCSP

@Suite("What a token tells of its PIN")
struct PINSafetyTests {
    private func prepared(_ flags: KeyFlags = .userProtected) throws -> FaultModule {
        let faulty = try FaultModule()
        let context = try faulty.bench.create("alice")
        _ = try context.generateKey(.signature, bits: 1024, flags: flags)
        _ = try context.generateKey(.keyExchange, bits: 1024)
        // The next context has to log in again.
        try faulty.token().logout()
        return faulty
    }

    private func open(_ faulty: FaultModule, _ person: Person?, _ flags: Context.Flags = []) throws -> Context {
        try Context.acquire(
            container: "alice", flags: flags, configuration: faulty.bench.withoutPIN,
            interaction: person ?? RefusingInteraction())
    }

    // MARK: - Tries

    @Test("is heard by who is asked: fewer tries after a wrong one, then the last; nobody else uses that")
    func isHeardByWhoIsAsked() throws {
        let faulty = try prepared()
        faulty.rules(.locks(after: 3))
        let person = Person("9991", "9992", faulty.bench.made.userPIN)
        try open(faulty, person).proves(.keyExchange)
        #expect(person.requests.map(\.tries) == [.untouched, .fewer, .last])
        #expect(person.requests[2].facts.contains("LAST TRY"))
        #expect(person.requests.map(\.complaint) == [nil, "Wrong PIN.", "Wrong PIN."])
    }

    /// Uses up tries elsewhere while the question is open.
    private final class Meanwhile: UserInteraction {
        let heard = Mutex<[UserRequest]>([])
        let pins: [String]
        let work: @Sendable () -> Void

        init(_ pins: [String], _ work: @escaping @Sendable () -> Void) {
            self.pins = pins
            self.work = work
        }

        func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
            let count = heard.withLock { heard in
                heard.append(request)
                return heard.count
            }
            if count == 1 { work() }
            return PIN(pins[min(count, pins.count) - 1])
        }

        func confirm(_ request: UserRequest) throws(CSPError) {}
    }

    @Test("is looked at again before a PIN is sent: the last try is announced to who uses it")
    func isLookedAtAgain() throws {
        let faulty = try prepared()
        faulty.rules(.locks(after: 3))
        let person = Meanwhile(["9993", faulty.bench.made.userPIN]) {
            for wrong in ["9991", "9992"] {
                let other = try? self.open(faulty, nil, .silent)
                other?.setPIN(PIN(wrong))
                refused(.wrongChv) { try other?.proves(.keyExchange) }
            }
        }
        let context = try Context.acquire(
            container: "alice", configuration: faulty.bench.withoutPIN, interaction: person)
        try context.proves(.keyExchange)
        let heard = person.heard.withLock { $0 }
        #expect(heard.map(\.tries) == [.untouched, .last])
        #expect(heard[1].complaint?.contains("not sent") == true)
    }

    @Test("at the last try a program's PIN is not sent: a person is asked, where there is one")
    func aProgramsPINAtTheLastTry() throws {
        let faulty = try prepared()
        faulty.rules(.tells(.userPINFinalTry))
        let person = Person(faulty.bench.made.userPIN)
        let context = try open(faulty, person)
        context.setPIN(PIN(faulty.bench.made.userPIN))
        try context.proves(.signature)
        #expect(person.questions == [.pin])
        #expect(person.requests.first?.tries == .last)
    }

    @Test("spends no try on what can be no PIN: an empty one, one with a NUL, one too short or too long")
    func spendsNoTry() throws {
        let faulty = try prepared()
        let pin = faulty.bench.made.userPIN
        let calls = try faulty.calls(of: ["C_Login"]) {
            let person = Person("", "12", pin)
            try open(faulty, person).proves(.keyExchange)
            #expect(person.requests.map { $0.complaint?.contains("not sent") } == [nil, true, false])
            #expect(person.requests[2].complaint == "The token takes PINs of 4 to 255 bytes.")
        }.calls
        #expect(calls["C_Login"] == 1)
        refused(.invalidChv, naming: ["NUL"]) {
            try open(faulty, Person("12\0" + "45")).proves(.keyExchange)
        }
        #expect(try !faulty.token().info().flags.contains(.userPINCountLow))
    }

    @Test("keeps a stored PIN from the last try, where a consent is asked too")
    func keepsAStoredPINFromTheLastTry() throws {
        let faulty = try prepared()
        faulty.rules(.tells(.userPINFinalTry))
        let pin = faulty.bench.made.userPIN
        // Nobody there: not sent, right as it is.
        let calls = try faulty.calls(of: ["C_Login"]) {
            let alone = try Context.acquire(
                container: "alice", configuration: faulty.bench.configuration, interaction: RefusingInteraction())
            refused(.notAuthenticated, naming: ["one try is left"]) { try alone.proves(.keyExchange) }
            let silent = try faulty.bench.open("alice", .silent)
            refused(.notAuthenticated, naming: ["one try is left"]) { try silent.proves(.keyExchange) }
        }.calls
        #expect(calls["C_Login"] == 0)
        // Somebody there: the PIN is asked for, not the consent alone.
        let person = Person(pin)
        let context = try Context.acquire(
            container: "alice", configuration: faulty.bench.configuration, interaction: person)
        try context.proves(.signature)
        #expect(person.questions == [.pin])
        #expect(person.requests.first?.tries == .last)
    }

    @Test("that is locked is SCARD_W_CHV_BLOCKED, asks nobody, and names what unlocks it")
    func thatIsLocked() throws {
        let faulty = try prepared()
        faulty.rules(.tells(.userPINLocked))
        let person = Person(faulty.bench.made.userPIN)
        let calls = faulty.calls(of: ["C_Login"]) {
            for spec in [KeySpec.keyExchange, .signature] {
                refused(.chvBlocked, naming: ["security officer", "tokencsp token unblock"]) {
                    try open(faulty, person).proves(spec)
                }
            }
        }.calls
        #expect(calls["C_Login"] == 0)
        #expect(person.questions.isEmpty)
    }

    @Test("locked by the last of three entries is told at once, and works when the officer has unlocked it")
    func lockedByTheLastOfThreeEntries() throws {
        let faulty = try prepared()
        faulty.rules(.locks(after: 3))
        let person = Person("9991", "9992", "9993")
        let context = try open(faulty, person)
        refused(.chvBlocked, naming: ["tokencsp token unblock"]) { try context.proves(.keyExchange) }
        #expect(person.questions.count == 3)
        let made = faulty.bench.made
        try faulty.token().initializePIN(PIN(made.userPIN), soPIN: PIN(made.soPIN))
        let later = try open(faulty, Person(made.userPIN))
        try later.proves(.keyExchange)
        try later.proves(.signature)
    }

    @Test("is not asked in vain: a stored PIN that is wrong is told before the consent is asked")
    func isNotAskedInVain() throws {
        let faulty = try prepared()
        let person = Person(faulty.bench.made.userPIN)
        let uri = faulty.bench.withoutPIN.tokenURI ?? ""
        for _ in 0..<3 {
            let context = try Context.acquire(
                container: "alice", configuration: Configuration(tokenURI: uri + "&pin-value=9999"), interaction: person
            )
            refused(.wrongChv) { try context.proves(.signature) }
        }
        #expect(person.questions.isEmpty)
        #expect(faulty.calls("wrong PINs") == 1)
    }

    // MARK: - A pad

    @Test("is entered at the reader's pad: once for the login, then once for each use of a key that asks")
    func isEnteredAtThePad() throws {
        let faulty = try prepared(.forceKeyProtectionHigh)
        faulty.rules(.pad)
        // No reader gets a pad while there are sessions.
        try faulty.token().forgetPlace()
        setenv("FAULT_PAD_PIN", faulty.bench.made.userPIN, 1)
        let person = PadPerson()
        let context = try Context.acquire(
            container: "alice", configuration: faulty.bench.withoutPIN, interaction: person)
        #expect(try faulty.calls(of: ["C_Login"]) { try context.proves(.keyExchange) }.calls["C_Login"] == 1)
        #expect(try faulty.calls(of: ["C_Login"]) { try context.proves(.keyExchange) }.calls["C_Login"] == 0)
        for _ in 0..<2 {
            #expect(try faulty.calls(of: ["C_Login"]) { try context.proves(.signature) }.calls["C_Login"] == 1)
        }
        #expect(person.shown == 3 && person.taken == 3)
        faulty.rules(.pad, .fail("C_Login", .functionCanceled))
        refused(.cancelledByUser) { try context.proves(.signature) }
        try context.proves(.signature)
        #expect(person.shown == person.taken)
        refused(.silentContext) { try open(faulty, nil, .silent).proves(.keyExchange) }
    }

    // MARK: - Expiry

    @Test("that has expired is changed by who is asked, and else told as NTE_PASSWORD_CHANGE_REQUIRED")
    func thatHasExpired() throws {
        let faulty = try prepared()
        faulty.rules(.expired)
        let old = faulty.bench.made.userPIN
        let alone = try open(faulty, nil, .silent)
        alone.setPIN(PIN(old))
        refused(.passwordChangeRequired, naming: ["tokencsp token change-pin"]) { try alone.proves(.keyExchange) }
        let person = Person(old, "5678")
        let context = try open(faulty, person)
        try context.proves(.keyExchange)
        #expect(person.questions == [.pin, .newPIN])
        #expect(person.requests[1].facts.contains("expired"))
        // The new one is the PIN from now on.
        try context.proves(.signature)
        #expect(person.questions == [.pin, .newPIN, .consent])
        refused(.wrongChv) { try alone.proves(.keyExchange) }
    }

    // MARK: - One question for one export

    @Test("is asked for once for an export, and not for its size")
    func isAskedForOnceForAnExport() throws {
        let faulty = try prepared([.forceKeyProtectionHigh, .exportable])
        let person = Person(faulty.bench.made.userPIN)
        let key = try open(faulty, person).userKey(.signature)
        var length: UInt32 = 0
        try key.export(BlobType.privateKey, under: nil, flags: 0, data: nil, length: &length)
        #expect(person.questions.isEmpty && length > 500)
        _ = try key.blob(BlobType.privateKey, under: nil, flags: 0)
        #expect(person.questions == [.pin])
        let silent = try open(faulty, nil, .silent).userKey(.signature)
        let functions = ["C_Login", "C_FindObjectsInit", "C_WrapKey"]
        let calls = faulty.calls(of: functions) {
            refused(.silentContext) { try silent.blob(BlobType.privateKey, under: nil, flags: 0) }
        }.calls
        #expect(calls.values.allSatisfy { $0 == 0 })
    }
}

/// Looks at the reader's pad, and hears nothing else.
private final class PadPerson: UserInteraction {
    private let counts = Mutex((shown: 0, taken: 0))
    var shown: Int { counts.withLock { $0.shown } }
    var taken: Int { counts.withLock { $0.taken } }

    func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
        throw CSPError(.fail, "a PIN was asked for beside the pad")
    }

    func confirm(_ request: UserRequest) throws(CSPError) {
        throw CSPError(.fail, "a consent was asked for beside the pad")
    }

    func announcePad(_ request: UserRequest) -> (@Sendable () -> Void)? {
        counts.withLock { $0.shown += 1 }
        return { self.counts.withLock { $0.taken += 1 } }
    }
}
