import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("A key with CRYPT_USER_PROTECTED or CRYPT_FORCE_KEY_PROTECTION_HIGH")
struct UserProtectedTests {
    static let flags: [KeyFlags] = [
        .userProtected, .forceKeyProtectionHigh, [.userProtected, .forceKeyProtectionHigh],
    ]

    @Test("is held by the token to a PIN for each signature", arguments: flags)
    func isHeldByTheTokenToAPIN(flags: KeyFlags) throws {
        let bench = try Workbench()
        let key = try bench.create("alice").generateKey(.signature, bits: 1024, flags: flags)
        let line = try #require(key.report().lines.first { $0.attribute == "CKA_ALWAYS_AUTHENTICATE" })
        #expect(line.onToken == "true")
        #expect(line.heldBy == .token)
        #expect(line.because == flags.names[0])
        // Past us, with the user logged in: the token itself refuses.
        let token = try bench.made.token()
        #expect(throws: PKCS11Error(.returned(.userNotLoggedIn), function: "C_Sign")) {
            try token.withSession { session throws(PKCS11Error) in
                let handle = try session.find([Attribute(.privateKey), Attribute(.label, "alice")])[0]
                _ = try session.sign([1, 2, 3], with: handle, .rsaPKCS, maximumSize: 128)
            }
        }
    }

    @Test("asks at each use: for consent where the PIN is known, for the PIN where each use wants it", arguments: flags)
    func asksAtEachUse(flags: KeyFlags) throws {
        let bench = try Workbench()
        let person = Person(bench.made.userPIN)
        let context = try bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024, flags: flags)
        let question = flags.contains(.forceKeyProtectionHigh) ? UserRequest.Question.pin : .consent
        #expect(key.protection == (question == .pin ? .pin : .consent))
        // A standing source gives the PIN and never the consent.
        let later = try bench.open("alice", asking: person)
        for text in ["one", "two", "three"] { try later.proves(.signature, text) }
        #expect(person.questions == [question, question, question])
        for request in person.requests {
            #expect(request.isForOneUse && request.operation == .sign && request.container == "alice")
        }
        // Nobody there, or nobody to be asked.
        refused(.notAuthenticated, naming: ["nobody to ask"]) { try bench.open("alice").proves(.signature) }
        refused(.silentContext, naming: ["CRYPT_SILENT"]) { try bench.open("alice", .silent).proves(.signature) }
    }

    @Test("asks for the PIN where no yes or no can be asked, or the PIN is not known", arguments: flags)
    func asksForThePIN(flags: KeyFlags) throws {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024, flags: flags)
        let callback = Person(bench.made.userPIN, consents: nil)
        let asked = try bench.open("alice", asking: callback)
        try asked.proves(.signature)
        try asked.proves(.signature)
        #expect(callback.questions == [.pin, .pin])
        let person = Person(bench.made.userPIN)
        let context = try bench.open("alice", configuration: bench.withoutPIN, asking: person)
        try context.proves(.signature)
        #expect(person.questions == [.pin], "login and consent in one")
        try context.proves(.signature)
        #expect(person.questions == [.pin, flags.contains(.forceKeyProtectionHigh) ? .pin : .consent])
    }

    @Test("refused by its user is SCARD_W_CANCELLED_BY_USER, and works the next time", arguments: flags)
    func refusedByItsUser(flags: KeyFlags) throws {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024, flags: flags)
        refused(.cancelledByUser) {
            try bench.open("alice", asking: Person(consents: false)).proves(.signature)
        }
        try bench.open("alice", asking: Person(bench.made.userPIN)).proves(.signature)
    }

    @Test("signs with a PIN that the program set, once for each time it was set", arguments: flags)
    func signsWithAPINThatTheProgramSet(flags: KeyFlags) throws {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024, flags: flags)
        let context = try bench.open("alice", .silent, configuration: bench.withoutPIN)
        for _ in 0..<3 {
            context.setPIN(PIN(bench.made.userPIN))
            try context.proves(.signature)
            refused(.silentContext) { try context.proves(.signature) }
        }
        context.setPIN(nil)
        refused(.silentContext) { try context.proves(.signature) }
    }

    @Test("is exported and decrypts only with its user's consent")
    func isExportedOnlyWithConsent() throws {
        let bench = try Workbench()
        let flags: KeyFlags = [.userProtected, .exportable]
        let sealed = try bench.create("alice").generateKey(.keyExchange, bits: 1024, flags: flags)
            .encrypt(Array("secret".utf8), padding: .pkcs1)
        let person = Person(bench.made.userPIN)
        let key = try bench.open("alice", asking: person).userKey(.keyExchange)
        _ = try key.export(.privateKey)
        #expect(try key.decrypt(sealed, padding: .pkcs1) == Array("secret".utf8))
        #expect(person.requests.map(\.operation) == [.export, .decrypt])
        let alone = try bench.open("alice").userKey(.keyExchange)
        refused(.notAuthenticated) { try alone.export(.privateKey) }
        refused(.notAuthenticated) { try alone.decrypt(sealed, padding: .pkcs1) }
    }

    @Test("does not sign without a PIN, though the process has logged in")
    func doesNotSignWithoutAPIN() throws {
        let bench = try Workbench()
        let owner = try bench.create("alice")
        _ = try owner.generateKey(.signature, bits: 1024, flags: .userProtected)
        owner.setPIN(PIN(bench.made.userPIN))
        try owner.proves(.signature)
        #expect(try bench.isLoggedIn)
        refused(.notAuthenticated, naming: ["alice", "PP_SIGNATURE_PIN"]) {
            try bench.open("alice", configuration: bench.withoutPIN).proves(.signature)
        }
        refused(.silentContext, naming: ["CRYPT_SILENT"]) {
            try bench.open("alice", .silent, configuration: bench.withoutPIN).proves(.signature)
        }
        refused(.silentContext, naming: ["CRYPT_VERIFYCONTEXT"]) {
            try bench.open("alice", .verifyContext).proves(.signature)
        }
        owner.setPIN(PIN(bench.made.userPIN))
        try owner.proves(.signature)
    }

    @Test("does not sign with a wrong PIN, though the process has logged in with the right one")
    func doesNotSignWithAWrongPIN() throws {
        let bench = try Workbench()
        let owner = try bench.create("alice")
        _ = try owner.generateKey(.signature, bits: 1024, flags: .userProtected)
        let context = try bench.open("alice", configuration: bench.withoutPIN)
        context.setPIN(PIN("9999"))
        refused(.wrongChv) { try context.proves(.signature) }
        let info = try bench.made.token().info()
        #expect(!info.flags.contains(.userPINFinalTry) && !info.flags.contains(.userPINLocked))
        owner.setPIN(PIN(bench.made.userPIN))
        try owner.proves(.signature)
    }

    @Test("held by the CSP wants the right PIN, though another library of the process has logged in")
    func wantsTheRightPINBesideAnotherLibrary() throws {
        let faulty = try FaultModule()
        faulty.rules(.drop(.alwaysAuthenticate))
        _ = try faulty.bench.create("alice").generateKey(.signature, bits: 1024, flags: .userProtected)
        faulty.rules()
        // The same SoftHSM by another way, of whose login the one in front of it knows nothing.
        let other = try faulty.bench.made.token()
        for wrong in [true, false] {
            try faulty.token().logout()
            try? other.logout()
            try other.login(PIN(faulty.bench.made.userPIN))
            let person = Person(wrong ? "9999" : faulty.bench.made.userPIN, consents: nil)
            let context = try faulty.bench.open("alice", configuration: faulty.bench.withoutPIN, asking: person)
            if wrong {
                refused(.wrongChv) { try context.proves(.signature) }
            } else {
                try context.proves(.signature)
            }
        }
    }

    @Test("made by another program signs with the PIN of the context too")
    func madeByAnotherProgramSigns() throws {
        let bench = try Workbench()
        try Tool.pkcs11Tool(
            bench.made, ["--keypairgen", "--key-type", "rsa:1024", "--label", "theirs", "--id", "07", "--always-auth"]
        )
        let context = try bench.open("theirs")
        try context.proves(.signature)
        try context.proves(.keyExchange)
        let lines = try context.userKey(.signature).report().lines
        #expect(lines.contains { $0.attribute == "CKA_ALWAYS_AUTHENTICATE" && $0.onToken == "true" })
    }
}
