import Foundation
import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

let dssProvider = "Microsoft Base DSS Cryptographic Provider"
let dhProvider = "Microsoft Enhanced DSS and Diffie-Hellman Cryptographic Provider"
let ourDHProvider = "TokenCSP DSS and Diffie-Hellman Provider"

@Suite("DSS")
struct DSATests {
    /// openssl's SEQUENCE of r and s, from CryptoAPI's two little-endian numbers.
    static func der(_ signature: [UInt8]) -> [UInt8] {
        let half = signature.count / 2
        return DER.sequence(
            DER.integer(signature.prefix(half).reversed()), DER.integer(signature.suffix(half).reversed()))
    }

    static func opensslVerifies(_ signature: [UInt8], _ key: PublicKey, digest: String) throws -> Bool {
        try Tool.opensslVerifies(der(signature).reversed(), of: "some text", pem: key.pem(), digest: digest)
    }

    private func sign(_ context: Context, _ hash: AlgorithmID = .sha1, _ text: String = "some text") throws -> [UInt8] {
        let hash = try context.makeHash(hash)
        try hash.update(Array(text.utf8))
        return try hash.sign(.signature)
    }

    private func verify(
        _ context: Context, _ signature: [UInt8], _ key: Key, _ hash: AlgorithmID = .sha1, _ text: String = "some text"
    ) throws {
        let hash = try context.makeHash(hash)
        try hash.update(Array(text.utf8))
        try hash.verify(signature, key: key)
    }

