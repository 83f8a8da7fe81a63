import TestTokens
import Testing

@testable import PKCS11

@Suite struct SessionObjectTests {
    let made: TestToken
    let token: Token
    let spy: SlotSpy

    init() throws {
        made = try TestToken.make()
        token = try made.token()
        spy = ModuleSpy.watch(token)
        try token.login(PIN(made.userPIN))
    }

    private func make(_ label: String) throws(PKCS11Error) -> SessionObject {
        try token.writing { session throws(PKCS11Error) in
            try session.createSessionObject(Sample.data(label, onToken: false))
        }
    }

    private func count(_ label: String) throws(PKCS11Error) -> Int {
        try token.find([Attribute(.label, label)]).count
    }

    @Test func aSessionObjectLivesAsLongAsItsReference() throws {
        var object: SessionObject? = try make("kept")
        #expect(try token.find([Attribute(.label, "kept")]) == [try #require(object?.handle)])
        #expect(try token.read(try #require(object).handle, [.token]).bool(.token) == false)
        object = nil
        #expect(try count("kept") == 0)
    }

    @Test func destroyTakesItAwayNowAndTwiceIsNoError() throws {
        let object = try make("destroyed")
        try object.destroy()
        #expect(try count("destroyed") == 0)
        try object.destroy()
    }

    @Test func aReferenceThatGoesWhileSomebodyReadsIsDestroyedByTheNextWriter() throws {
        var object: SessionObject? = try make("late")
        try token.reading { session throws(PKCS11Error) in
            object = nil
            let found = try session.find([Attribute(.label, "late")])
            #expect(found.count == 1)
        }
        try token.writing { session throws(PKCS11Error) in
            #expect(try session.find([Attribute(.label, "late")]).isEmpty)
        }
        #expect(object == nil)
    }

    @Test func itOutlivesAnErrorInTheSessionThatMadeIt() throws {
        var object: SessionObject?
        #expect(throws: error(.deviceError)) {
            try token.writing { session throws(PKCS11Error) in
                object = try session.createSessionObject(Sample.data("survivor", onToken: false))
                throw error(.deviceError)
            }
        }
        #expect(object != nil)
        #expect(spy.calls(.closeSession) == 0, "closed, the session would take the object with it")
        #expect(try count("survivor") == 1)
        object = nil
        #expect(spy.calls(.closeSession) == 1)
        #expect(try count("survivor") == 0)
    }

    @Test func aGeneratedKeyIsKeptByOwn() throws {
        var key: SessionObject? = try token.writing { session throws(PKCS11Error) in
            session.own(try session.generateKey(Mechanism(.aesKeyGen), Sample.aesKey(label: "owned")))
        }
        #expect(try count("owned") == 1)
        withExtendedLifetime(key) {}
        key = nil
        #expect(try count("owned") == 0)
    }

    @Test func aLogoutTakesPrivateObjectsAndTheReferenceGoesInSilence() throws {
        let key = try token.writing { session throws(PKCS11Error) in
            session.own(try session.generateKey(Mechanism(.aesKeyGen), Sample.aesKey(label: "private")))
        }
        try token.logout()
        #expect(throws: error(.objectHandleInvalid)) { try key.destroy() }
        try token.login(PIN(made.userPIN))
        #expect(try count("private") == 0)
    }

    @Test func aTokenObjectStays() throws {
        _ = try token.create(Sample.data("stays"))
        token.reset(closingSessions: true)
        #expect(try count("stays") == 1)
    }
}
