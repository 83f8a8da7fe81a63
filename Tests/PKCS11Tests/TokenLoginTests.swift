import Foundation
import TestTokens
import Testing

@testable import PKCS11

@Suite struct TokenLoginTests {
    let made: TestToken
    let token: Token
    let spy: SlotSpy

    init() throws {
        made = try TestToken.make()
        token = try made.token()
        spy = ModuleSpy.watch(token)
    }

    @Test func aWrongPINIsSentOnceAndNeverAgain() throws {
        for _ in 0..<5 {
            #expect(throws: error(.pinIncorrect)) { try token.login(PIN("9999")) }
        }
        #expect(spy.calls(.login) == 1)
        #expect(try token.info().flags.contains(.userPINCountLow))
        #expect(!token.isLoggedIn)
        try token.login(PIN(made.userPIN))
        #expect(token.isLoggedIn)
        #expect(try !token.info().flags.contains(.userPINCountLow))
    }

    @Test func aRejectedPINIsSentAgainWhenSomebodyEnteredItAnew() throws {
        #expect(throws: error(.pinIncorrect)) { try token.login(PIN("9999")) }
        token.forgetRejectedPINs()
        #expect(throws: error(.pinIncorrect)) { try token.login(PIN("9999")) }
        #expect(spy.calls(.login) == 2)
    }

    @Test func theSamePINAgainIsNotSentAndAnotherIsWrong() throws {
        try token.login(PIN(made.userPIN))
        try token.login(PIN(made.userPIN))
        #expect(throws: error(.pinIncorrect)) { try token.login(PIN("9999")) }
        #expect(throws: error(.pinIncorrect)) { try token.login(PIN(made.userPIN + "0")) }
        #expect(spy.calls(.login) == 1)
        #expect(token.isLoggedIn)
        #expect(try !token.info().flags.contains(.userPINCountLow))
    }

    @Test func eachLoginHasANumberThatNoOtherHad() throws {
        #expect(token.loginNumber == 0)
        var numbers: Set<UInt> = []
        for round in 1...3 {
            try token.login(PIN(made.userPIN))
            try token.login(PIN(made.userPIN))
            numbers.insert(token.loginNumber)
            #expect(numbers.count == round && !numbers.contains(0))
            if round == 1 { try token.logout() } else { token.reset(closingSessions: round == 2) }
            #expect(token.loginNumber == 0)
        }
        let other = try TestToken.make()
        try other.token().login(PIN(other.userPIN))
        #expect(try !numbers.contains(other.token().loginNumber))
    }

    @Test func aChildHasNoLoginNumberOfItsParents() async {
        await #expect(processExitsWith: .success) {
            let made = try TestToken.make()
            let token = try made.token()
            try token.login(PIN(made.userPIN))
            let number = token.loginNumber
            let status = try inForkedChild {
                guard token.loginNumber == 0 else { return false }
                try token.login(PIN(made.userPIN))
                return token.loginNumber != 0 && token.loginNumber != number
            }
            #expect(status == 0 && number != 0 && token.loginNumber == number)
        }
    }

    @Test(arguments: ["", "1", String(repeating: "9", count: 256)])
    func aPINOfAnImpossibleLengthIsAnErrorAndTheRightOneStillWorks(_ pin: String) throws {
        let thrown = #expect(throws: PKCS11Error.self) { try token.login(PIN(pin)) }
        #expect([.pinIncorrect, .pinLenRange, .pinInvalid].contains(thrown?.returnValue))
        #expect(!token.isLoggedIn)
        try token.login(PIN(made.userPIN))
    }

    @Test func manyThreadsWithOnePINMakeOneAttempt() throws {
        let (token, made) = (token, made)
        for result in Thread.run(8, { _ in try token.login(PIN(made.userPIN)) }) { try result.get() }
        #expect(spy.calls(.login) == 1)
    }

    @Test func manyThreadsWithOneWrongPINCostOneTry() throws {
        let token = token
        for result in Thread.run(8, { _ in try token.login(PIN("9999")) }) {
            #expect(throws: error(.pinIncorrect)) { try result.get() }
        }
        #expect(spy.calls(.login) == 1)
    }

    @Test func aLogoutEndsItAndTheNextLoginIsSent() throws {
        try token.login(PIN(made.userPIN))
        try token.logout()
        #expect(!token.isLoggedIn)
        #expect(throws: error(.userNotLoggedIn)) { try token.create(Sample.data("x", isPrivate: true)) }
        #expect(throws: error(.pinIncorrect)) { try token.login(PIN("9999")) }
        try token.login(PIN(made.userPIN))
        #expect(spy.calls(.login) == 3)
    }

    @Test func aLogoutWithoutALoginIsNoError() throws {
        try token.logout()
        try token.logout()
    }

    @Test func aLoginThatAnotherLibraryMadeIsUsed() throws {
        spy.fail(.login, with: .userAlreadyLoggedIn)
        try token.login(PIN("whatever"))
        #expect(token.isLoggedIn)
        #expect(token.login.known.withLock { $0.accepted } == nil, "whether this was the PIN nobody can tell")
    }

    @Test func anErrorThatSaysNothingOfThePINDoesNotCondemnIt() throws {
        spy.fail(.login, with: .deviceError)
        #expect(throws: error(.deviceError)) { try token.login(PIN(made.userPIN)) }
        try token.login(PIN(made.userPIN))
    }

    // MARK: - Locks: SoftHSM never locks, so the token's flags are shown in its place

    @Test func aLockedTokenIsSentNoPIN() throws {
        spy.show(.userPINLocked)
        let thrown = #expect(throws: error(.pinLocked)) { try token.login(PIN(made.userPIN)) }
        #expect(thrown?.message.contains("security officer") == true)
        #expect(spy.calls(.login) == 0)
    }

    @Test func theFinalTryIsUsedOnlyWhenAllowed() throws {
        spy.show([.userPINCountLow, .userPINFinalTry])
        #expect(throws: error(.pinNotSent)) { try token.login(PIN(made.userPIN)) }
        #expect(spy.calls(.login) == 0)
        try token.login(PIN(made.userPIN), usingFinalTry: true)
        #expect(spy.calls(.login) == 1)
    }

    @Test func aLowCountAloneDoesNotStopALogin() throws {
        spy.show(.userPINCountLow)
        try token.login(PIN(made.userPIN))
    }

    @Test func aTokenThatAnswersLockedHasNotRejectedThePIN() throws {
        // A TPM has no flags for this.
        spy.fail(.login, with: .pinLocked, times: 2)
        for _ in 0..<2 {
            #expect(throws: error(.pinLocked)) { try token.login(PIN(made.userPIN)) }
        }
        try token.login(PIN(made.userPIN))
    }

    @Test func publicWorkNeedsNoLogin() throws {
        _ = try token.create(Sample.data("public"))
        #expect(try token.find([]).count == 1)
        #expect(try token.withSession { session throws(PKCS11Error) in try session.random(4) }.count == 4)
        #expect(spy.calls(.login) == 0)
    }
}
