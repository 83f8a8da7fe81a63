import PKCS11
import TestTokens
import Testing

@Suite struct KeyGenerationTests {
    let token: Token

    init() throws {
        token = try loggedInToken()
    }

    @Test func aPairHasWhatItsTemplatesAskFor() throws {
        let pair = try token.rsaPair(bits: 1024, onToken: true)
        let publicValues = try token.read(
            pair.publicKey, [.objectClass, .keyType, .token, .isPrivate, .verify, .modulus, .modulusBits, .local])
        #expect(publicValues.objectClass == .publicKey)
        #expect(publicValues.keyType == .rsa)
        #expect(publicValues.bool(.token) == true)
        #expect(publicValues.bool(.isPrivate) == false)
        #expect(publicValues.bool(.verify) == true)
        #expect(publicValues.uint(.modulusBits) == 1024)
        #expect(publicValues.bool(.local) == true)
        let privateValues = try token.read(
            pair.privateKey,
            [.objectClass, .sensitive, .extractable, .alwaysSensitive, .neverExtractable, .modulus, .keyGenMechanism]
        )
        #expect(privateValues.objectClass == .privateKey)
        #expect(privateValues.bool(.sensitive) == true)
        #expect(privateValues.bool(.extractable) == false)
        #expect(privateValues.bool(.alwaysSensitive) == true)
        #expect(privateValues.bool(.neverExtractable) == true)
        #expect(privateValues.uint(.keyGenMechanism) == MechanismType.rsaPKCSKeyPairGen.rawValue)
        #expect(privateValues.bytes(.modulus) == publicValues.bytes(.modulus))
    }

    @Test(arguments: [UInt(512), 1024, 2048])
    func theModulusHasTheLengthAskedFor(_ bits: UInt) throws {
        let pair = try token.rsaPair(bits: bits)
        let modulus = try #require(try token.read(pair.publicKey, [.modulus]).bytes(.modulus))
        #expect(modulus.count == Int(bits) / 8)
        #expect(modulus[0] & 0x80 != 0)
    }

    @Test func aLengthThatTheTokenDoesNotHaveIsRefusedAndLeavesNothing() throws {
        #expect(throws: PKCS11Error.self) { try token.rsaPair(bits: 64, onToken: true) }
        #expect(try token.find([]).isEmpty)
    }

    @Test func anECKeyPairHasItsPoint() throws {
        let p256: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        let pair = try token.writing { session throws(PKCS11Error) in
            try session.generateKeyPair(
                Mechanism(.ecKeyPairGen),
                publicKey: [Attribute(.token, false), Attribute(.ecParams, bytes: p256), Attribute(.verify, true)],
                privateKey: [Attribute(.token, false), Attribute(.sign, true)]
            )
        }
        let values = try token.read(pair.publicKey, [.ecParams, .ecPoint, .keyType])
        #expect(values.keyType == .ec)
        #expect(values.bytes(.ecParams) == p256)
        #expect(values.bytes(.ecPoint)?.count == 67)
        let digest = [UInt8](repeating: 0x5A, count: 32)
        try token.withSession { session throws(PKCS11Error) in
            let signature = try session.sign(digest, with: pair.privateKey, Mechanism(.ecdsa), maximumSize: 64)
            try session.verify(signature, of: digest, with: pair.publicKey, Mechanism(.ecdsa))
        }
    }

    @Test(arguments: [
        (UInt(16), MechanismType.aesKeyGen), (24, .aesKeyGen), (32, .aesKeyGen), (20, .genericSecretKeyGen),
    ])
    func aSecretKeyHasTheLengthAskedFor(_ bytes: UInt, _ mechanism: MechanismType) throws {
        let key = try token.writing { session throws(PKCS11Error) in
            try session.generateKey(
                Mechanism(mechanism),
                [
                    Attribute(.secretKey), Attribute(mechanism == .aesKeyGen ? KeyType.aes : .genericSecret),
                    Attribute(.token, false), Attribute(.sensitive, false), Attribute(.extractable, true),
                    Attribute(.valueLen, bytes),
                ]
            )
        }
        let values = try token.read(key, [.value, .valueLen])
        #expect(values.bytes(.value)?.count == Int(bytes))
        #expect(values.uint(.valueLen) == bytes)
    }

    @Test func aTripleDESKeyIsGeneratedWithoutALength() throws {
        let key = try token.writing { session throws(PKCS11Error) in
            try session.generateKey(
                Mechanism(.des3KeyGen), [Attribute(.secretKey), Attribute(.des3), Attribute(.token, false)]
            )
        }
        #expect(try token.read(key, [.keyType]).keyType == .des3)
    }

    @Test func aMechanismThatTheTokenLacksIsNamedInTheError() throws {
        let thrown = #expect(throws: error(.mechanismInvalid)) {
            try token.writing { session throws(PKCS11Error) in
                try session.generateKey(Mechanism(MechanismType(rawValue: 0x8000_7777)), Sample.aesKey())
            }
        }
        #expect(thrown?.function == "C_GenerateKey")
    }

    @Test func aKeyIsWrappedUnderAnother() throws {
        try token.writing { session throws(PKCS11Error) in
            let wrapping = try session.generateKey(Mechanism(.aesKeyGen), Sample.aesKey() + [Attribute(.wrap, true)])
            let key = try session.create(
                Sample.aesKey([UInt8](repeating: 3, count: 16)) + [Attribute(.extractable, true)])
            let wrapped = try session.wrap(key, under: wrapping, Mechanism(.aesKeyWrap), maximumSize: 64)
            #expect(wrapped.count == 24)
            let closed = try session.create(
                Sample.aesKey([UInt8](repeating: 3, count: 16)) + [Attribute(.extractable, false)])
            #expect(throws: error(.keyUnextractable)) {
                try session.wrap(closed, under: wrapping, Mechanism(.aesKeyWrap), maximumSize: 64)
            }
        }
    }
}
