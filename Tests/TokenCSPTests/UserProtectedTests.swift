import PKCS11
import Synchronization
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

    @Test("signs as often as it is asked with the PIN that the context holds", arguments: flags)
    func signsWithThePINThatTheContextHolds(flags: KeyFlags) throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024, flags: flags)
        for text in ["one", "two", "three"] { try context.proves(.signature, text, key: key) }
        let later = try bench.open("alice", .silent)
        for text in ["one", "two", "three"] { try later.proves(.signature, text) }
    }

    @Test("signs with a PIN that the program set")
    func signsWithAPINThatTheProgramSet() throws {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024, flags: .userProtected)
        let context = try bench.open("alice", .silent, configuration: bench.withoutPIN)
        context.setPIN(PIN(bench.made.userPIN))
        try context.proves(.signature)
        context.setPIN(nil)
        refused(.silentContext) { try context.proves(.signature) }
    }

    @Test("does not sign without a PIN, though the process has logged in")
    func doesNotSignWithoutAPIN() throws {
        let bench = try Workbench()
        let owner = try bench.create("alice")
        _ = try owner.generateKey(.signature, bits: 1024, flags: .userProtected)
        try owner.proves(.signature)
        #expect(try bench.isLoggedIn)
        refused(.notAuthenticated, naming: [bench.made.label, "pin-source"]) {
            try bench.open("alice", configuration: bench.withoutPIN).proves(.signature)
        }
        refused(.silentContext, naming: ["CRYPT_SILENT"]) {
            try bench.open("alice", .silent, configuration: bench.withoutPIN).proves(.signature)
        }
        refused(.silentContext, naming: ["CRYPT_VERIFYCONTEXT"]) {
            try bench.open("alice", .verifyContext).proves(.signature)
        }
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
        try owner.proves(.signature)
    }

    @Test("signs after somebody was asked for the PIN, once for the context")
    func signsAfterSomebodyWasAsked() throws {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024, flags: .userProtected)
        let questions = Mutex(0)
        let pin = bench.made.userPIN
        let context = try Context.acquire(container: "alice", configuration: bench.withoutPIN) { _ in
            questions.withLock { $0 += 1 }
            return PIN(pin)
        }
        #expect(questions.withLock { $0 } == 0, "opening asks nobody")
        try context.proves(.signature)
        try context.proves(.signature)
        #expect(questions.withLock { $0 } == 1)
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
