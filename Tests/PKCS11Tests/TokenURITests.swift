import Foundation
import TestTokens
import Testing

@testable import PKCS11

@Suite struct TokenURITests {
    // MARK: - Parsing

    @Test func everyPartIsRead() throws {
        let uri = try TokenURI(
            "pkcs11:token=My%20token;object=a%C3%A4;id=%01%00%FF?module-path=/usr/lib/x.so&module-name=x&pin-source=file:/run/pin"
        )
        #expect(uri.modulePath == "/usr/lib/x.so")
        #expect(uri.moduleName == "x")
        #expect(uri.pinSource == "file:/run/pin")
        #expect(uri.objectLabel == "aä")
        #expect(uri.objectID == [1, 0, 0xFF])
        #expect(uri.namesToken)
        #expect(uri.namesModule)
        #expect(uri.pinValue == nil)
    }

    @Test func whatIsNotThereIsNil() throws {
        let uri = try TokenURI("pkcs11:")
        #expect(uri.modulePath == nil && uri.moduleName == nil && uri.pinSource == nil && uri.pinValue == nil)
        #expect(uri.objectLabel == nil && uri.objectID == nil)
        #expect(!uri.namesToken && !uri.namesModule)
    }

    @Test(arguments: ["token", "manufacturer", "model", "serial"])
    func anyAttributeOfATokenNamesOne(_ attribute: String) throws {
        #expect(try TokenURI("pkcs11:\(attribute)=x").namesToken)
    }

    @Test(arguments: [
        "pkcs11", "file:/etc/passwd", "token=x", "pkcs11:token", "pkcs11:token=%zz", "pkcs11:token=%4",
        "pkcs11:slot-id=abc",
        "pkcs11:token=x?pin-source", "pkcs11:id=%0", "pkcs11:library-version=x",
        // Silence about these would mean another token than the one that was named.
        "pkcs11:tokne=demo", "pkcs11:token=123456789012345678901234567890123",
    ])
    func aMalformedTextIsRefusedAndNamed(_ text: String) {
        let thrown = #expect(throws: error(.invalidURI)) { try TokenURI(text) }
        #expect(thrown?.message.contains(text) == true)
    }

    @Test func noTextAtAllIsRefused() {
        #expect(throws: error(.invalidURI)) { try TokenURI("") }
    }

    @Test(arguments: [
        "pkcs11:token=de\0mo", "\0pkcs11:token=demo", "pkcs11:token=demo\0", "pkcs11:token=de%00mo", "pkcs11:token=%00",
        "pkcs11:token=x?pin-source=file:/run/pin%00.txt", "pkcs11:token=x?module-path=/x%00.so", "pkcs11:object=a%00b",
        "pkcs11:token=x?module-path=/x%00\u{301}.so",
    ])
    func aNULThatWouldCutTheTextOffIsRefused(_ text: String) {
        #expect(throws: error(.invalidURI)) { try TokenURI(text) }
    }

    @Test(arguments: [
        "pkcs11:token=my token", "pkcs11:token=x?pin-source=|cat /run/pin", "pkcs11:token=x\t", " pkcs11:token=x",
        "pkcs11:token=x?module-path=/x.so # mine", "pkcs11:token=x\u{7F}",
    ])
    func aBlankThatWouldVanishIsRefused(_ text: String) {
        let thrown = #expect(throws: error(.invalidURI)) { try TokenURI(text) }
        #expect(thrown?.message.contains("%20") == true)
        #expect(thrown?.message.contains("/run/pin") == false)
    }

    // MARK: - PINs

    @Test func thePINInAURIIsGivenByteForByte() throws {
        func bytes(_ text: String) throws -> [UInt8]? {
            try TokenURI("pkcs11:token=x?pin-value=" + text).pinValue?.withUnsafeBytes { Array($0) }
        }
        #expect(try bytes("1234") == Array("1234".utf8))
        #expect(try bytes("a%26b%20c") == Array("a&b c".utf8))
        #expect(try bytes("%C3%A4") == [0xC3, 0xA4])
        #expect(try bytes("%FF%FE") == [0xFF, 0xFE])
    }

