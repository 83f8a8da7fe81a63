import Foundation
import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("Keys on elliptic curves")
struct EllipticCurveTests {
    static let provider = "TokenCSP Elliptic Curve Provider"
    static let curves: [UInt32] = [256, 384, 521]
    static let signing: [(AlgorithmID, UInt32)] = curves.map { (.ecdsa, $0) } + [(.ed25519, 0)]

    @Test("sign and verify, in the container and as session objects, as openssl does", arguments: signing)
    func signAndVerify(algorithm: AlgorithmID, bits: UInt32) throws {
        let bench = try Workbench()
        for context in [
            try bench.create("alice", provider: Self.provider), try bench.ephemeral(provider: Self.provider),
        ] {
            let key = try context.generateKey(algorithm, flags: bits << 16)
            for line in try key.report().lines { #expect(line.agrees, "\(line)") }
            for kind in [AlgorithmID.sha1, .sha256, .sha384, .sha512] {
                let hash = try context.makeHash(kind)
                try hash.update(Array("some text".utf8))
                let signature = try hash.sign(.signature)
                #expect(signature.count == (algorithm == .ed25519 ? 64 : 2 * ((Int(bits) + 7) / 8)))
                try hash.verify(signature, key: key)
                let numbers = try key.publicKey()
                let standard = Signature(cryptoAPI: signature, key: numbers).bytes
                #expect(try Tool.opensslVerifies(curve: standard, of: hash.digest(), pem: numbers.pem()))
                #expect(Signature(standard).cryptoAPIBytes(for: numbers) == signature)
                if algorithm == .ecdsa {
                    #expect(Signature(standard + [0]).cryptoAPIBytes(for: numbers) == nil)
                    for count in 0..<standard.count {
                        #expect(Signature(Array(standard.prefix(count))).cryptoAPIBytes(for: numbers) == nil)
                    }
                }
                for index in [0, signature.count / 2, signature.count - 1] {
                    var wrong = signature
                    wrong[index] ^= 1
                    refused(.badSignature) { try hash.verify(wrong, key: key) }
                }
            }
        }
        let later = try bench.open("alice", provider: Self.provider)
        try later.proves(.signature)
        #expect(try later.userKey(.signature).algorithm == algorithm)
    }

    @Test("are what the flags say, read back from the token")
    func areWhatTheFlagsSay() throws {
        let bench = try Workbench()
        let context = try bench.create("alice", provider: Self.provider)
        for (algorithm, curve, uses) in [
            (AlgorithmID.ecdsa, "P-384", "CKA_SIGN"), (.ecdh, "P-384", "CKA_DERIVE"), (.ed25519, "Ed25519", "CKA_SIGN"),
        ] {
            for flags in FlagTableTests.combinations([.exportable, .archivable]) {
                let key = try context.generateKey(algorithm, flags: flags.with(bits: algorithm == .ed25519 ? 255 : 384))
                let report = try key.report()
                for line in report.lines { #expect(line.agrees, "\(line)") }
                #expect(report.value("public", "CKA_EC_PARAMS") == curve)
                #expect(report.value("private", "CKA_EXTRACTABLE") == "\(flags.contains(.exportable))")
                #expect(report.value("private", uses) == "true")
                for other in ["CKA_SIGN", "CKA_DERIVE"] where other != uses {
                    #expect(report.value("private", other) == "false")
                }
                let mayLeave = !flags.isEmpty
                #expect(try (key.permissions() & 0x4 != 0) == flags.contains(.exportable))
                if mayLeave, algorithm == .ed25519 {
                    refused(.notSupported) { try key.exported(7) }
                } else if mayLeave {
                    #expect(try key.exported(7).count == Int(key.size(7)))
                } else {
                    refused(.badKeyState) { try key.exported(7) }
                }
            }
        }
    }

    @Test("have the lengths of the curves, and their parameters")
    func haveTheLengthsOfTheCurves() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral(provider: Self.provider)
        for bits in [1, 255, 257, 512, 520, 522, 528, 1024] as [UInt32] where bits != 528 {
            refused(.invalidParameter) { try context.generateKey(.ecdsa, flags: bits << 16) }
        }
        for (asked, found) in [(0, 256), (256, 256), (384, 384), (521, 521), (528, 521)] as [(UInt32, UInt32)] {
            let key = try context.generateKey(AlgorithmID(rawValue: 2), flags: asked << 16)
            #expect(key.algorithm == .ecdsa)
            #expect(try key.dword(KeyParameter.keyLen) == found)
            #expect(try key.dword(KeyParameter.blockLen) == found)
            #expect(try key.dword(KeyParameter.algID) == 0x2203)
        }
        #expect(try context.generateKey(AlgorithmID(rawValue: 1), flags: 0).algorithm == .ecdh)
        #expect(try context.generateKey(.ed25519, flags: 256 << 16).dword(KeyParameter.keyLen) == 255)
        refused(.badFlags) { try context.generateKey(.ecdsa, flags: KeyFlags.preGenerate.rawValue) }
        let named = try bench.create("alice", provider: Self.provider)
        refused(.badFlags) { try named.generateKey(.ecdh, flags: KeyFlags.userProtected.rawValue) }
        refused(.badAlgID) { try bench.create("bob").generateKey(.ecdsa, flags: 0) }
    }

    @Test("with CRYPT_USER_PROTECTED ask for the PIN at each signature", arguments: [AlgorithmID.ecdsa, .ed25519])
    func askForThePIN(algorithm: AlgorithmID) throws {
        let bench = try Workbench()
        let owner = try bench.create("alice", provider: Self.provider, asking: bench.owner)
        let key = try owner.generateKey(algorithm, flags: KeyFlags.userProtected.rawValue)
        let line = try #require(key.report().lines.first { $0.attribute == "CKA_ALWAYS_AUTHENTICATE" })
        #expect(line.onToken == "true" && line.heldBy == .token)
        try owner.proves(.signature)
        try owner.proves(.signature)
        refused(.silentContext) {
            try bench.open("alice", .silent, provider: Self.provider, configuration: bench.withoutPIN).proves(
                .signature)
        }
    }

    @Test("are told by the provider's parameters")
    func areToldByTheProvidersParameters() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral(provider: Self.provider)
        #expect(try context.dword(ProviderParameter.providerType) == 16)
        #expect(try context.dword(ProviderParameter.signatureKeySizeIncrement) == 128)
        #expect(try context.dword(ProviderParameter.exchangeKeySizeIncrement) == 128)
        #expect(try context.dword(ProviderParameter.keySpec) == 3)
        let plan = try GenerationPlan(.ecdsa, flags: 521 << 16, container: "alice", provider: Self.provider)
        #expect(plan.mechanism == "CKM_ECDSA_KEY_PAIR_GEN")
        #expect(plan.lines.contains { $0.attribute == "CKA_EC_PARAMS" && $0.value == "P-521" })
    }

