import TestTokens
import Testing

@testable import PKCS11

/// Keys with CKA_ALWAYS_AUTHENTICATE, which SoftHSM enforces.
@Suite struct AlwaysAuthenticateTests {
    let made: TestToken
    let token: Token
    let spy: SlotSpy
    let pair: KeyPair<ObjectHandle>

    init() throws {
        made = try TestToken.make()
        token = try made.token()
        spy = ModuleSpy.watch(token)
        try token.login(PIN(made.userPIN))
        pair = try token.rsaPair(bits: 1024, onToken: true, alwaysAuthenticate: true)
    }

    private func sign(_ pin: PIN?) throws(PKCS11Error) -> [UInt8] {
        try token.withSession { session throws(PKCS11Error) in
            try session.sign(
                [1, 2, 3], with: pair.privateKey, .rsaPKCS, maximumSize: 128, authorization: pin.map { .pin($0) })
        }
    }

    /// As if another library in the process had logged in: which PIN that was nobody knows.
    private func forgetWhichPINIsLoggedIn() throws {
        token.login.reset()
        try token.login(PIN(made.userPIN))
        #expect(token.login.known.withLock { $0.accepted } == nil)
    }

    @Test func theAttributeIsOnTheKey() throws {
        #expect(try token.read(pair.privateKey, [.alwaysAuthenticate]).bool(.alwaysAuthenticate) == true)
    }

    @Test func withoutThePINTheKeyDoesNotSignAndLaterStillDoes() throws {
        #expect(throws: error(.userNotLoggedIn)) { try sign(nil) }
        #expect(try sign(PIN(made.userPIN)).count == 128)
    }

    @Test func everySignatureNeedsThePINAgain() throws {
        let before = spy.calls(.login)
        #expect(try sign(PIN(made.userPIN)) == sign(PIN(made.userPIN)))
        #expect(spy.calls(.login) == before + 2)
        #expect(throws: error(.userNotLoggedIn)) { try sign(nil) }
    }

    @Test func aPINOtherThanTheOneLoggedInIsRefusedAndNotSent() throws {
        let before = spy.calls(.login)
        #expect(throws: error(.pinIncorrect)) { try sign(PIN("9999")) }
        #expect(spy.calls(.login) == before)
        #expect(try !token.info().flags.contains(.userPINCountLow))
        #expect(try sign(PIN(made.userPIN)).count == 128)
    }

    @Test func aWrongPINThatOnlyTheTokenCanTellIsSentOnce() throws {
        try forgetWhichPINIsLoggedIn()
        let before = spy.calls(.login)
        for _ in 0..<4 {
            #expect(throws: error(.pinIncorrect)) { try sign(PIN("9999")) }
        }
        #expect(spy.calls(.login) == before + 1)
        #expect(try sign(PIN(made.userPIN)).count == 128)
    }

    @Test func decryptingNeedsThePINToo() throws {
        let sealed = try token.withSession { session throws(PKCS11Error) in
            try session.encrypt([7, 8, 9], with: pair.publicKey, .rsaPKCS, maximumSize: 128)
        }
        func decrypt(_ pin: PIN?) throws(PKCS11Error) -> [UInt8] {
            try token.withSession { session throws(PKCS11Error) in
                try session.decrypt(
                    sealed, with: pair.privateKey, .rsaPKCS, maximumSize: 128, authorization: pin.map { .pin($0) })
            }
        }
        #expect(throws: error(.userNotLoggedIn)) { try decrypt(nil) }
        #expect(throws: error(.pinIncorrect)) { try decrypt(PIN("9999")) }
        #expect(try decrypt(PIN(made.userPIN)) == [7, 8, 9])
    }

    @Test func aTokenThatDoesNotKnowTheContextLoginSignsAllTheSame() throws {
        // NSS answers so for a key whose attribute it stores and does not enforce.
        let ordinary = try token.rsaPair(bits: 1024)
        spy.fail(.login, with: .userAlreadyLoggedIn)
        let signature = try token.withSession { session throws(PKCS11Error) in
            try session.sign(
                [1], with: ordinary.privateKey, .rsaPKCS, maximumSize: 128, authorization: .pin(PIN(made.userPIN)))
        }
        #expect(signature.count == 128)
    }

    @Test func aLockedPINIsNotTakenForAWrongOne() throws {
        spy.fail(.login, with: .pinLocked)
        #expect(throws: error(.pinLocked)) { try sign(PIN(made.userPIN)) }
        // The officer has unlocked it meanwhile.
        #expect(try sign(PIN(made.userPIN)).count == 128)
    }
}
