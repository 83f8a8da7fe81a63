import TestTokens
import Testing

@testable import PKCS11

@Suite struct AttributeReadingTests {
    let token: Token
    let spy: SlotSpy

    init() throws {
        let made = try TestToken.make()
        token = try made.token()
        spy = ModuleSpy.watch(token)
        try token.login(PIN(made.userPIN))
    }

    @Test func oneCallReadsAllAttributesOfAKey() throws {
        let key = try token.rsaPair(bits: 1024).publicKey
        let before = spy.calls(.getAttributeValue)
        let values = try token.read(
            key, [.objectClass, .keyType, .label, .modulus, .modulusBits, .publicExponent, .verify])
        #expect(spy.calls(.getAttributeValue) == before + 1)
        #expect(values.objectClass == .publicKey)
        #expect(values.keyType == .rsa)
        #expect(values.string(.label) == "rsa")
        #expect(values.bytes(.modulus)?.count == 128)
        #expect(values.uint(.modulusBits) == 1024)
        #expect(values.bytes(.publicExponent) == [1, 0, 1])
        #expect(values.bool(.verify) == true)
    }

    @Test func whatTheObjectLacksIsAbsentAndNoError() throws {
        let object = try token.create(Sample.data("plain"))
        let values = try token.read(object, [.modulus, .label, AttributeType(rawValue: 0x8000_0001), .application])
        #expect(values.bytes(.modulus) == nil)
        #expect(values.bytes(AttributeType(rawValue: 0x8000_0001)) == nil)
        #expect(values.string(.label) == "plain")
        #expect(values.string(.application) == "TokenCSP tests")
    }

    @Test func whatTheTokenKeepsToItselfIsAbsentAndNoError() throws {
        let key = try token.create(Sample.aesKey([UInt8](repeating: 7, count: 16)))
        let values = try token.read(key, [.value, .sensitive, .keyType])
        #expect(values.bytes(.value) == nil)
        #expect(values.bool(.sensitive) == true)
        #expect(values.keyType == .aes)
        let privateKey = try token.rsaPair(bits: 1024).privateKey
        let parts = try token.read(privateKey, [.privateExponent, .prime1, .modulus, .coefficient])
        #expect([.privateExponent, .prime1, .coefficient].allSatisfy { parts.bytes($0) == nil })
        #expect(parts.bytes(.modulus)?.count == 128)
    }

    @Test(arguments: [0, 1, 255, 256, 257, 40_000])
    func aValueOfAnyLengthIsReadWhole(_ count: Int) throws {
        let value = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let object = try token.create(Sample.data("large", value, isPrivate: true))
        let values = try token.read(object, [.value, .label])
        #expect(values.bytes(.value) == value)
        #expect(values.string(.label) == "large")
    }

    @Test func aLargeValueTakesOneMoreRoundAndASmallOneDoesNot() throws {
        let small = try token.create(Sample.data("small", [1, 2, 3]))
        let large = try token.create(Sample.data("large", [UInt8](repeating: 1, count: 5000)))
        let before = spy.calls(.getAttributeValue)
        _ = try token.read(small, [.value, .label])
        #expect(spy.calls(.getAttributeValue) == before + 1)
        _ = try token.read(large, [.value, .label])
        #expect(spy.calls(.getAttributeValue) == before + 1 + 3)
    }

    @Test func aValueOfMoreThanOneMebibyteIsAbsent() throws {
        let object = try token.create(Sample.data("huge", [UInt8](repeating: 1, count: 1 << 20 + 1)))
        let values = try token.read(object, [.value, .label])
        #expect(values.bytes(.value) == nil)
        #expect(values.string(.label) == "huge")
    }

    @Test func aDateThatTheTokenCannotReadDoesNotSpoilTheRest() throws {
        let key = try token.create(
            Sample.aesKey([UInt8](repeating: 7, count: 16)) + [Attribute(.startDate, bytes: Array("20260131".utf8))]
        )
        let values = try token.read(key, [.label, .startDate, .keyType, .sensitive])
        #expect(values.string(.label) == "aes")
        #expect(values.keyType == .aes)
        #expect(values.bool(.sensitive) == true)
        // SoftHSM answers CKR_GENERAL_ERROR; what stood in the buffer is no value.
        #expect([nil, Array("20260131".utf8)].contains(values.bytes(.startDate)))
    }

    @Test func aCallThatFailsAsAWholeIsAskedOneByOne() throws {
        let object = try token.create(Sample.data("single", [1, 2, 3]))
        spy.fail(.getAttributeValue, with: .generalError)
        let before = spy.calls(.getAttributeValue)
        let values = try token.read(object, [.label, .value, .application])
        #expect(spy.calls(.getAttributeValue) == before + 4)
        #expect(values.string(.label) == "single")
        #expect(values.bytes(.value) == [1, 2, 3])
    }

    @Test func aTokenThatFailsForEveryAttributeGivesNone() throws {
        let object = try token.create(Sample.data("none", [1, 2, 3]))
        spy.fail(.getAttributeValue, with: .functionFailed, times: 3)
        let values = try token.read(object, [.label, .value])
        #expect(values.bytes(.label) == nil)
        #expect(values.bytes(.value) == nil)
    }

    @Test func aDestroyedObjectIsAnErrorNotAnEmptyAnswer() throws {
        let object = try token.create(Sample.data("gone"))
        try token.writing { session throws(PKCS11Error) in try session.destroy(object) }
        #expect(throws: error(.objectHandleInvalid)) { try token.read(object, [.label]) }
    }

    @Test func noAttributesAskedForGiveNone() throws {
        let object = try token.create(Sample.data("any"))
        #expect(try token.read(object, []).bytes(.label) == nil)
    }

    @Test func aValueOfAnotherSizeIsNotTakenForABoolOrANumber() throws {
        let object = try token.create(Sample.data("x", [1, 2, 3]))
        let values = try token.read(object, [.value, .objectClass, .token])
        #expect(values.bool(.value) == nil)
        #expect(values.uint(.value) == nil)
        #expect(values.bool(.objectClass) == nil)
        #expect(values.uint(.token) == nil)
        #expect(values.uint(.objectClass) == ObjectClass.data.rawValue)
    }

    @Test func textThatIsNotUTF8IsRepaired() throws {
        let object = try token.create(Sample.data("x", [0x61, 0xFF, 0x62]))
        #expect(try token.read(object, [.value]).string(.value) == "a\u{FFFD}b")
    }
}
