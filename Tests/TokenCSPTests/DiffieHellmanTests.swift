import Foundation
import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("Diffie-Hellman")
struct DiffieHellmanTests {
    /// RFC 2409, section 6, and RFC 3526: SHA-256 of the primes that libcrypto has under these names.
    static let digests: [Int: String] = [
        768: "b52ba6a3026520a6c49d37e4587601801bee500123b3259b6bf03e7cecc3e63d",
        1024: "3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0",
        1536: "64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b",
        2048: "d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e",
        3072: "48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c",
        4096: "4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33",
        6144: "d1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd",
        8192: "39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf",
    ]

    @Test("the groups are the published ones")
    func groups() throws {
        #expect(DiffieHellmanGroup.lengths == Self.digests.keys.sorted())
        for (bits, digest) in Self.digests {
            let group = try #require(DiffieHellmanGroup.parameters(bits: bits))
            let hash = HostHash(.sha256)
            group.prime.withUnsafeBytes { hash.update($0) }
            #expect(hexadecimal(hash.finish()) == digest)
            #expect(group.bits == bits && group.base == [2])
        }
        #expect(DiffieHellmanGroup.parameters(bits: 512) == nil)
    }

    private func activate(_ key: Key, _ algorithm: AlgorithmID, flags: UInt32 = 0) throws {
        try littleEndian(algorithm.rawValue).withUnsafeBufferPointer {
            try key.setParameter(7, data: $0.baseAddress, flags: flags)
        }
    }

    private func encrypted(_ key: Key, _ text: String) throws -> [UInt8] {
        var bytes = Array(text.utf8) + [UInt8](repeating: 0, count: 64)
        var length = UInt32(text.utf8.count)
        let capacity = UInt32(bytes.count)
        try key.encrypt(hash: nil, final: true, flags: 0, data: &bytes, length: &length, capacity: capacity)
        return Array(bytes.prefix(Int(length)))
    }

    private func decrypted(_ key: Key, _ bytes: [UInt8]) throws -> String {
        var bytes = bytes
        var length = UInt32(bytes.count)
        try key.decrypt(hash: nil, final: true, flags: 0, data: &bytes, length: &length)
        return String(decoding: bytes.prefix(Int(length)), as: UTF8.self)
    }

