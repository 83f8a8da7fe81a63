import TestTokens
import Testing

@testable import TokenCSP

@Suite("Flags of CryptGenKey on key pairs")
struct FlagTableTests {
    /// What the flags ask the token for; salts and the unused bits ask for nothing.
    struct Policy: Sendable, CustomTestStringConvertible {
        let flags: KeyFlags
        let spec: KeySpec

        var isExportable: Bool { flags.contains(.exportable) }
        var isArchivable: Bool { flags.contains(.archivable) }
        var isProtected: Bool { !flags.isDisjoint(with: [.userProtected, .forceKeyProtectionHigh]) }
        var isExchange: Bool { spec == .keyExchange }
        var testDescription: String { ([spec.name] + flags.names).joined(separator: "|") }

        static let all: [Policy] = [KeySpec.keyExchange, .signature].flatMap { spec in
            combinations([.exportable, .archivable, .userProtected, .forceKeyProtectionHigh])
                .map { Policy(flags: $0, spec: spec) }
        }
    }

    static func combinations(_ flags: [KeyFlags]) -> [KeyFlags] {
        flags.reduce([[]]) { sets, flag in sets + sets.map { $0.union(flag) } }
    }

    static let unusedBits: [KeyFlags] = [0x8, 0x80, 0x100, 0x200, 0x400, 0x800, 0x1000, 0x2000].map(
        KeyFlags.init(rawValue:))

    @Test("are what the token holds, by our report and by two other programs", arguments: Policy.all)
    func areWhatTheTokenHolds(policy: Policy) throws {
        let bench = try Workbench()
        let context = try bench.create("here")
        var containers: Set<String> = []
        for (index, salts) in Self.combinations([.createSalt, .noSalt]).enumerated() {
            for unused in [KeyFlags(), .unused] {
                // AT_… without the unused bits, CALG_… with all of them.
                let algorithm = unused.isEmpty ? AlgorithmID(rawValue: policy.spec.rawValue) : policy.spec.rsaAlgorithm
                let container = "container \(index) \(unused.rawValue)"
                containers.insert(container)
                let key = try bench.create(container)
                    .generateKey(algorithm, flags: policy.flags.union(salts).union(unused).with(bits: 1024))
                try check(key, policy, ignored: salts.union(unused))
            }
        }
        let listed = try Tool.list(bench.made).filter { $0.kind != "data" }
        #expect(listed.count == 2 * containers.count)
        for object in listed { check(object, byPKCS11Tool: policy) }
        let listedByGnuTLS = try Tool.listByGnuTLS(bench.made).filter { $0.kind == "private" || $0.kind == "public" }
        #expect(listedByGnuTLS.count == 2 * containers.count)
        for object in listedByGnuTLS { check(object, byGnuTLS: policy) }
        for tool in [listed, listedByGnuTLS] {
            #expect(Set(tool.map(\.label)) == containers)
            #expect(Set(tool.map(\.id)).count == containers.count, "both halves have one id")
        }
        #expect(try context.containers() == (containers + ["here"]).sorted())
    }

