import TestTokens
import Testing

@testable import PKCS11

@Suite struct TokenAdministrationTests {
    let made: TestToken
    let token: Token
    let spy: SlotSpy

    init() throws {
        made = try TestToken.make()
        token = try made.token()
        spy = ModuleSpy.watch(token)
    }

    // MARK: - C_InitToken

    @Test func initializingAgainEmptiesTheTokenAndTheOldPINIsGone() throws {
        try token.login(PIN(made.userPIN))
        _ = try token.create(Sample.data("old", isPrivate: true))
        try token.slot.initializeToken(label: "renamed", soPIN: PIN(made.soPIN))
        #expect(!token.isLoggedIn)
        let info = try token.info()
        #expect(info.label == "renamed")
        #expect(!info.flags.contains(.isUserPINInitialized))
        #expect(throws: PKCS11Error.self) { try token.login(PIN(made.userPIN)) }
        try token.initializePIN(PIN("new-pin"), soPIN: PIN(made.soPIN))
        try token.login(PIN("new-pin"))
        #expect(try token.find([]).isEmpty)
    }

    @Test func theTokenObjectRecoversByItselfWhenItsSessionsAreGone() throws {
        try token.login(PIN(made.userPIN))
        _ = try token.withSession { session throws(PKCS11Error) in try session.random(4) }
        try token.slot.initializeToken(label: made.label, soPIN: PIN(made.soPIN))
        #expect(try token.withSession { session throws(PKCS11Error) in try session.random(4) }.count == 4)
        #expect(try token.find([]).isEmpty)
    }

    @Test func aWrongOfficersPINLeavesTheTokenAsItWas() throws {
        _ = try token.create(Sample.data("kept"))
        #expect(throws: error(.pinIncorrect)) { try token.slot.initializeToken(label: "x", soPIN: PIN("00000000")) }
        #expect(try token.info().label == made.label)
        #expect(try token.find([Attribute(.label, "kept")]).count == 1)
        try token.login(PIN(made.userPIN))
    }

    @Test(arguments: ["a", "Schlüssel für Ärzte", String(repeating: "x", count: 32)])
    func aLabelComesBackAsItWasGiven(_ label: String) throws {
        try token.slot.initializeToken(label: label, soPIN: PIN(made.soPIN))
        #expect(try token.info().label == label)
    }

    // MARK: - C_InitPIN

    @Test func theOfficerSetsANewPINForAUserWhoForgotIt() throws {
        #expect(throws: error(.pinIncorrect)) { try token.login(PIN("forgotten")) }
        try token.initializePIN(PIN("forgotten"), soPIN: PIN(made.soPIN))
        // Rejected before; now it is the right one.
        try token.login(PIN("forgotten"))
    }

    @Test func theOfficerEndsTheUsersLoginAndLeavesNoLoginBehind() throws {
        try token.login(PIN(made.userPIN))
        try token.initializePIN(PIN("2468"), soPIN: PIN(made.soPIN))
        #expect(!token.isLoggedIn)
        #expect(throws: error(.userNotLoggedIn)) { try token.create(Sample.data("x", isPrivate: true)) }
        try token.login(PIN("2468"))
    }

    @Test func aWrongOfficersPINChangesNothing() throws {
        let thrown = #expect(throws: error(.pinIncorrect)) {
            try token.initializePIN(PIN("2468"), soPIN: PIN("00000000"))
        }
        #expect(thrown?.function == "C_Login")
        try token.login(PIN(made.userPIN))
    }

    @Test func aNewPINThatIsTooShortIsRefusedAndTheOfficerIsLoggedOut() throws {
        let thrown = #expect(throws: error(.pinLenRange)) { try token.initializePIN(PIN("1"), soPIN: PIN(made.soPIN)) }
        #expect(thrown?.function == "C_InitPIN")
        try token.login(PIN(made.userPIN))
    }

    // MARK: - C_SetPIN

    @Test func aChangedPINIsTheOneThatWorks() throws {
        try token.changePIN(from: PIN(made.userPIN), to: PIN("2468"))
        #expect(throws: error(.pinIncorrect)) { try token.login(PIN(made.userPIN)) }
        try token.login(PIN("2468"))
    }

    @Test func changingItWhileLoggedInKeepsTheLogin() throws {
        try token.login(PIN(made.userPIN))
        try token.changePIN(from: PIN(made.userPIN), to: PIN("2468"))
        #expect(token.isLoggedIn)
        try token.login(PIN("2468"))
        #expect(throws: error(.pinIncorrect)) { try token.login(PIN(made.userPIN)) }
        _ = try token.create(Sample.data("x", isPrivate: true))
    }

    @Test func aWrongOldPINIsAskedOnceAndChangesNothing() throws {
        for _ in 0..<3 {
            #expect(throws: error(.pinIncorrect)) { try token.changePIN(from: PIN("9999"), to: PIN("2468")) }
        }
        #expect(throws: error(.pinIncorrect)) { try token.login(PIN("9999")) }
        #expect(spy.calls(.login) == 0, "known to be wrong from C_SetPIN")
        try token.login(PIN(made.userPIN))
    }

    @Test func aNewPINThatIsTooShortIsRefusedAndTheOldOneStays() throws {
        for pin in ["", "1", "123"] {
            #expect(throws: error(.pinLenRange)) { try token.changePIN(from: PIN(made.userPIN), to: PIN(pin)) }
        }
        try token.login(PIN(made.userPIN))
    }
}
