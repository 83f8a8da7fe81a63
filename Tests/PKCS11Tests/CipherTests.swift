import Foundation
import PKCS11
import TestTokens
import Testing

@Suite struct CipherTests {
    let token: Token
    private let key = [UInt8](0..<32)
    private let iv = [UInt8](repeating: 9, count: 16)

    init() throws {
        token = try loggedInToken()
    }

    private func encrypt(_ data: [UInt8], _ key: ObjectHandle, _ mechanism: Mechanism, size: Int) throws(PKCS11Error)
        -> [UInt8]
    {
        try token.withSession { session throws(PKCS11Error) in
            try session.encrypt(data, with: key, mechanism, maximumSize: size)
        }
    }

    private func decrypt(_ data: [UInt8], _ key: ObjectHandle, _ mechanism: Mechanism) throws(PKCS11Error) -> [UInt8] {
        try token.withSession { session throws(PKCS11Error) in
            try session.decrypt(data, with: key, mechanism, maximumSize: max(data.count, 256))
        }
    }

    @Test(arguments: [0, 1, 15, 16, 17, 4096])
    func openSSLDecryptsWhatTheTokenEncrypted(_ count: Int) throws {
        let handle = try token.create(Sample.aesKey(key))
        let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let sealed = try encrypt(plain, handle, Mechanism(.aesCBCPad, parameter: iv), size: count + 16)
        #expect(sealed.count == (count / 16 + 1) * 16)
        let hex = { (bytes: [UInt8]) in bytes.map { String(format: "%02x", $0) }.joined() }
        let opened = try run(
            ["openssl", "enc", "-d", "-aes-256-cbc", "-K", hex(key), "-iv", hex(iv)], input: Data(sealed))
        #expect(opened.status == 0)
        #expect(Array(opened.output) == plain)
        #expect(try decrypt(sealed, handle, Mechanism(.aesCBCPad, parameter: iv)) == plain)
    }

    @Test func withoutPaddingTheLengthIsThatOfTheData() throws {
        let handle = try token.create(Sample.aesKey(key))
        let plain = [UInt8](repeating: 4, count: 64)
        let sealed = try encrypt(plain, handle, Mechanism(.aesCBC, parameter: iv), size: 64)
        #expect(sealed.count == 64)
        #expect(try decrypt(sealed, handle, Mechanism(.aesCBC, parameter: iv)) == plain)
        #expect(throws: PKCS11Error.self) {
            try encrypt([1, 2, 3], handle, Mechanism(.aesCBC, parameter: iv), size: 64)
        }
    }

    @Test func aMissingOrShortInitializationVectorIsRefused() throws {
        let handle = try token.create(Sample.aesKey(key))
        for parameter in [[], [1, 2, 3]] as [[UInt8]] {
            #expect(throws: PKCS11Error.self) {
                try encrypt([1], handle, Mechanism(.aesCBCPad, parameter: parameter), size: 16)
            }
        }
    }

    @Test func tamperedPaddingIsAnErrorAndTheTokenGoesOn() throws {
        let handle = try token.create(Sample.aesKey(key, onToken: true))
        var sealed = try encrypt([1, 2, 3], handle, Mechanism(.aesCBCPad, parameter: iv), size: 16)
        sealed[0] ^= 0x80
        sealed[15] ^= 0x80
        #expect(throws: PKCS11Error.self) { try decrypt(sealed, handle, Mechanism(.aesCBCPad, parameter: iv)) }
        #expect(try encrypt([1], handle, Mechanism(.aesCBCPad, parameter: iv), size: 16).count == 16)
    }

    @Test(arguments: [Mechanism.rsaPKCS, .rsaOAEP(hash: .sha1, mgf: 1)])
    func whatIsEncryptedWithThePublicKeyThePrivateOneDecrypts(_ mechanism: Mechanism) throws {
        let pair = try token.rsaPair()
        let plain = Array("session key".utf8)
        let sealed = try encrypt(plain, pair.publicKey, mechanism, size: 256)
        #expect(sealed.count == 256)
        #expect(try decrypt(sealed, pair.privateKey, mechanism) == plain)
        #expect(try encrypt(plain, pair.publicKey, mechanism, size: 256) != sealed)
    }

    @Test func moreThanTheModulusHoldsIsRefused() throws {
        let pair = try token.rsaPair()
        #expect(throws: PKCS11Error.self) {
            try encrypt([UInt8](repeating: 1, count: 250), pair.publicKey, .rsaPKCS, size: 256)
        }
    }

    @Test func aKeyThatMayNotEncryptIsRefused() throws {
        let handle = try token.create([
            Attribute(.secretKey), Attribute(.aes), Attribute(.token, false), Attribute(.value, bytes: key),
            Attribute(.encrypt, false), Attribute(.decrypt, true),
        ])
        #expect(throws: error(.keyFunctionNotPermitted)) {
            try encrypt([1], handle, Mechanism(.aesCBCPad, parameter: iv), size: 16)
        }
    }
}
