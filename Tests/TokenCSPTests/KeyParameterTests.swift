import TestTokens
import Testing

@testable import TokenCSP

@Suite("CryptGetKeyParam, CryptSetKeyParam and CryptExportKey on a key pair")
struct KeyParameterTests {
    private enum Parameter {
        static let salt: UInt32 = 2
        static let permissions: UInt32 = 6
        static let algID: UInt32 = 7
        static let blockLen: UInt32 = 8
        static let keyLen: UInt32 = 9
    }

    private enum Blob {
        static let simple: UInt32 = 1
        static let publicKey: UInt32 = 6
        static let privateKey: UInt32 = 7
    }

    private let bench: Workbench
    private let context: Context

    init() throws {
        bench = try Workbench()
        context = try bench.create("alice")
    }

    private func export(_ key: Key, _ type: UInt32, under other: Key? = nil, flags: UInt32 = 0) throws -> [UInt8] {
        var length: UInt32 = 0
        try key.export(type, under: other, flags: flags, data: nil, length: &length)
        var blob = [UInt8](repeating: 0, count: Int(length))
        try key.export(type, under: other, flags: flags, data: &blob, length: &length)
        return blob
    }

    @Test("tell algorithm, length, block and permissions", arguments: [KeySpec.keyExchange, .signature])
    func tellAlgorithmAndLength(spec: KeySpec) throws {
        let key = try context.generateKey(spec, bits: 1024)
        for key in [key, try context.userKey(spec), try bench.open("alice").userKey(spec)] {
            #expect(try key.dword(Parameter.algID) == spec.rsaAlgorithm.rawValue)
            #expect(try key.dword(Parameter.keyLen) == 1024)
            #expect(try key.dword(Parameter.blockLen) == 1024)
            #expect(try key.dword(Parameter.permissions) == 0x3B)
            refused(.badKey) { try key.value(Parameter.salt) }
            refused(.badType) { try key.value(1) }
            refused(.badType) { try key.value(.max) }
        }
        var length: UInt32 = 0
        refused(.badFlags) { try key.parameter(Parameter.algID, data: nil, length: &length, flags: 1) }
    }

    @Test("tell CRYPT_EXPORT of an exportable key in every context that may log in, and no context that may not")
    func tellExport() throws {
        let key = try context.generateKey(.signature, bits: 1024, flags: .exportable)
        #expect(try key.permissions() == 0x3F)
        #expect(try bench.open("alice").userKey(.signature).permissions() == 0x3F)
        #expect(try bench.open("alice", configuration: bench.withoutPIN).userKey(.signature).permissions() == 0x3B)
        #expect(try bench.open("alice", .verifyContext).userKey(.signature).permissions() == 0x3B)
    }

    @Test("add no permission, and clearing one has no effect")
    func addNoPermission() throws {
        func set(_ key: Key, _ permissions: UInt32) throws {
            try withUnsafeBytes(of: permissions.littleEndian) { bytes in
                try Array(bytes).withUnsafeBufferPointer {
                    try key.setParameter(Parameter.permissions, data: $0.baseAddress, flags: 0)
                }
            }
        }
        let plain = try context.generateKey(.signature, bits: 1024)
        refused(.badData, naming: ["CRYPT_EXPORTABLE"]) { try set(plain, 0x3F) }
        refused(.badData) { try set(plain, 0x13B) }
        try set(plain, 0x3B)
        try set(plain, 0)
        #expect(try plain.permissions() == 0x3B)
        let exportable = try context.generateKey(.keyExchange, bits: 1024, flags: .exportable)
        try set(exportable, 0x3B)
        #expect(try exportable.permissions() == 0x3F)
        refused(.invalidParameter) { try plain.setParameter(Parameter.permissions, data: nil, flags: 0) }
        refused(.badType) { try plain.setParameter(Parameter.keyLen, data: nil, flags: 0) }
        refused(.badFlags) { try plain.setParameter(Parameter.permissions, data: nil, flags: 1) }
    }

    @Test("export the public half always, with the ALG_ID of the key", arguments: [KeySpec.keyExchange, .signature])
    func exportThePublicHalf(spec: KeySpec) throws {
        let key = try context.generateKey(spec, bits: 1024)
        let blob = try export(key, Blob.publicKey)
        #expect(blob.count == 20 + 128)
        #expect(try blob == key.publicKeyBlob())
        let decoded = try RSAPublicKey.decode(publicKeyBlob: blob)
        #expect(decoded.algorithm == spec.rsaAlgorithm.rawValue)
        #expect(try .rsa(decoded.key) == key.publicKey())
        #expect(
            try export(
                bench.open("alice", .verifyContext, configuration: bench.withoutPIN).userKey(spec), Blob.publicKey)
                == blob)
        var length: UInt32 = 147
        var buffer = [UInt8](repeating: 0, count: 148)
        refused(.moreData) { try key.export(Blob.publicKey, under: nil, flags: 0, data: &buffer, length: &length) }
        #expect(length == 148)
        refused(.badKey) { try export(key, Blob.publicKey, under: key) }
        refused(.badFlags) { try export(key, Blob.publicKey, flags: 1) }
    }

    @Test("do not export the private half of a key without CRYPT_EXPORTABLE, even for a size query")
    func doNotExportThePrivateHalf() throws {
        for flags in [KeyFlags(), .archivable] {
            let key = try context.generateKey(.signature, bits: 1024, flags: flags)
            let later = try context.userKey(.signature)
            for key in [key, later] where flags.isEmpty || key === later {
                refused(.badKeyState) { try export(key, Blob.privateKey) }
            }
            try key.destroy()
        }
        let imported = try context.importKey(context.userKey(.signature).publicKeyBlob())
        refused(.badKeyState) { try export(imported, Blob.privateKey) }
        for type: UInt32 in [0, 10, 99] {
            refused(.badType) { try export(context.userKey(.signature), type) }
        }
    }

    @Test("import public keys, and refuse other blobs")
    func importPublicKeys() throws {
        let blob = try context.generateKey(.keyExchange, bits: 1024).publicKeyBlob()
        func take(_ bytes: [UInt8], under key: Key? = nil, flags: UInt32 = 0) throws -> Key {
            try bytes.withUnsafeBytes { try context.importKey($0, under: key, flags: flags) }
        }
        let before = try bench.objects()
        #expect(try take(blob).algorithm == .rsaKeyExchange)
        #expect(try take(blob + [1, 2, 3], flags: 0x1).bits == 1024)
        refused(.badData) { try take([]) }
        refused(.badData) { try take(Array(blob.prefix(7))) }
        refused(.badData) { try take(Array(blob.dropLast())) }
        refused(.badData) { try take([7] + blob.dropFirst()) }
        refused(.badType, naming: ["12"]) { try take([12] + blob.dropFirst()) }
        refused(.badVer, naming: ["3"]) { try take([6, 3] + blob.dropFirst(2)) }
        refused(.badData) { try take(blob.prefix(4) + [0, 0x22, 0, 0] + blob.dropFirst(8)) }
        refused(.badFlags) { try take(blob, flags: 0x2000) }
        refused(.badKey) { try take(blob, under: context.userKey(.keyExchange)) }
        #expect(try bench.objects() == before)
    }
}
