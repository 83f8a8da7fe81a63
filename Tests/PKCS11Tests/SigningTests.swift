import Foundation
import TestTokens
import Testing

@testable import PKCS11

@Suite struct SigningTests {
    let token: Token
    let spy: SlotSpy
    let pair: KeyPair<ObjectHandle>
    private let message = Array("The quick brown fox".utf8)

    init() throws {
        let made = try TestToken.make()
        token = try made.token()
        spy = ModuleSpy.watch(token)
        try token.login(PIN(made.userPIN))
        // On the token: a session object would go with the session that saw an error.
        pair = try token.rsaPair(onToken: true)
    }

    private func sign(_ data: [UInt8], _ mechanism: Mechanism) throws(PKCS11Error) -> [UInt8] {
        try token.withSession { session throws(PKCS11Error) in
            try session.sign(data, with: pair.privateKey, mechanism, maximumSize: 256)
        }
    }

    @Test func openSSLVerifiesASignatureOfTheToken() throws {
        let signature = try sign(message, Mechanism(.sha256RSAPKCS))
        #expect(try openSSLVerifies(signature, message))
        #expect(try !openSSLVerifies(signature, message + [0]))
    }

    @Test func openSSLVerifiesASignatureOfADigestMadeElsewhere() throws {
        let digest = try run(["openssl", "dgst", "-sha256", "-binary"], input: Data(message)).output
        let signature = try sign(Sample.sha256DigestInfo(Array(digest)), .rsaPKCS)
        #expect(try openSSLVerifies(signature, message))
    }

    @Test func openSSLVerifiesAPSSSignature() throws {
        let digest = try run(["openssl", "dgst", "-sha256", "-binary"], input: Data(message)).output
        let signature = try sign(Array(digest), .rsaPSS(hash: .sha256, mgf: 2, saltLength: 32))
        let options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]
        #expect(try openSSLVerifies(signature, message, options))
        #expect(try !openSSLVerifies(signature, message))
    }

    @Test func theTokenVerifiesItsOwnSignatureAndNoOther() throws {
        var signature = try sign(message, Mechanism(.sha256RSAPKCS))
        try verify(signature)
        signature[100] ^= 1
        #expect(throws: error(.signatureInvalid)) { try verify(signature) }
        #expect(throws: error(.signatureLenRange)) { try verify(Array(signature.dropLast())) }
        #expect(throws: PKCS11Error.self) { try verify([]) }
    }

    private func verify(_ signature: [UInt8]) throws(PKCS11Error) {
        try token.withSession { session throws(PKCS11Error) in
            try session.verify(signature, of: message, with: pair.publicKey, Mechanism(.sha256RSAPKCS))
        }
    }

    @Test func emptyDataIsSigned() throws {
        #expect(try openSSLVerifies(try sign([], Mechanism(.sha256RSAPKCS)), []))
    }

    @Test func dataThatIsTooLongForTheKeyIsRefusedAndTheTokenGoesOn() throws {
        // CKR_DATA_LEN_RANGE by the specification, CKR_GENERAL_ERROR by SoftHSM.
        #expect(throws: PKCS11Error.self) { try sign([UInt8](repeating: 1, count: 300), .rsaPKCS) }
        #expect(try sign(message, .rsaPKCS).count == 256)
    }

    @Test func aBufferThatIsTooSmallIsAnErrorAndTheTokenGoesOn() throws {
        #expect(throws: error(.bufferTooSmall)) {
            try token.withSession { session throws(PKCS11Error) in
                try session.sign(message, with: pair.privateKey, .rsaPKCS, maximumSize: 10)
            }
        }
        #expect(try sign(message, .rsaPKCS).count == 256)
    }

    @Test func aFailedSignatureDoesNotLeaveItsOperationToTheNext() throws {
        spy.fail(.sign, with: .deviceError)
        #expect(throws: error(.deviceError)) { try sign(message, .rsaPKCS) }
        // The Init stood in the session; CKR_OPERATION_ACTIVE would come now, were it lent again.
        #expect(try sign(message, .rsaPKCS).count == 256)
    }

    @Test func aKeyOfAnotherKindOrNoneIsRefused() throws {
        #expect(throws: PKCS11Error.self) {
            try token.withSession { session throws(PKCS11Error) in
                try session.sign(message, with: pair.publicKey, .rsaPKCS, maximumSize: 256)
            }
        }
        let thrown = #expect(throws: PKCS11Error.self) {
            try token.withSession { session throws(PKCS11Error) in
                try session.sign(message, with: ObjectHandle(rawValue: 0xDEAD_BEEF), .rsaPKCS, maximumSize: 256)
            }
        }
        #expect(thrown?.function == "C_SignInit")
    }

    @Test func signingNeedsTheLogin() throws {
        try token.logout()
        #expect(throws: PKCS11Error.self) { try sign(message, .rsaPKCS) }
    }

    private func openSSLVerifies(_ signature: [UInt8], _ data: [UInt8], _ options: [String] = []) throws -> Bool {
        let values = try token.read(pair.publicKey, [.modulus, .publicExponent])
        let key = try temporaryFile(
            DER.rsaPublicKey(
                modulus: try #require(values.bytes(.modulus)), exponent: try #require(values.bytes(.publicExponent))
            )
        )
        let signatureFile = try temporaryFile(signature)
        let command = [
            "openssl", "dgst", "-sha256", "-verify", key.path, "-keyform", "DER", "-signature", signatureFile.path,
        ]
        return try run(command + options, input: Data(data)).status == 0
    }
}

/// SubjectPublicKeyInfo, as openssl reads it.
private enum DER {
    static func rsaPublicKey(modulus: [UInt8], exponent: [UInt8]) -> [UInt8] {
        let algorithm: [UInt8] = [
            0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
        ]
        let key = element(0x30, integer(modulus) + integer(exponent))
        return element(0x30, algorithm + element(0x03, [0] + key))
    }

    private static func integer(_ bytes: [UInt8]) -> [UInt8] {
        element(0x02, (bytes[0] & 0x80 != 0 ? [0] : []) + bytes)
    }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let length: [UInt8] =
            content.count < 128
            ? [UInt8(content.count)] : [0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)]
        return [tag] + length + content
    }
}
