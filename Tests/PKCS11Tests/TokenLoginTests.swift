import PKCS11
import TestTokens
import Testing

@Suite struct TokenLoginTests {
    @Test func aWrongPINIsSentOnceAndNeverAgain() throws {
        let made = try TestToken.make()
        let token = try made.token()
        for _ in 0..<5 {
            #expect(throws: PKCS11Error(.returned(.pinIncorrect), function: "C_Login")) { try token.login(PIN("9999")) }
        }
        #expect(!token.isLoggedIn)
        try token.login(PIN(made.userPIN))
        #expect(token.isLoggedIn)
    }

    @Test func anotherPINThanTheOneThatIsLoggedInIsWrong() throws {
        let made = try TestToken.make()
        let token = try made.token()
        try token.login(PIN(made.userPIN))
        try token.login(PIN(made.userPIN))
        #expect(throws: PKCS11Error(.returned(.pinIncorrect), function: "C_Login")) { try token.login(PIN("9999")) }
        #expect(token.isLoggedIn)
    }
}