    @Test(arguments: [
        "pkcs11:token=x?pin-value=s3cret", "pkcs11:token=x?pin-value=s3cret&pin-source=env:P",
        "pkcs11:?pin-value=s3cret",
        "pkcs11:token=x?pin-value=1&pin-value=s3cret", "pkcs11:token=x?pin-value =s3cret",
        "pkcs11:token=x?pin-value=1?s3cret",
        // Malformed: the secret must not be in the error either.
        "pkcs11:token=%zz?pin-value=s3cret", "pkcs11:token=x?PIN-VALUE=s3cret", "pkcs11:token=x?pin%2Dvalue=s3cret",
        "pin-value=s3cret", "pkcs11:pin-value=s3cret", "pkcs11:token=x?pinvalue=s3cret", "pkcs11:x?pin-value=s3cret\0",
        "pkcs11:token=x?pin-value=%zzs3cret", "pkcs11:object=a\u{1}&pin-value=s3cret",
    ])
    func thePINIsInNoTextAndNoError(_ text: String) {
        do {
            let uri = try TokenURI(text)
            var dumped = ""
            dump(uri, to: &dumped)
            for shown in [uri.text, "\(uri)", String(reflecting: uri), dumped, "\(uri.pinValue as Any)"] {
                #expect(!shown.contains("s3cret"), "\(text)")
            }
        } catch {
            #expect(!"\(error)".contains("s3cret"), "\(text)")
        }
    }

    @Test func aPINInFrontOfTheQuestionMarkIsNoPartOfALabel() {
        #expect(throws: error(.invalidURI)) { try TokenURI("pkcs11:object=a&pin-value=s3cret") }
    }

    @Test func theRestOfTheTextStaysReadable() throws {
        let text = "pkcs11:token=x?pin-value=1234&module-name=m"
        #expect(try TokenURI(text).text == "pkcs11:token=x?pin-value=…&module-name=m")
        #expect(try TokenURI("pkcs11:token=x").text == "pkcs11:token=x")
    }

    // MARK: - Matching and writing

    @Test func aURIMatchesTheTokensItMeans() throws {
        let made = try TestToken.make()
        let slot = try made.token().slot
        let other = try TestToken.make().token().slot
        let serial = try slot.tokenInfo().serial
        for text in [
            "token=\(made.label)", "serial=\(serial)", "token=\(made.label);model=SoftHSM%20v2", "slot-id=\(slot.id)",
        ] {
            let uri = try TokenURI("pkcs11:" + text)
            #expect(try uri.matches(slot), "\(text)")
            #expect(try !uri.matches(other), "\(text)")
        }
        for text in ["token=\(made.label.uppercased())X", "token=\(made.label);serial=0", "library-manufacturer=x"] {
            #expect(try !TokenURI("pkcs11:" + text).matches(slot), "\(text)")
        }
        #expect(try TokenURI("pkcs11:").matches(slot))
        #expect(try TokenURI("pkcs11:manufacturer=SoftHSM%20project").matches(other))
    }

    @Test func aModulePathIsPartOfTheMatch() throws {
        let made = try TestToken.make()
        let slot = try made.token().slot
        #expect(try TokenURI(made.uri).matches(slot))
        #expect(try !TokenURI("pkcs11:token=\(made.label)?module-path=/other.so").matches(slot))
    }

    @Test func theURIOfATokenMatchesItAndParsesAgain() throws {
        let slot = try TestToken.make().token().slot
        let written = try TokenURI(token: slot.tokenInfo(), modulePath: TestToken.modulePath)
        let uri = try TokenURI(written.text)
        #expect(try uri.matches(slot))
        #expect(uri.modulePath == TestToken.modulePath)
        #expect(uri.namesToken)
        #expect(uri.pinSource == nil)
    }

    @Test(arguments: ["plain", "with space", "a;b?c&d=e/f", "ä€😀", "100%", "\"quoted\""])
    func theURIOfAnObjectKeepsItsLabelAndID(_ label: String) throws {
        let info = try TestToken.make().token().info()
        let id: [UInt8] = [0, 0x20, 0x3B, 0xFF]
        let uri = try TokenURI(TokenURI.object(on: info, label: label, id: id, modulePath: "/x y.so"))
        #expect(uri.objectLabel == label)
        #expect(uri.objectID == id)
        #expect(uri.modulePath == "/x y.so")
        let short = try TokenURI(TokenURI.object(on: info, label: label, id: []))
        #expect(short.objectID == nil)
        #expect(short.modulePath == nil)
        // The quick way of lists writes what p11-kit does.
        let objects = try TokenURI.Objects(on: info)
        #expect(try objects.uri(label: label, id: id) == TokenURI.object(on: info, label: label, id: id))
        #expect(try objects.uri(label: label, id: []) == TokenURI.object(on: info, label: label, id: []))
        #expect(try objects.uri(label: "", id: id) == TokenURI.object(on: info, label: "", id: id))
    }
}