    @Test("that do not sign are refused, and so are those that do not agree")
    func refuseWhatTheyAreNotFor() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral(provider: Self.provider)
        let exchange = try context.generateKey(.ecdh, flags: 0)
        let signer = try context.generateKey(.ecdsa, flags: 0)
        let hash = try context.makeHash(.sha256)
        refused(.badKey) { try hash.sign(.keyExchange) }
        refused(.badKey) { try hash.verify(hash.sign(.signature), key: exchange) }
        refused(.badKey) { try context.imported(exchange.publicKeyBlob(), under: signer) }
        refused(.badKey) { try context.imported(signer.publicKeyBlob(), under: exchange) }
        var length: UInt32 = 0
        refused(.badKey) {
            try exchange.encrypt(hash: nil, final: true, flags: 0, data: nil, length: &length, capacity: 0)
        }
    }
}

extension Hash {
    /// HP_HASHVAL.
    func digest() throws -> [UInt8] { try value(2) }
}

extension Key {
    /// CryptExportKey without a key.
    func exported(_ type: UInt32) throws -> [UInt8] {
        var length = try size(type)
        var blob = [UInt8](repeating: 0, count: Int(length))
        try blob.withUnsafeMutableBufferPointer {
            try export(type, under: nil, flags: 0, data: $0.baseAddress, length: &length)
        }
        return Array(blob.prefix(Int(length)))
    }

    func size(_ type: UInt32) throws -> UInt32 {
        var length: UInt32 = 0
        try export(type, under: nil, flags: 0, data: nil, length: &length)
        return length
    }
}

extension Context {
    /// CryptImportKey.
    func imported(_ blob: [UInt8], under key: Key? = nil, flags: KeyFlags = []) throws -> Key {
        try blob.withUnsafeBytes { try importKey($0, under: key, flags: flags.rawValue) }
    }
}

extension Tool {
    /// Whether openssl verifies a signature in its own form over a hash's value.
    static func opensslVerifies(curve signature: [UInt8], of digest: [UInt8], pem: String) throws -> Bool {
        let isEdwards = pem.count < 130
        let paths = [".pem", ".sig", ".bin"].map { file($0) }
        for (path, bytes) in zip(paths, [Array(pem.utf8), signature, digest]) {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
        let answer = try run(
            "/usr/bin/openssl",
            ["pkeyutl", "-verify", "-pubin", "-inkey", paths[0], "-sigfile", paths[1], "-in", paths[2]]
                + (isEdwards ? ["-rawin"] : []),
            mayFail: true
        )
        return answer.contains("Signature Verified Successfully")
    }
}