    private func check(_ key: Key, _ policy: Policy, ignored: KeyFlags) throws {
        #expect(key.spec == policy.spec)
        #expect(key.algorithm == policy.spec.rsaAlgorithm)
        #expect(key.bits == 1024)
        let report = try key.report()
        #expect(report.rung == 0)
        for line in report.lines { #expect(line.agrees, "\(line)") }
        let expected: [(String, String, Bool)] = [
            ("private", "CKA_TOKEN", true), ("private", "CKA_PRIVATE", true), ("private", "CKA_SENSITIVE", true),
            ("private", "CKA_ALWAYS_SENSITIVE", true), ("private", "CKA_LOCAL", true),
            ("private", "CKA_EXTRACTABLE", policy.isExportable),
            ("private", "CKA_NEVER_EXTRACTABLE", !policy.isExportable && !policy.isArchivable),
            ("private", "CKA_SIGN", true), ("private", "CKA_DECRYPT", policy.isExchange),
            ("private", "CKA_UNWRAP", policy.isExchange), ("private", "CKA_DERIVE", false),
            ("public", "CKA_TOKEN", true), ("public", "CKA_PRIVATE", false), ("public", "CKA_VERIFY", true),
            ("public", "CKA_ENCRYPT", policy.isExchange), ("public", "CKA_WRAP", policy.isExchange),
        ]
        for (object, attribute, value) in expected {
            #expect(report.value(object, attribute) == "\(value)", "\(object) \(attribute)")
        }
        #expect(report.value("private", "CKA_ALWAYS_AUTHENTICATE") == (policy.isProtected ? "true" : nil))
        #expect(report.value("public", "CKA_MODULUS_BITS") == "1024")
        for line in report.lines where line.asked != nil { #expect(line.heldBy == .token, "\(line)") }
        for name in ignored.names {
            #expect(report.notes.contains { $0.contains(name) }, "\(name) is not in \(report.notes)")
        }
        let permissions = try key.permissions()
        #expect(permissions & 0x4 == (policy.isExportable ? 0x4 : 0))
        #expect(permissions & 0x100 == (policy.isArchivable ? 0x100 : 0))
        #expect(permissions & ~0x104 == 0x3B)
    }

    private func check(_ object: ListedObject, byPKCS11Tool policy: Policy) {
        var words: Set<String> = ["local"]
        if object.kind == "private" {
            words.formUnion(["sign", "sensitive", "always sensitive"])
            if policy.isExchange { words.formUnion(["decrypt", "unwrap"]) }
            if policy.isExportable { words.insert("extractable") }
            if !policy.isExportable, !policy.isArchivable { words.insert("never extractable") }
            if policy.isProtected { words.insert("always authenticate") }
        } else {
            words.insert("verify")
            if policy.isExchange { words.formUnion(["encrypt", "wrap"]) }
        }
        #expect(object.words == words, "pkcs11-tool on the \(object.kind) key of \(object.label)")
    }

    private func check(_ object: ListedObject, byGnuTLS policy: Policy) {
        var words: Set<String> = policy.isExchange ? ["CKA_WRAP/UNWRAP"] : []
        if object.kind == "private" {
            words.formUnion(["CKA_PRIVATE", "CKA_SENSITIVE"])
            if policy.isExportable { words.insert("CKA_EXTRACTABLE") }
            if !policy.isExportable, !policy.isArchivable { words.insert("CKA_NEVER_EXTRACTABLE") }
            if policy.isProtected { words.insert("CKA_ALWAYS_AUTH") }
        }
        #expect(object.words == words, "p11tool on the \(object.kind) key of \(object.label)")
    }

    @Test("that are not used change nothing, each alone")
    func thatAreNotUsedChangeNothing() throws {
        let bench = try Workbench()
        let plain = try bench.create("plain").generateKey(.rsaSign, flags: KeyFlags().with(bits: 1024))
        func template(_ key: Key) throws -> [String] {
            try key.report().lines.filter { !["CKA_LABEL", "CKA_ID"].contains($0.attribute) }.map { "\($0)" }
        }
        for flag in Self.unusedBits {
            let key = try bench.create(flag.names[0]).generateKey(.rsaSign, flags: flag.with(bits: 1024))
            #expect(try template(key) == template(plain))
            #expect(try key.report().notes == ["ignored, as documented: \(flag.names[0])"])
            #expect(try key.permissions() == 0x3B)
        }
    }

    @Test("go with CRYPT_SILENT where nobody has to be asked")
    func goWithSilent() throws {
        let bench = try Workbench()
        for policy in Policy.all where !policy.isProtected {
            let context = try bench.create(policy.testDescription, .silent)
            try check(context.generateKey(policy.spec, bits: 1024, flags: policy.flags), policy, ignored: [])
            try context.proves(policy.spec)
        }
    }

    @Test("have the key length in the high word")
    func haveTheKeyLengthInTheHighWord() throws {
        let bench = try Workbench()
        for bits: UInt32 in [1024, 1032, 1536, 2048] {
            let key = try bench.create("\(bits) bits").generateKey(.rsaSign, flags: bits << 16)
            #expect(key.bits == Int(bits))
            #expect(try key.publicKey().bits == Int(bits))
            #expect(try key.report().value("public", "CKA_MODULUS_BITS") == "\(bits)")
            let size = try bench.open("\(bits) bits").proves(.signature).count
            #expect(size == Int(bits / 8))
        }
    }

    @Test(
        "without a length make the provider's default",
        arguments: [
            ("TokenCSP RSA and AES Provider", 3072), ("Microsoft Base Cryptographic Provider v1.0", 2048),
            ("Microsoft Strong Cryptographic Provider", 2048),
        ]
    )
    func withoutALengthMakeTheProvidersDefault(provider: String, bits: Int) throws {
        let bench = try Workbench()
        #expect(try bench.create("alice", provider: provider).generateKey(.signature).bits == bits)
    }

    @Test("let Microsoft's names make the 512 bits that TokenCSP's do not")
    func letMicrosoftsNamesMake512Bits() throws {
        let bench = try Workbench()
        let context = try bench.create("alice", provider: "Microsoft Strong Cryptographic Provider")
        #expect(try context.generateKey(.signature, bits: 512).bits == 512)
        refused(.invalidParameter, naming: ["512", "1024 to 16384"]) {
            try bench.open("alice").generateKey(.signature, bits: 512)
        }
    }
}
