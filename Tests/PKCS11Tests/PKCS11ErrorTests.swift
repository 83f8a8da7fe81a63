import PKCS11
import TestTokens
import Testing

@Suite struct PKCS11ErrorTests {
    @Test func theDescriptionNamesFunctionCodeAndValue() {
        let error = PKCS11Error(.returned(.pinIncorrect), function: "C_Login")
        #expect(error.description == "C_Login: CKR_PIN_INCORRECT (0xA0)")
        #expect("\(error)" == error.description)
    }

    @Test func theDescriptionEndsWithTheMessage() {
        let error = PKCS11Error(.returned(.pinLocked), function: "C_Login", message: "ask the officer")
        #expect(error.description == "C_Login: CKR_PIN_LOCKED (0xA4): ask the officer")
        #expect(PKCS11Error(.moduleUnavailable, function: "f", message: "m").description == "f: m")
        #expect(PKCS11Error(.invalidURI, function: "f").description == "f")
    }

    @Test func anErrorOfTheTokenCarriesAllThree() throws {
        let token = try TestToken.make().token()
        let thrown = #expect(throws: PKCS11Error.self) {
            try token.reading { session throws(PKCS11Error) in
                try session.attributes(of: ObjectHandle(rawValue: 999_999), [.label])
            }
        }
        #expect(thrown?.function == "C_GetAttributeValue")
        #expect(thrown?.returnValue == .objectHandleInvalid)
        #expect(thrown?.description == "C_GetAttributeValue: CKR_OBJECT_HANDLE_INVALID (0x82)")
    }

    @Test func aVendorsValueHasANumberForAName() {
        let value = ReturnValue(rawValue: 0x8000_0001)
        #expect(value.name == "CKR_0x80000001")
        #expect(ReturnValue.ok.name == "CKR_OK")
        #expect(PKCS11Error(.returned(value), function: "C_Sign").returnValue == value)
    }

    @Test func errorsAreEqualWhenTheirCodesAre() {
        let error = PKCS11Error(.returned(.pinIncorrect), function: "C_Login", message: "a")
        #expect(error == PKCS11Error(.returned(.pinIncorrect), function: "C_SetPIN"))
        #expect(error != PKCS11Error(.returned(.pinLocked), function: "C_Login", message: "a"))
        #expect(error != PKCS11Error(.pinNotSent, function: "C_Login"))
        #expect(PKCS11Error(.pinNotSent, function: "C_Login").returnValue == nil)
    }

    @Test func attributesHaveTheirNamesToo() {
        #expect(AttributeType.extractable.name == "CKA_EXTRACTABLE")
        #expect("\(AttributeType(rawValue: 0x8000_0002))" == "CKA_0x80000002")
    }
}