    @Test("Microsoft's exchange: two contexts agree, one decrypts what the other encrypted")
    func exchange() throws {
        let bench = try Workbench()
        let one = try bench.create("one", provider: dhProvider)
        let two = try bench.create("two", provider: dhProvider)
        let group = try #require(DiffieHellmanGroup.parameters(bits: 1024))
        for (algorithm, flags) in [(AlgorithmID.dhSF, KeyFlags()), (.dhEphemeral, .exportable)] {
            let keys = try [one, two].map { context in
                let key = try context.generateKey(algorithm, flags: 1024 << 16 | 0x40 | flags.rawValue)
                try set(key, 11, group.prime.reversed())
                try set(key, 12, group.base.littleEndianNumber(128))
                refused(.badType) { try set(key, 13, [UInt8](repeating: 0xFF, count: 20)) }
                try key.setParameter(14, data: nil, flags: 0)
                #expect(try parameter(key, 11) == group.prime.reversed())
                #expect(try parameter(key, 40) == [])
                refused(.badType) { try parameter(key, 13) }
                for line in try key.report().lines { #expect(line.agrees, "\(line)") }
                return key
            }
            let blobs = try keys.map { try exported($0, BlobType.publicKey) }
            for blob in blobs {
                #expect(blob.count == 16 + 128 && Array(blob[8..<12]) == [0] + Array("DH1".utf8))
            }
            let ciphers: [(AlgorithmID, UInt32, Int)] = [
                (.rc4, 0, 128), (.rc2, 40 << 16, 40), (.des, 0, 64), (.tripleDES, 0, 192), (.tripleDES112, 0, 128),
            ]
            for (cipher, flags, bits) in ciphers {
                let a = try imported(one, blobs[1], under: keys[0])
                let b = try imported(two, blobs[0], under: keys[1])
                #expect(a.algorithm == .agreedKeyAny)
                refused(.badKeyState) { try encrypted(a, "early") }
                refused(.badKeyState) { try exported(a, BlobType.plaintext) }
                refused(.badAlgID) { try activate(a, .aes256) }
                refused(.badData) { try activate(a, .rc4, flags: 136 << 16) }
                refused(.badFlags) { try activate(a, .rc4, flags: 0x20) }
                try activate(a, cipher, flags: flags | 1)
                try activate(b, cipher, flags: flags)
                #expect(a.algorithm == cipher)
                #expect(try parameter(a, 9) == littleEndian(UInt32(bits)))
                let text = "a text that was encrypted"
                #expect(try decrypted(b, encrypted(a, text)) == text)
                #expect(try exported(a, BlobType.plaintext).count == 12 + bits / 8)
                refused(.badKeyState) { try exported(b, BlobType.plaintext) }
            }
            #expect(try bench.sessionObjects(.secretKey) == 0)
        }
        // The container keeps CALG_DH_SF's pair, and another handle agrees as well.
        let kept = try bench.open("one", provider: dhProvider).userKey(.keyExchange)
        #expect(kept.algorithm == .dhSF)
        let blob = try exported(two.userKey(.keyExchange), BlobType.publicKey)
        let a = try imported(kept.context, blob, under: kept)
        try activate(a, .rc4)
    }

    @Test("the agreed secret is the one that openssl derives; its first bytes are the key", arguments: [1024, 2048])
    func openssl(bits: Int) throws {
        let context = try Workbench().ephemeral(provider: ourDHProvider)
        let key = try context.generateKey(.dhEphemeral, flags: UInt32(bits) << 16 | 1)
        let group = try #require(DiffieHellmanGroup.parameters(bits: bits))
        let paths = [".params", ".key", ".pub", ".peer", ".secret"].map { Tool.file($0) }
        // PKCS #3 parameters, as openssl reads them.
        let der = DER.sequence(DER.integer(group.prime), DER.integer(group.base))
        let pem =
            "-----BEGIN DH PARAMETERS-----\n" + Data(der).base64EncodedString(options: .lineLength64Characters)
            + "\n-----END DH PARAMETERS-----\n"
        try pem.write(toFile: paths[0], atomically: true, encoding: .utf8)
        try Tool.run("/usr/bin/openssl", ["genpkey", "-paramfile", paths[0], "-out", paths[1]])
        try key.publicKey().pem().write(toFile: paths[3], atomically: true, encoding: .utf8)
        try Tool.run(
            "/usr/bin/openssl", ["pkeyutl", "-derive", "-inkey", paths[1], "-peerkey", paths[3], "-out", paths[4]])
        let secret = [UInt8](try Data(contentsOf: URL(fileURLWithPath: paths[4])))

        try Tool.run(
            "/usr/bin/openssl", ["pkey", "-in", paths[1], "-pubout", "-outform", "DER", "-out", paths[2]])
        let info = [UInt8](try Data(contentsOf: URL(fileURLWithPath: paths[2])))
        // The public number is the last INTEGER.
        let value = Array(info.suffix(bits / 8))
        let theirs = DiffieHellmanPublicKey(parameters: group, value: value)
        for version: UInt8 in [2, 3] {
            let blob = try theirs.publicKeyBlob(.dhEphemeral, version: version)
            let agreed = try imported(context, blob, under: key)
            try activate(agreed, .rc4, flags: 128 << 16 | 1)
            let plain = try exported(agreed, BlobType.plaintext)
            #expect(Array(plain.suffix(16)) == Array(secret.reversed().prefix(16)))
        }
    }

    @Test("a pair leaves and comes back by a PRIVATEKEYBLOB of either version")
    func exports() throws {
        let bench = try Workbench()
        let context = try bench.create("dh", provider: dhProvider)
        let key = try context.generateKey(.dhSF, flags: 1024 << 16 | 1)
        let other = try bench.ephemeral(provider: dhProvider).generateKey(.dhEphemeral, flags: 0)
        let peer = try exported(other, BlobType.publicKey)
        let secret = try agreed(context, peer, key)
        for flags: UInt32 in [0, 0x80] {
            let blob = try exported(key, BlobType.privateKey, flags: flags)
            #expect(blob[1] == (flags == 0 ? 2 : 3))
            let target = try bench.create("copy \(flags)", provider: dhProvider)
            let copy = try imported(target, blob)
            #expect(try copy.publicKey() == key.publicKey())
            #expect(try agreed(target, peer, copy) == secret)
            for count in 0..<blob.count { refused(.badData) { try imported(target, Array(blob.prefix(count))) } }
        }
        let blob3 = try exported(key, BlobType.publicKey, flags: 0x80)
        #expect(try context.importKey(blob3).publicKey() == key.publicKey())
        refused(.badKey) { try context.importKey(peer) }
    }

    private func agreed(_ context: Context, _ blob: [UInt8], _ key: Key) throws -> [UInt8] {
        let agreed = try imported(context, blob, under: key)
        try activate(agreed, .rc4, flags: 1)
        return try exported(agreed, BlobType.plaintext)
    }

    @Test("a secret that begins or ends with zeros is the whole secret")
    func zeros() throws {
        let bench = try Workbench()
        let context = try bench.create("zeros", provider: dhProvider)
        let group = try #require(DiffieHellmanGroup.parameters(bits: 768))
        let x = Secret([UInt8](repeating: 0x5A, count: 64))
        let own = DiffieHellmanPublicKey(parameters: group, value: try group.publicValue(x))
        let key = try imported(context, own.privateKeyBlob(.dhSF, x))
        var missing: Set<String> = ["first", "last"]
        for exponent in UInt32(1)...10000 where !missing.isEmpty {
            let other = try group.publicValue(Secret(littleEndian(exponent)))
            let shared = try DomainParameters(prime: group.prime, base: other).publicValue(x)
            let whole = [UInt8](repeating: 0, count: 96 - shared.count) + shared
            guard let place = whole[0] == 0 ? "first" : whole[95] == 0 ? "last" : nil,
                missing.remove(place) != nil
            else { continue }
            let blob = try DiffieHellmanPublicKey(parameters: group, value: other).publicKeyBlob(.dhSF)
            let agreed = try imported(context, blob, under: key)
            guard case .agreed(let secret) = agreed.material else {
                Issue.record("no agreed secret")
                return
            }
            #expect(secret.withUnsafeBytes { Array($0) } == whole.reversed(), "\(place)")
        }
        #expect(missing.isEmpty)
    }

    @Test("public numbers that give the secret away, other groups and cut blobs are refused")
    func refusesBlobs() throws {
        let bench = try Workbench()
        let context = try bench.ephemeral(provider: dhProvider)
        let key = try context.generateKey(.dhEphemeral, flags: 0)
        let group = try #require(key.publicKey().domain)
        for version: UInt8 in [2, 3] {
            let good = try exported(
                bench.ephemeral(provider: dhProvider).generateKey(.dhEphemeral, flags: 0), BlobType.publicKey,
                flags: version == 3 ? 0x80 : 0)
            for count in 0..<good.count {
                refused(.badData) { try imported(context, Array(good.prefix(count)), under: key) }
            }
            _ = try imported(context, good + [1, 2, 3], under: key)
            var last = group.prime
            last[last.count - 1] -= 1
            for value in [[0], [1], last, group.prime, [UInt8](repeating: 0xFF, count: 128)] {
                let blob = try DiffieHellmanPublicKey(parameters: group, value: value)
                    .publicKeyBlob(.dhSF, version: version)
                refused(.badData) { try imported(context, blob, under: key) }
            }
            for (index, byte) in [(2, 1), (8, 1), (11, 0x32), (12, 8)] as [(Int, UInt8)] {
                var bad = good
                bad[index] = byte
                refused(.badData) { try imported(context, bad, under: key) }
            }
        }
        let foreign = try bench.ephemeral(provider: dhProvider).generateKey(.dhEphemeral, flags: 768 << 16)
        refused(.badData) { try imported(context, exported(foreign, BlobType.publicKey), under: key) }
        refused(.badData) { try imported(context, exported(foreign, BlobType.publicKey, flags: 0x80), under: key) }
        let signer = try context.generateKey(.signature)
        refused(.badData) { try imported(context, exported(signer, BlobType.publicKey), under: key) }
        refused(.badKey) { try imported(context, exported(foreign, BlobType.publicKey), under: signer) }
        let publicOnly = try context.importKey(exported(key, BlobType.publicKey, flags: 0x80))
        refused(.noKey) { try imported(context, exported(key, BlobType.publicKey), under: publicOnly) }
        _ = try context.generateKey(.keyExchange)
        refused(.badKey) { try context.makeHash(.sha1).sign(.keyExchange) }
    }

    @Test("lengths: published groups, the token's own primes below 1024 bits, and none between")
    func lengths() throws {
        let context = try Workbench().ephemeral(provider: dhProvider)
        let short = try context.generateKey(.dhEphemeral, flags: 512 << 16)
        #expect(short.bits == 512)
        #expect(try parameter(short, 40) == [])
        #expect(try context.generateKey(.keyExchange).bits == 1024)
        #expect(try context.userKey(.keyExchange).algorithm == .dhSF)
        refused(.invalidParameter) { try context.generateKey(.dhSF, flags: 1088 << 16) }
        refused(.invalidParameter) { try context.generateKey(.dhSF, flags: 1000 << 16) }
        refused(.invalidParameter) { try context.generateKey(.dhSF, flags: 8192 << 16) }
        let kept = try Workbench().create("dh", provider: dhProvider)
        refused(.badFlags) { try kept.generateKey(.dhSF, flags: 2) }
        let none = try Context.acquire(
            container: nil, provider: dhProvider, flags: .verifyContext,
            configuration: Configuration(tokenURI: "pkcs11:token=nowhere?module-path=\(TestToken.modulePath)"))
        #expect(throws: CSPError.self) { try none.generateKey(.dhEphemeral, flags: 0) }
    }
}
