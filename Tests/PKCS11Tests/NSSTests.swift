import Foundation
import PKCS11
import TestTokens
import Testing

/// NSS softokn: a module that wants an init string, has no data objects, and hangs when two threads create.
@Suite(.enabled(if: NSSDatabase.isAvailable, "libsoftokn3.so and certutil"))
struct NSSTests {
    @Test func theInitStringIsHandedToTheModuleAndWithoutItTheLoadFails() async {
        await #expect(processExitsWith: .success) {
            let path = try #require(NSSDatabase.modulePath)
            let thrown = #expect(throws: error(.argumentsBad)) { try Module.load(path: path) }
            #expect(thrown?.function == "C_Initialize")
            // What failed is not kept: the next load, with the string, works.
            #expect(try NSSDatabase.module.slots().count == 2)
        }
    }

    @Test func aDatabaseShowsTwoSlots() throws {
        let labels = try NSSDatabase.module.slots().map { try $0.tokenInfo().label }
        #expect(labels == ["NSS Generic Crypto Services", "NSS Certificate DB"])
        #expect(try Module.load(path: try #require(NSSDatabase.modulePath)) === NSSDatabase.module)
    }

    @Test func aPairOnTheTokenSignsAndIsFoundAgain() throws {
        let token = try NSSDatabase.token()
        let pair = try token.rsaPair(bits: 1024, onToken: true)
        let signature = try token.withSession { session throws(PKCS11Error) in
            let signature = try session.sign([1, 2, 3], with: pair.privateKey, .rsaPKCS, maximumSize: 128)
            try session.verify(signature, of: [1, 2, 3], with: pair.publicKey, .rsaPKCS)
            return signature
        }
        #expect(signature.count == 128)
        #expect(try token.find([Attribute(.privateKey), Attribute(.label, "rsa")]).contains(pair.privateKey))
        try token.writing { session throws(PKCS11Error) in
            try session.destroy(pair.privateKey)
            try session.destroy(pair.publicKey)
        }
    }

    @Test func attributesThatNSSDoesNotTellAreAbsentAndTheOthersAreThere() throws {
        let token = try NSSDatabase.token()
        let pair = try token.rsaPair(bits: 1024, onToken: true)
        let values = try token.read(
            pair.publicKey, [.modulusBits, .modulus, .keyType, .copyable, .label, AttributeType(rawValue: 0x8000_0001)]
        )
        #expect(values.bytes(.modulus)?.count == 128)
        #expect(values.keyType == .rsa)
        #expect(values.string(.label) == "rsa")
        #expect(values.bytes(AttributeType(rawValue: 0x8000_0001)) == nil)
        let secret = try token.read(pair.privateKey, [.privateExponent, .sensitive, .extractable])
        #expect(secret.bytes(.privateExponent) == nil)
        #expect(secret.bool(.sensitive) == true)
        #expect(secret.bool(.extractable) == false)
    }

    @Test func aSessionKeyEncryptsAndDecrypts() throws {
        let token = try NSSDatabase.token()
        let key = try token.writing { session throws(PKCS11Error) in
            session.own(try session.generateKey(Mechanism(.aesKeyGen), Sample.aesKey()))
        }
        let mechanism = Mechanism(.aesCBCPad, parameter: [UInt8](repeating: 1, count: 16))
        try token.withSession { session throws(PKCS11Error) in
            let sealed = try session.encrypt([1, 2, 3], with: key.handle, mechanism, maximumSize: 16)
            #expect(try session.decrypt(sealed, with: key.handle, mechanism, maximumSize: 16) == [1, 2, 3])
        }
    }

    @Test func aDataObjectIsRefused() throws {
        let token = try NSSDatabase.token()
        #expect(throws: PKCS11Error.self) { try token.create(Sample.data("record", [1])) }
        #expect(try token.withSession { session throws(PKCS11Error) in try session.random(16) }.count == 16)
    }

    @Test func anotherPINThanTheOneLoggedInIsWrong() throws {
        let token = try NSSDatabase.token()
        #expect(throws: error(.pinIncorrect)) { try token.login(PIN("something else")) }
        try token.login(PIN(NSSDatabase.pin))
    }

    @Test func aWrongPINIsRefusedAndTheRightOneWorks() async {
        await #expect(processExitsWith: .success) {
            let module = try NSSDatabase.module
            let token = module.token(in: try module.slots()[1])
            for _ in 0..<3 {
                #expect(throws: error(.pinIncorrect)) { try token.login(PIN("wrong")) }
            }
            try token.login(PIN(NSSDatabase.pin))
        }
    }

    @Test func aKeyThatStoresAlwaysAuthenticateWithoutEnforcingItIsHeldToThePINHere() throws {
        let token = try NSSDatabase.token()
        // On the token: a session object would go with the session that saw the error.
        let pair = try token.rsaPair(bits: 1024, onToken: true, alwaysAuthenticate: true)
        func sign(_ pin: String) throws(PKCS11Error) -> [UInt8] {
            try token.withSession { session throws(PKCS11Error) in
                try session.sign([1], with: pair.privateKey, .rsaPKCS, maximumSize: 128, authorization: .pin(PIN(pin)))
            }
        }
        #expect(throws: error(.pinIncorrect)) { try sign("wrong") }
        #expect(try sign(NSSDatabase.pin).count == 128)
    }

    @Test(.timeLimit(.minutes(1))) func threadsThatCreateTokenObjectsDoNotHang() throws {
        let token = try NSSDatabase.token()
        let results = Thread.run(4) { thread in
            for round in 0..<4 {
                let key = try token.create(
                    Sample.aesKey(
                        [UInt8](repeating: UInt8(thread), count: 16), label: "\(thread)-\(round)", onToken: true)
                )
                _ = try token.find([Attribute(.label, "\(thread)-\(round)")])
                try token.writing { session throws(PKCS11Error) in try session.destroy(key) }
            }
        }
        for result in results { try result.get() }
    }
}
