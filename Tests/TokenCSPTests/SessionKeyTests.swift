import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("A session key of CryptGenKey")
struct SessionKeyTests {
    struct Cipher: Sendable, CustomTestStringConvertible {
        let algorithm: AlgorithmID
        let bits: Int
        let lengthWithParity: UInt32
        let blockBits: UInt32
        let mechanism: String
        var testDescription: String { algorithm.name }

        static let all = [
            Cipher(algorithm: .aes128, bits: 128, lengthWithParity: 128, blockBits: 128, mechanism: "CKM_AES_KEY_GEN"),
            Cipher(algorithm: .aes192, bits: 192, lengthWithParity: 192, blockBits: 128, mechanism: "CKM_AES_KEY_GEN"),
            Cipher(algorithm: .aes256, bits: 256, lengthWithParity: 256, blockBits: 128, mechanism: "CKM_AES_KEY_GEN"),
            Cipher(
                algorithm: .tripleDES, bits: 168, lengthWithParity: 192, blockBits: 64, mechanism: "CKM_DES3_KEY_GEN"),
            Cipher(
                algorithm: .tripleDES112, bits: 112, lengthWithParity: 128, blockBits: 64, mechanism: "CKM_DES2_KEY_GEN"
            ),
        ]
    }

    private enum Parameter {
        static let salt: UInt32 = 2
        static let permissions: UInt32 = 6
        static let algID: UInt32 = 7
        static let blockLen: UInt32 = 8
        static let keyLen: UInt32 = 9
    }

    /// CRYPT_PREGEN is CRYPT_INITIATOR here, which is not used.
    static let flags = FlagTableTests.combinations([
        .exportable, .archivable, .createSalt, .noSalt, .preGenerate, .unused,
    ])

    @Test("is made on the token without a PIN as its flags say")
    func isMadeOnTheTokenAsItsFlagsSay() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral()
        for cipher in Cipher.all {
            for flags in Self.flags {
                let key = try context.generateKey(cipher.algorithm, flags: flags.rawValue)
                #expect(key.placement == .token)
                #expect(key.spec == nil)
                #expect(key.bits == cipher.bits)
                let report = try key.report()
                let letsOut = flags.contains(.exportable) || flags.contains(.archivable)
                for line in report.lines { #expect(line.agrees, "\(line)") }
                #expect(report.rung == 0)
                #expect(report.bits == cipher.bits)
                #expect(report.mechanism == cipher.mechanism)
                #expect(report.value("secret", "CKA_TOKEN") == "false")
                #expect(report.value("secret", "CKA_SENSITIVE") == "true")
                #expect(report.value("secret", "CKA_EXTRACTABLE") == "\(letsOut)")
                for use in ["CKA_ENCRYPT", "CKA_DECRYPT", "CKA_WRAP", "CKA_UNWRAP", "CKA_SIGN", "CKA_VERIFY"] {
                    #expect(report.value("secret", use) == "true", "\(use)")
                }
                let archive: UInt32 = flags.contains(.archivable) ? 0x100 : 0
                #expect(try key.permissions() == 0x3B | (flags.contains(.exportable) ? 0x4 : 0) | archive)
                try key.destroy()
            }
        }
        #expect(try !bench.isLoggedIn)
        #expect(try bench.objects().isEmpty)
    }

    @Test("tells its parameters as CryptoAPI does")
    func tellsItsParameters() throws {
        let bench = try Workbench()
        for cipher in Cipher.all {
            let key = try bench.ephemeral().generateKey(cipher: cipher.algorithm)
            #expect(try key.dword(Parameter.algID) == cipher.algorithm.rawValue)
            #expect(try key.dword(Parameter.keyLen) == cipher.lengthWithParity)
            #expect(try key.dword(Parameter.blockLen) == cipher.blockBits)
            #expect(try key.dword(Parameter.permissions) == 0x3B)
            #expect(try key.value(Parameter.salt) == [], "KP_SALT succeeds with no bytes")
            refused(.badKey) { try key.publicKey() }
            refused(.badType) { try key.dword(11) }
        }
    }

    @Test("takes its length with and without parity, and 0")
    func takesItsLength() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral()
        for cipher in Cipher.all {
            for bits in [0, UInt32(cipher.bits), cipher.lengthWithParity] {
                #expect(try context.generateKey(cipher.algorithm, flags: bits << 16).bits == cipher.bits)
            }
        }
    }

    @Test("is a session object until its handle is closed")
    func isASessionObject() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        for cipher in Cipher.all {
            let key = try context.generateKey(cipher: cipher.algorithm)
            let other = try context.generateKey(cipher: cipher.algorithm)
            #expect(try bench.sessionObjects(.secretKey) == 2)
            try key.destroy()
            #expect(try bench.sessionObjects(.secretKey) == 1)
            refused(.invalidParameter) { try key.permissions() }
            refused(.invalidParameter) { try key.destroy() }
            #expect(try Tool.list(bench.made).map(\.kind) == ["data"], "the token holds the container's record alone")
            try other.destroy()
            #expect(try bench.sessionObjects(.secretKey) == 0)
        }
    }

    @Test("is gone with its context, though the program still has the key")
    func isGoneWithItsContext() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral()
        let key = try context.generateKey(cipher: .aes256)
        context.release()
        #expect(try bench.objects().isEmpty)
        refused(.invalidParameter) { try key.permissions() }
    }

    @Test("with CRYPT_EXPORTABLE can be wrapped, another one cannot")
    func withExportableCanBeWrapped() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral()
        let token = try bench.made.token()
        for (flags, isWrapped) in [(KeyFlags(), false), (.archivable, true), (.exportable, true)] {
            let key = try context.generateKey(cipher: .aes128, flags: flags)
            guard case .session(let session) = key.material, case .token(_, let object) = session.place else {
                Issue.record("no session object")
                return
            }
            try token.writing { session throws(PKCS11Error) in
                let wrapping = try session.generateKey(
                    Mechanism(.aesKeyGen),
                    [Attribute(.token, false), Attribute(.isPrivate, false), Attribute(.valueLen, 16)]
                )
                let wrapped = try? session.wrap(
                    object.handle, under: wrapping, Mechanism(.aesKeyWrapPad), maximumSize: 256)
                try session.destroy(wrapping)
                #expect((wrapped != nil) == isWrapped, "\(flags.names)")
            }
            try key.destroy()
        }
    }
}
