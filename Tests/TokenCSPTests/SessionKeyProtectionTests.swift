import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("Protection flags of session keys")
struct SessionKeyProtectionTests {
    private static let protection: [KeyFlags] = [
        .userProtected, .forceKeyProtectionHigh, [.userProtected, .forceKeyProtectionHigh],
    ]

    @Test("are refused by CryptDeriveKey and KP_ALGID", arguments: protection)
    func areRefused(flags: KeyFlags) throws {
        let bench = try Workbench()
        let contexts = try [
            bench.create("alice", provider: ourDHProvider), bench.open("alice", .silent, provider: ourDHProvider),
            bench.ephemeral(provider: ourDHProvider),
        ]
        for context in contexts {
            let hash = try context.makeHash(.sha1)
            try hash.update(Array("some text".utf8))
            refused(.badFlags, naming: ["CRYPT_USER_PROTECTED"]) {
                try context.deriveKey(.tripleDES, from: hash, flags: flags.rawValue)
            }
            // The hash is as it was.
            _ = try context.deriveKey(.tripleDES, from: hash, flags: KeyFlags.exportable.rawValue)
            let own = try context.generateKey(.dhEphemeral, flags: 1024 << 16)
            let other = try context.generateKey(.dhEphemeral, flags: 1024 << 16).export(.publicKey)
            refused(.badFlags, naming: ["CRYPT_USER_PROTECTED"]) {
                try own.agree(with: other, on: .rc4, flags: flags)
            }
            let agreed = try context.importKey(other, under: own)
            var algorithm = littleEndian(AlgorithmID.rc4.rawValue)
            refused(.badFlags) { try agreed.setParameter(7, data: &algorithm, flags: flags.rawValue) }
            try agreed.setParameter(7, data: &algorithm, flags: 0)
        }
    }

    @Test("are of no effect (CRYPT_USER_PROTECTED) or refused (CRYPT_FORCE_KEY_PROTECTION_HIGH) by CryptImportKey")
    func areOfNoEffectInAnImport() throws {
        let bench = try Workbench()
        let owner = try bench.create("alice")
        let exchange = try owner.generateKey(.keyExchange, bits: 1024)
        let session = try owner.generateKey(cipher: .tripleDES, flags: .exportable)
        let wrapping = try owner.generateKey(cipher: .tripleDES, flags: .exportable)
        let blobs: [([UInt8], Bool)] = try [
            (session.export(.plaintext), false), (session.export(.sessionKey, under: exchange), false),
            (session.export(.opaque), false), (session.export(.wrapped, under: wrapping), true),
            (exchange.export(.publicKey), false),
        ]
        let silent = try bench.open("alice", .silent)
        for context in [owner, silent] {
            let kek = try context.importKey(wrapping.export(.plaintext))
            for (blob, isWrapped) in blobs {
                let under = isWrapped ? kek : nil
                let key = try context.importKey(blob, under: under, flags: [.userProtected, .exportable])
                #expect(key.protection == .none && key.flags == .exportable, "type \(blob[0])")
                for flags in [KeyFlags.forceKeyProtectionHigh, [.forceKeyProtectionHigh, .userProtected]] {
                    refused(.badFlags, naming: ["CRYPT_FORCE_KEY_PROTECTION_HIGH"]) {
                        try context.importKey(blob, under: under, flags: flags)
                    }
                }
            }
        }
    }

    @Test("an AES SIMPLEBLOB is unwrapped by the exchange key's context, not by the importing one")
    func isUnwrappedByTheExchangeKeysContext() throws {
        let bench = try Workbench()
        let owner = try bench.create("alice")
        let exchange = try owner.generateKey(.keyExchange, bits: 1024)
        let blob = try owner.generateKey(cipher: .aes128, flags: .exportable).export(.sessionKey, under: exchange)
        let importing = try bench.open("alice", .silent, configuration: bench.withoutPIN)
        let key = try importing.importKey(blob, under: exchange)
        #expect(key.algorithm == .aes128)
        // Nor does the importing one lend its PIN to a key of a context that has none.
        let without = try bench.open("alice", .silent, configuration: bench.withoutPIN).userKey(.keyExchange)
        refused(.silentContext) { try owner.importKey(blob, under: without) }
    }

    @Test("a DSS pair in a silent context without a PIN is refused before the token makes anything")
    func isRefusedBeforeTheTokenMakesAnything() throws {
        let faulty = try FaultModule()
        _ = try faulty.bench.create("dss", provider: dssProvider)
        let silent = try faulty.bench.open(
            "dss", .silent, provider: dssProvider, configuration: faulty.bench.withoutPIN)
        let made = faulty.calls(of: ["C_GenerateKey", "C_GenerateKeyPair", "C_Login", "C_CreateObject"]) {
            refused(.silentContext) { try silent.generateKey(.signature) }
        }
        #expect(made.calls.values.allSatisfy { $0 == 0 }, "\(made.calls)")
    }
}
