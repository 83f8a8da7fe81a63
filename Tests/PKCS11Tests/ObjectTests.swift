import TestTokens
import Testing

@testable import PKCS11

@Suite struct ObjectTests {
    let made: TestToken
    let token: Token
    let spy: SlotSpy

    init() throws {
        made = try TestToken.make()
        token = try made.token()
        spy = ModuleSpy.watch(token)
    }

    @Test func everyOneOfManyObjectsIsFoundOnce() throws {
        // More than one batch of 512, and exactly one.
        for (label, count) in [("many", 650), ("batch", 512)] {
            try token.writing { session throws(PKCS11Error) in
                for _ in 0..<count { _ = try session.create(Sample.data(label, onToken: false)) }
            }
            let found = try token.find([Attribute(.data), Attribute(.label, label)])
            #expect(found.count == count)
            #expect(Set(found).count == count)
        }
        #expect(try token.find([]).count == 650 + 512)
    }

    @Test func fewObjectsAreFoundInOneCall() throws {
        _ = try token.create(Sample.data("one"))
        #expect(try token.find([Attribute(.label, "one")]).count == 1)
        #expect(spy.calls(.findObjects) == 1)
    }

    @Test func everyAttributeOfTheTemplateMustMatch() throws {
        let object = try token.create(Sample.data("a", [1]))
        _ = try token.create(Sample.data("b", [1]))
        #expect(try token.find([Attribute(.label, "a"), Attribute(.value, bytes: [1])]) == [object])
        #expect(try token.find([Attribute(.label, "a"), Attribute(.value, bytes: [2])]).isEmpty)
        #expect(try token.find([Attribute(.label, "A")]).isEmpty)
        #expect(try token.find([Attribute(.secretKey)]).isEmpty)
    }

    @Test func privateObjectsAreSeenAfterTheLoginOnly() throws {
        try token.login(PIN(made.userPIN))
        _ = try token.create(Sample.data("public"))
        _ = try token.create(Sample.data("private", isPrivate: true))
        #expect(try token.find([]).count == 2)
        try token.logout()
        let visible = try token.find([])
        #expect(visible.count == 1)
        #expect(try token.read(try #require(visible.first), [.label]).string(.label) == "public")
    }

    @Test func aFailedSearchLeavesNothingActive() throws {
        _ = try token.create(Sample.data("x"))
        spy.fail(.findObjects, with: .deviceError)
        try token.reading { session throws(PKCS11Error) in
            do throws(PKCS11Error) {
                _ = try session.find([])
                Issue.record("the search was to fail")
            } catch {
                #expect(error.returnValue == .deviceError)
                #expect(error.function == "C_FindObjects")
            }
            // In the same session.
            #expect(try session.find([]).count == 1)
        }
    }

    @Test func anAttributeIsChanged() throws {
        let object = try token.create(Sample.data("before", [1, 2, 3]))
        try token.writing { session throws(PKCS11Error) in try session.set([Attribute(.label, "after")], of: object) }
        let values = try token.read(object, [.label, .value])
        #expect(values.string(.label) == "after")
        #expect(values.bytes(.value) == [1, 2, 3])
    }

    @Test func aCopyDiffersInWhatTheTemplateNames() throws {
        let object = try token.create(Sample.data("original", [1, 2, 3]))
        let copy = try token.writing { session throws(PKCS11Error) in
            try session.copy(object, [Attribute(.label, "copy")])
        }
        #expect(copy != object)
        let values = try token.read(copy, [.label, .value])
        #expect(values.string(.label) == "copy")
        #expect(values.bytes(.value) == [1, 2, 3])
    }

    @Test func aDestroyedObjectIsGoneForEverySession() throws {
        let object = try token.create(Sample.data("gone"))
        try token.writing { session throws(PKCS11Error) in try session.destroy(object) }
        #expect(try token.find([Attribute(.label, "gone")]).isEmpty)
        #expect(throws: error(.objectHandleInvalid)) {
            try token.writing { session throws(PKCS11Error) in try session.destroy(object) }
        }
    }

    @Test func aTemplateThatContradictsItselfIsRefusedAndLeavesNothing() throws {
        #expect(throws: PKCS11Error.self) {
            try token.create([Attribute(.secretKey), Attribute(.rsa), Attribute(.label, "nonsense")])
        }
        #expect(try token.find([]).isEmpty)
    }

    @Test func aPrivateObjectNeedsTheLogin() throws {
        #expect(throws: error(.userNotLoggedIn)) { try token.create(Sample.data("p", isPrivate: true)) }
    }

    @Test func valuesAreStoredAsPKCS11Wants() {
        #expect(Attribute(.token, true).bytes == [1])
        #expect(Attribute(.token, false).bytes == [0])
        #expect(Attribute(.modulusBits, 2048).bytes == [0, 8, 0, 0, 0, 0, 0, 0])
        #expect(Attribute(.label, "ä").bytes == [0xC3, 0xA4])
        #expect(Attribute(ObjectClass.privateKey).type == .objectClass)
        let template: Template = [Attribute(.rsa), Attribute(.label, "x")]
        #expect(template[.label]?.bytes == [0x78])
        #expect(template[.id] == nil)
    }

    @Test func aTemplateLendsAlignedValuesAndAnEmptyOneWorks() {
        let template: Template = [
            Attribute(.label, "abc"), Attribute(.id, bytes: []), Attribute(.modulusBits, 1024),
            Attribute(.value, bytes: []),
        ]
        template.withUnsafeAttributes { _, count in #expect(count == 4) }
        Template().withUnsafeAttributes { _, count in #expect(count == 0) }
        #expect([0, 1, 8, 9].map(aligned) == [0, 8, 8, 16])
    }
}