    @Test("a key of 1024 bits signs on the token; openssl and the host verify")
    func signs() throws {
        let bench = try Workbench()
        let context = try bench.create("dss", provider: dssProvider)
        let key = try context.generateKey(.signature)
        #expect(key.algorithm == .dssSign && key.bits == 1024)
        #expect(try bench.create("dss2", provider: dhProvider).generateKey(.dssSign, flags: 0).algorithm == .dssSign)
        for line in try key.report().lines { #expect(line.agrees, "\(line)") }
        let signature = try sign(context)
        #expect(signature.count == 40)
        try verify(context, signature, key)
        #expect(try Self.opensslVerifies(signature, key.publicKey(), digest: "sha1"))
        refused(.badSignature) { try verify(context, signature, key, .sha1, "other text") }
        for index in [0, 19, 20, 39] {
            var bad = signature
            bad[index] ^= 1
            refused(.badSignature) { try verify(context, bad, key) }
        }
        refused(.badSignature) { try verify(context, [UInt8](repeating: 0, count: 40), key) }
        refused(.badSignature) { try verify(context, [UInt8](repeating: 0xFF, count: 40), key) }
        // Another process: the pair is found again.
        let again = try bench.open("dss", provider: dssProvider)
        try verify(again, try sign(again), again.userKey(.signature))
        #expect(try again.userKey(.signature).report().algorithm == .dssSign)
        #expect(try key.publicKeyBlob() == again.userKey(.signature).publicKeyBlob())
        refused(.badKeyState) { try exported(again.userKey(.signature), BlobType.privateKey) }
    }

    /// openssl's key of 2048 bits with q of 256; SoftHSM makes none longer than 1024, and uses them.
    private func longKey() throws -> (Secret, DSAPublicKey) {
        let paths = [".params", ".key", ".der"].map { Tool.file($0) }
        try Tool.run(
            "/usr/bin/openssl",
            [
                "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:2048", "-pkeyopt",
                "dsa_paramgen_q_bits:256", "-out", paths[0],
            ])
        try Tool.run(
            "/usr/bin/openssl", ["genpkey", "-paramfile", paths[0], "-out", paths[1]])
        try Tool.run(
            "/usr/bin/openssl",
            ["pkcs8", "-topk8", "-nocrypt", "-in", paths[1], "-outform", "DER", "-out", paths[2]])
        let info = [UInt8](try Data(contentsOf: URL(fileURLWithPath: paths[2])))
        var secret: Secret?
        var numbers: [[UInt8]] = []
        try info.withUnsafeBytes { bytes in
            secret = try PKCS8.decodeInteger(bytes)
            var whole = DERReader(bytes)
            var inner = try whole.sequence()
            _ = try inner.integer()
            var algorithm = try inner.sequence()
            _ = try algorithm.element(0x06)
            var parameters = try algorithm.sequence()
            for _ in 0..<3 { numbers.append(Array(try parameters.integer())) }
        }
        let domain = DomainParameters(prime: numbers[0], subprime: numbers[1], base: numbers[2])
        let value = try #require(secret)
        return (value, DSAPublicKey(parameters: domain, value: try domain.publicValue(value)))
    }

    @Test("a key of 2048 bits has q of 256 bits, signs SHA-256, and its blobs have version 3")
    func signsLong() throws {
        let (secret, numbers) = try longKey()
        let blob = try numbers.privateKeyBlob(.dssSign, secret)
        #expect(blob[1] == 3 && Array(blob[8..<12]) == Array("DSS4".utf8))
        let bench = try Workbench()
        let context = try bench.create("long", provider: ourDHProvider)
        let key = try imported(context, blob, flags: 1)
        #expect(key.bits == 2048)
        #expect(try exported(key, BlobType.privateKey) == blob)
        let signature = try sign(context, .sha256)
        #expect(signature.count == 64)
        try verify(context, signature, key, .sha256)
        #expect(try Self.opensslVerifies(signature, key.publicKey(), digest: "sha256"))
        // A longer hash is cut to q's length.
        let long = try sign(context, .sha512)
        try verify(context, long, key, .sha512)
        #expect(try Self.opensslVerifies(long, key.publicKey(), digest: "sha512"))
        let publicBlob = try key.publicKeyBlob()
        #expect(publicBlob[1] == 3 && Array(publicBlob[8..<12]) == Array("DSS3".utf8))
        try verify(context, signature, context.importKey(publicBlob), .sha256)
        refused(.invalidParameter) { try context.generateKey(.signature) }
    }

    @Test("a pair leaves and comes back by a PRIVATEKEYBLOB of either version, also encrypted")
    func exports() throws {
        let bench = try Workbench()
        let context = try bench.create("dss", provider: dhProvider)
        let key = try context.generateKey(.signature, flags: .exportable)
        let signature = try sign(context)
        for flags: UInt32 in [0, 0x80] {
            let blob = try exported(key, BlobType.privateKey, flags: flags)
            #expect(blob[1] == (flags == 0 ? 2 : 3))
            #expect(flags != 0 || blob.count == 16 + 2 * 128 + 40 + 24)
            let other = try bench.create("copy \(flags)", provider: dhProvider)
            let copy = try imported(other, blob)
            #expect(try copy.publicKeyBlob() == key.publicKeyBlob())
            try verify(other, signature, copy)
            try verify(context, sign(other), key)
        }
        let session = try context.generateKey(.tripleDES, flags: 0)
        let sealed = try exported(key, BlobType.privateKey, under: session)
        let other = try bench.ephemeral(provider: dhProvider)
        refused(.badData) { try imported(other, sealed) }
        let public2 = try exported(key, BlobType.publicKey)
        let public3 = try exported(key, BlobType.publicKey, flags: 0x81)
        #expect(public2[1] == 2 && public3[1] == 3 && public2.count == 16 + 3 * 128 + 20 + 24)
        for blob in [public2, public3] { try verify(other, signature, other.importKey(blob)) }
        refused(.badFlags) { try exported(key, BlobType.publicKey, flags: 0x2) }
    }

    @Test("openssl's MSBLOB of a DSA key is read, and ours is read by openssl")
    func openssl() throws {
        let paths = [".params", ".key", ".blob", ".out"].map { Tool.file($0) }
        try Tool.run(
            "/usr/bin/openssl",
            [
                "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024", "-pkeyopt",
                "dsa_paramgen_q_bits:160", "-pkeyopt", "dsa_paramgen_md:sha1", "-out", paths[0],
            ])
        try Tool.run("/usr/bin/openssl", ["genpkey", "-paramfile", paths[0], "-out", paths[1]])
        try Tool.run("/usr/bin/openssl", ["dsa", "-in", paths[1], "-outform", "MSBLOB", "-out", paths[2]])
        let blob = [UInt8](try Data(contentsOf: URL(fileURLWithPath: paths[2])))
        let context = try Workbench().create("ssl", provider: dssProvider)
        let key = try imported(context, blob, flags: 1)
        let pem = try Tool.run("/usr/bin/openssl", ["dsa", "-in", paths[1], "-pubout"])
        #expect(try pem.contains(key.publicKey().pem()))
        #expect(try Self.opensslVerifies(sign(context), key.publicKey(), digest: "sha1"))
        #expect(try exported(key, BlobType.privateKey) == blob)
        try Data(exported(key, BlobType.privateKey)).write(to: URL(fileURLWithPath: paths[3]))
        let again = try Tool.run("/usr/bin/openssl", ["dsa", "-inform", "MSBLOB", "-in", paths[3], "-pubout"])
        #expect(try again.contains(key.publicKey().pem()))
    }

    @Test("blobs that are cut, or changed where it matters, are refused")
    func refusesBlobs() throws {
        let context = try Workbench().ephemeral(provider: dhProvider)
        let key = try context.generateKey(.signature, flags: .exportable)
        for type in [BlobType.publicKey, BlobType.privateKey] {
            for flags: UInt32 in [0, 0x80] {
                let blob = try exported(key, type, flags: flags)
                for count in 0..<blob.count { refused(.badData) { try imported(context, Array(blob.prefix(count))) } }
                func changed(_ index: Int, _ byte: UInt8) -> [UInt8] {
                    var bytes = blob
                    bytes[index] = byte
                    return bytes
                }
                let start = flags == 0 ? 16 : type == BlobType.publicKey ? 48 : 52
                refused(.badVer) { try imported(context, changed(1, 4)) }
                refused(.badData) { try imported(context, changed(2, 1)) }
                refused(.badData) { try imported(context, changed(8, 0x40)) }
                refused(.badData) { try imported(context, changed(12, 1)) }
                refused(.badData) { try imported(context, changed(14, 1)) }
                refused(.badData) { try imported(context, changed(start, 0)) }
                refused(.badData) { try imported(context, changed(start + 127, 0x7F)) }
                refused(.badData) { try imported(context, changed(start + 128 + 19, 0x7F)) }
                // RSA's ALG_ID over it.
                refused(flags == 0 ? .badData : .badVer) { try imported(context, changed(5, 0x24)) }
            }
        }
        // y that is not x's.
        var blob = try exported(key, BlobType.privateKey, flags: 0x80)
        blob[52 + 128 + 20 + 128] ^= 1
        refused(.badData) { try imported(context, blob) }
    }

    @Test("CRYPT_PREGEN: P, Q and G by themselves or as KP_PUB_PARAMS")
    func pregenerates() throws {
        let bench = try Workbench()
        let context = try bench.create("pregen", provider: dhProvider)
        let made = try bench.ephemeral(provider: dhProvider).generateKey(.signature)
        let p = try parameter(made, 11)
        let q = try parameter(made, 13)
        let g = try parameter(made, 12)
        #expect(p.count == 128 && q.count == 20 && g.count == 128)
        #expect(try parameter(made, 40) == [])
        let key = try context.generateKey(.dssSign, flags: 1024 << 16 | 0x40)
        refused(.badKeyState) { try key.publicKey() }
        refused(.badKeyState) { try parameter(key, 11) }
        refused(.badKeyState) { try exported(key, BlobType.publicKey) }
        refused(.badKeyState) { try key.setParameter(14, data: nil, flags: 0) }
        refused(.noKey) { try context.userKey(.signature) }
        refused(.badData) { try set(key, 11, Array(p.dropLast())) }
        refused(.badData) { try set(key, 13, q + [0]) }
        refused(.badData) { try set(key, 13, [UInt8](repeating: 1, count: 20)) }
        try set(key, 11, p)
        try set(key, 13, q)
        refused(.badKeyState) { try key.setParameter(14, data: nil, flags: 0) }
        try set(key, 12, g)
        #expect(try parameter(key, 11) == p && parameter(key, 40) == [])
        try key.setParameter(14, data: nil, flags: 0)
        refused(.badKeyState) { try set(key, 11, p) }
        #expect(try parameter(key, 11) == p && parameter(key, 12) == g && parameter(key, 13) == q)
        try verify(context, sign(context), key)
        #expect(try context.userKey(.signature).publicKey() == key.publicKey())

        let second = try context.generateKey(.dssSign, flags: 1024 << 16 | 0x40)
        let blob = try exported(made, BlobType.publicKey, flags: 0x80)
        try set(second, 39, Array(blob.dropLast(128)))
        try second.setParameter(14, data: nil, flags: 0)
        #expect(try parameter(second, 11) == p)
        #expect(try second.publicKey() != key.publicKey())
        let third = try context.generateKey(.dssSign, flags: 1024 << 16 | 0x40)
        for count in 0..<blob.count - 128 { refused(.badData) { try set(third, 39, Array(blob.prefix(count))) } }
        try set(third, 39, Array(blob.dropFirst(8)))
        #expect(try parameter(third, 13) == q)
        refused(.badVer) { try set(third, 39, exported(made, BlobType.publicKey)) }
    }

    @Test("an RSA and a DSS container of one name are two")
    func families() throws {
        let bench = try Workbench()
        let rsa = try bench.create("both")
        let rsaKey = try rsa.generateKey(.signature, bits: 1024)
        refused(.badKeyset, naming: ["both"]) { try bench.open("both", provider: dssProvider) }
        let dss = try bench.create("both", provider: dssProvider)
        #expect(try dss.containers() == ["both"])
        refused(.noKey) { try dss.userKey(.signature) }
        let dssKey = try dss.generateKey(.signature)
        #expect(try rsa.userKey(.signature).publicKey() == rsaKey.publicKey())
        let again = try dss.generateKey(.signature)
        #expect(try again.publicKey() != dssKey.publicKey())
        #expect(try dss.userKey(.signature).publicKey() == again.publicKey())
        #expect(try rsa.userKey(.signature).publicKey() == rsaKey.publicKey())
        #expect(try bench.privateKeys("both", onToken: true).count == 2)
        for context in [rsa, dss] {
            let listed = try context.keys().filter { $0.container == "both" }
            #expect(Set(listed.map(\.algorithm)) == [.rsaSign, .dssSign])
            #expect(listed.allSatisfy { $0.bits == 1024 && $0.isOurs })
        }
        // The parameters are made once for a context.
        #expect(try parameter(again, 11) == parameter(dssKey, 11))
        _ = try bench.create("dss alone", provider: dssProvider)
        #expect(try rsa.containers() == ["both"] && dss.containers() == ["both", "dss alone"])
        refused(.badAlgID) { try dss.generateKey(.keyExchange) }
        refused(.invalidParameter) { try dss.generateKey(.dssSign, flags: 2048 << 16) }
        refused(.invalidParameter) { try dss.generateKey(.dssSign, flags: 1000 << 16) }
        refused(.badKey) { try dss.makeHash(.sha1).verify([UInt8](repeating: 0, count: 40), key: diffieHellman(bench)) }

        try Context.deleteContainer("both", provider: dssProvider, configuration: bench.configuration)
        refused(.noKey) { try dss.userKey(.signature) }
        refused(.badKeyset) { try bench.open("both", provider: dssProvider) }
        try rsa.proves(.signature, key: rsaKey)
        try Context.deleteContainer("both", configuration: bench.configuration)
        #expect(try rsa.containers() == [])
    }

    @Test("CRYPT_USER_PROTECTED and CRYPT_ARCHIVABLE hold for DSS keys as for RSA's")
    func policies() throws {
        let bench = try Workbench()
        let context = try bench.create("protected", provider: dssProvider, asking: bench.owner)
        let key = try context.generateKey(.signature, flags: .userProtected)
        #expect(try key.report().value("private", "CKA_ALWAYS_AUTHENTICATE") == "true")
        try verify(context, sign(context), key)
        let archivable = try context.generateKey(.signature, flags: .archivable)
        let blob = try exported(archivable, BlobType.privateKey)
        #expect(blob.count == 16 + 2 * 128 + 40 + 24)
        try verify(context, sign(context), archivable)
        try archivable.destroy()
        refused(.badKeyState) { try exported(context.userKey(.signature), BlobType.privateKey) }
        #expect(try bench.sessionObjects(.privateKey) == 0)
        // The same by CRYPT_PREGEN.
        let made = try context.generateKey(.dssSign, flags: 1024 << 16 | 0x40 | KeyFlags.archivable.rawValue)
        let domain = try #require(archivable.nature.material.domain)
        try set(made, 11, domain.prime.reversed())
        try set(made, 12, domain.base.littleEndianNumber(128))
        try set(made, 13, (domain.subprime ?? []).reversed())
        try made.setParameter(14, data: nil, flags: 0)
        #expect(try exported(made, BlobType.privateKey).count == blob.count)
        try made.destroy()
        #expect(try bench.sessionObjects(.privateKey) == 0)
    }

    private func diffieHellman(_ bench: Workbench) throws -> Key {
        try bench.ephemeral(provider: dhProvider).generateKey(.keyExchange)
    }
}

extension Key.Material {
    fileprivate var domain: DomainParameters? {
        if case .stored(let key) = self { key.publicKey.domain } else { nil }
    }
}

// MARK: - The calls with pointers

/// CryptExportKey.
func exported(_ key: Key, _ type: UInt32, under: Key? = nil, flags: UInt32 = 0) throws -> [UInt8] {
    var length: UInt32 = 0
    try key.export(type, under: under, flags: flags, data: nil, length: &length)
    var bytes = [UInt8](repeating: 0, count: Int(length))
    try key.export(type, under: under, flags: flags, data: &bytes, length: &length)
    #expect(Int(length) == bytes.count)
    return Array(bytes.prefix(Int(length)))
}

/// CryptImportKey.
func imported(_ context: Context, _ blob: [UInt8], under key: Key? = nil, flags: UInt32 = 0) throws -> Key {
    try blob.withUnsafeBytes { try context.importKey($0, under: key, flags: flags) }
}

/// CryptGetKeyParam.
func parameter(_ key: Key, _ id: UInt32) throws -> [UInt8] {
    var length: UInt32 = 0
    try key.parameter(id, data: nil, length: &length, flags: 0)
    var bytes = [UInt8](repeating: 0, count: Int(length) + 1)
    try key.parameter(id, data: &bytes, length: &length, flags: 0)
    return Array(bytes.prefix(Int(length)))
}

/// CryptSetKeyParam with a CRYPT_DATA_BLOB.
func set(_ key: Key, _ id: UInt32, _ bytes: [UInt8]) throws {
    try bytes.withUnsafeBufferPointer { bytes in
        let blob: [UInt] = [UInt(bytes.count), UInt(bitPattern: bytes.baseAddress)]
        try blob.withUnsafeBytes {
            try key.setParameter(id, data: $0.baseAddress?.assumingMemoryBound(to: UInt8.self), flags: 0)
        }
    }
}
