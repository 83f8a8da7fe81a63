import Foundation
import TestTokens
import Testing

@testable import PKCS11

@Suite struct SessionPoolTests {
    let made: TestToken
    let token: Token
    let spy: SlotSpy

    init() throws {
        made = try TestToken.make()
        token = try made.token()
        spy = ModuleSpy.watch(token)
    }

    @Test func operationsOneAfterTheOtherShareASession() throws {
        for _ in 0..<50 {
            #expect(try token.withSession { session throws(PKCS11Error) in try session.random(8) }.count == 8)
        }
        #expect(spy.calls(.openSession) == 2, "the anchor and one to work with")
        #expect(spy.calls(.closeSession) == 0)
    }

    @Test func anOperationInsideAnotherHasASessionOfItsOwn() throws {
        try token.withSession { outer throws(PKCS11Error) in
            try token.withSession { inner throws(PKCS11Error) in #expect(outer.handle != inner.handle) }
        }
        #expect(spy.openSessions == 3)
        try token.withSession { outer throws(PKCS11Error) in
            try token.withSession { inner throws(PKCS11Error) in #expect(outer.handle != inner.handle) }
        }
        #expect(spy.calls(.openSession) == 3)
    }

    @Test func aSessionThatSawAnErrorIsClosedAndNotLentAgain() throws {
        _ = try token.withSession { session throws(PKCS11Error) in try session.random(8) }
        let failed = spy.lastSession
        spy.fail(.generateRandom, with: .deviceError)
        #expect(throws: error(.deviceError)) {
            try token.withSession { session throws(PKCS11Error) in try session.random(8) }
        }
        #expect(spy.calls(.closeSession) == 1)
        _ = try token.withSession { session throws(PKCS11Error) in try session.random(8) }
        #expect(spy.lastSession != failed)
        #expect(spy.openSessions == 2)
    }

    @Test func sessionsThatTheTokenForgotAreOpenedAnewOnce() throws {
        _ = try token.withSession { session throws(PKCS11Error) in try session.random(8) }
        spy.closeAllSessions()
        #expect(try token.withSession { session throws(PKCS11Error) in try session.random(8) }.count == 8)
        spy.fail(.generateRandom, with: .sessionHandleInvalid, times: 5)
        #expect(throws: error(.sessionHandleInvalid)) {
            try token.withSession { session throws(PKCS11Error) in try session.random(8) }
        }
    }

    @Test func theAnchorKeepsLoginAndSessionObjectsWhenEveryOtherSessionIsClosed() throws {
        try token.login(PIN(made.userPIN))
        spy.fail(.generateRandom, with: .deviceError)
        _ = try? token.withSession { session throws(PKCS11Error) in try session.random(8) }
        #expect(spy.openSessions == 1)
        #expect(token.isLoggedIn)
        let handle = try token.create(Sample.data("private", isPrivate: true))
        #expect(try token.find([Attribute(.label, "private")]) == [handle])
    }

    @Test func aTokenWithFewSessionsLetsTheNextOneWait() throws {
        spy.limitSessions(to: 2)
        let token = token
        let waiting = try token.withSession { session throws(PKCS11Error) in
            let waiting = Thread.run { try token.withSession { session throws(PKCS11Error) in try session.random(8) } }
            // It has asked for a third session and was refused.
            while spy.calls(.openSession) < 3 { sched_yield() }
            _ = try session.random(8)
            return waiting
        }
        #expect(try waiting.value.get().count == 8)
        #expect(spy.openSessions == 2)
    }

    @Test func aTokenWithNoSessionLeftAtAllIsAnErrorAtOnce() throws {
        spy.limitSessions(to: 1)
        #expect(throws: error(.sessionCount)) {
            try token.withSession { session throws(PKCS11Error) in try session.random(8) }
        }
    }

    @Test func sixtyFourIdleSessionsAreKeptAndNoMore() throws {
        try nest(70)
        #expect(spy.openSessions == 65, "with the anchor")
    }

    private func nest(_ depth: Int) throws(PKCS11Error) {
        guard depth > 0 else { return }
        try token.withSession { _ throws(PKCS11Error) in try nest(depth - 1) }
    }

    @Test func aSessionOfBeforeAResetIsClosedWhenItComesBack() throws {
        try token.withSession { outer throws(PKCS11Error) in
            try token.withSession { inner throws(PKCS11Error) in #expect(outer.handle != inner.handle) }
            token.reset(closingSessions: false)
            #expect(spy.openSessions == 1, "the one that is lent")
        }
        #expect(spy.openSessions == 0)
        _ = try token.withSession { session throws(PKCS11Error) in try session.random(8) }
        #expect(spy.openSessions == 2)
    }

    @Test func aThreadComesBackToTheSessionThatItHad() throws {
        let token = token
        let results = Thread.run(4) { _ in
            var handles: Set<UInt> = []
            for _ in 0..<200 {
                try token.withSession { session throws(PKCS11Error) in
                    handles.insert(session.handle)
                    _ = try session.random(8)
                }
            }
            return handles.count
        }
        // Each may take another's at its first turn, when it has none.
        for result in results { #expect(try result.get() <= 5) }
        #expect(spy.openSessions <= 5)
    }

    @Test func randomBytesOfAnyLengthDiffer() throws {
        try token.withSession { session throws(PKCS11Error) in
            for count in [0, 1, 31, 1024, 1025, 5000] { #expect(try session.random(count).count == count) }
            #expect(try session.random(32) != session.random(32))
            #expect(try session.random(-1).isEmpty)
        }
    }

    @Test func aTokenThatGivesLittleRandomAtOnceIsAskedForLess() throws {
        spy.fail(.generateRandom, with: .argumentsBad)
        let bytes = try token.withSession { session throws(PKCS11Error) in try session.random(100) }
        #expect(bytes.count == 100)
        #expect(bytes.suffix(40).contains { $0 != 0 })
        #expect(spy.calls(.generateRandom) == 1 + 4)
    }
}
