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

    @Test func aNewPINOfAWrongLengthIsRefusedBeforeTheOfficersIsSent() throws {
        for pin in ["", "123", String(repeating: "1", count: 256)] {
            let thrown = #expect(throws: error(.pinLenRange)) {
                try token.initializePIN(PIN(pin), soPIN: PIN(made.soPIN))
            }
            #expect(thrown?.message.contains("4 to 255") == true)
        }
        #expect(spy.calls(.login) == 0)
        try token.login(PIN(made.userPIN))
    }

    @Test func aWrongOfficersPINIsSentOnceWhateverItIsFor() throws {
        let wrong = PIN("00000000")
        for _ in 0..<3 {
            #expect(throws: error(.pinIncorrect)) { try token.initializePIN(PIN("2468"), soPIN: wrong) }
            #expect(throws: error(.pinIncorrect)) { try token.changeOfficerPIN(from: wrong, to: PIN("24682468")) }
        }
        #expect(spy.calls(.login) == 1)
        let thrown = #expect(throws: error(.pinIncorrect)) { try token.slot.initializeToken(label: "x", soPIN: wrong) }
        #expect(thrown?.message.contains("not sent again") == true)
        #expect(try token.info().label == made.label)
        // The user's PINs are others.
        #expect(throws: error(.pinIncorrect)) { try token.login(wrong) }
        #expect(spy.calls(.login) == 2)
        try token.initializePIN(PIN("2468"), soPIN: PIN(made.soPIN))
    }

    @Test func theOfficersLastTryIsUsedOnlyWhereTheCallerAllowsIt() throws {
        spy.show([.officerPINFinalTry])
        for _ in 0..<2 {
            let thrown = #expect(throws: error(.pinNotSent)) {
                try token.initializePIN(PIN("2468"), soPIN: PIN(made.soPIN))
            }
            #expect(thrown?.message.contains("security officer's PIN") == true)
            #expect(throws: error(.pinNotSent)) { try token.changeOfficerPIN(from: PIN(made.soPIN), to: PIN("2468")) }
            #expect(throws: error(.pinNotSent)) { try token.slot.initializeToken(label: "x", soPIN: PIN(made.soPIN)) }
        }
        #expect(spy.calls(.login) == 0)
        try token.initializePIN(PIN("2468"), soPIN: PIN(made.soPIN), usingFinalTry: true)
        try token.login(PIN("2468"))
        spy.show([.officerPINLocked])
        #expect(throws: error(.pinLocked)) {
            try token.initializePIN(PIN("1357"), soPIN: PIN(made.soPIN), usingFinalTry: true)
        }
        #expect(token.isLoggedIn, "nothing was done")
    }

    @Test func aChangedOfficersPINIsTheOneThatWorks() throws {
        try token.login(PIN(made.userPIN))
        #expect(throws: error(.pinLenRange)) { try token.changeOfficerPIN(from: PIN(made.soPIN), to: PIN("123")) }
        #expect(token.isLoggedIn)
        try token.changeOfficerPIN(from: PIN(made.soPIN), to: PIN("11223344"))
        #expect(!token.isLoggedIn)
        #expect(throws: error(.pinIncorrect)) { try token.initializePIN(PIN("2468"), soPIN: PIN(made.soPIN)) }
        try token.initializePIN(PIN("2468"), soPIN: PIN("11223344"))
        // The way back: a PIN that was wrong is right again.
        try token.changeOfficerPIN(from: PIN("11223344"), to: PIN(made.soPIN))
        try token.initializePIN(PIN(made.userPIN), soPIN: PIN(made.soPIN))
        try token.login(PIN(made.userPIN))
    }

    // MARK: - C_SetPIN

    @Test func aChangedPINIsTheOneThatWorks() throws {
        try token.changePIN(from: PIN(made.userPIN), to: PIN("2468"))
        #expect(throws: error(.pinIncorrect)) { try token.login(PIN(made.userPIN)) }
        try token.login(PIN("2468"))
    }

    @Test func changingItWithoutALoginLeavesNone() throws {
        try token.changePIN(from: PIN(made.userPIN), to: PIN("2468"))
        #expect(!token.isLoggedIn)
        #expect(throws: error(.userNotLoggedIn)) { try token.create(Sample.data("x", isPrivate: true)) }
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
        #expect(spy.calls(.login) == 1, "known to be wrong")
        try token.login(PIN(made.userPIN))
    }

    @Test func aNewPINThatIsTooShortIsRefusedAndTheOldOneStays() throws {
        for pin in ["", "1", "123"] {
            #expect(throws: error(.pinLenRange)) { try token.changePIN(from: PIN(made.userPIN), to: PIN(pin)) }
        }
        try token.login(PIN(made.userPIN))
    }

    @Test func theLastTryOfTheOldPINIsUsedOnlyWhereTheCallerAllowsIt() throws {
        spy.show([.userPINFinalTry])
        #expect(throws: error(.pinNotSent)) { try token.changePIN(from: PIN(made.userPIN), to: PIN("2468")) }
        try token.changePIN(from: PIN(made.userPIN), to: PIN("2468"), usingFinalTry: true)
        spy.show([.userPINLocked])
        let thrown = #expect(throws: error(.pinLocked)) { try token.changePIN(from: PIN("2468"), to: PIN("1357")) }
        #expect(thrown?.message.contains("security officer") == true)
    }
}
