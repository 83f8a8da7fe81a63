import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("A key pair of another program")
struct ForeignKeyTests {
    /// By pkcs11-tool, which asks SoftHSM for no particular use: it serves for all.
    private func makeByPKCS11Tool(_ bench: Workbench, _ arguments: [String]) throws {
        try Tool.pkcs11Tool(bench.made, ["--keypairgen", "--key-type", "rsa:1024"] + arguments)
    }

    /// With the uses that are named and no others.
    private func make(
        _ bench: Workbench, label: String, id: [UInt8], signs: Bool, decrypts: Bool, encrypts: Bool? = nil
    ) throws {
        let token = try bench.made.token()
        try token.login(PIN(bench.made.userPIN))
        _ = try token.writing { session throws(PKCS11Error) in
            try session.generateKeyPair(
                Mechanism(.rsaPKCSKeyPairGen),
                publicKey: [
                    Attribute(.token, true), Attribute(.isPrivate, false), Attribute(.label, label),
                    Attribute(.id, bytes: id),
                    Attribute(.modulusBits, 1024), Attribute(.publicExponent, bytes: [1, 0, 1]),
                    Attribute(.verify, signs),
                    Attribute(.encrypt, encrypts ?? decrypts), Attribute(.wrap, encrypts ?? decrypts),
                ],
                privateKey: [
                    Attribute(.token, true), Attribute(.isPrivate, true), Attribute(.label, label),
                    Attribute(.id, bytes: id),
                    Attribute(.sensitive, true), Attribute(.sign, signs), Attribute(.decrypt, decrypts),
                    Attribute(.unwrap, decrypts), Attribute(.derive, false),
                ]
            )
        }
    }

    @Test("of all uses is a container that serves both key specs")
    func ofAllUsesServesBothKeySpecs() throws {
        let bench = try Workbench()
        try makeByPKCS11Tool(bench, ["--label", "theirs", "--id", "0a0b"])
        let context = try bench.open("theirs")
        #expect(try context.containers() == ["theirs"])
        let signature = try context.userKey(.signature)
        let exchange = try context.userKey(.keyExchange)
        #expect(try signature.publicKey() == exchange.publicKey())
        #expect(signature.algorithm == .rsaSign)
        #expect(exchange.algorithm == .rsaKeyExchange)
        for (spec, key) in [(KeySpec.signature, signature), (.keyExchange, exchange)] {
            let made = try context.proves(spec, key: key)
            #expect(try Tool.opensslVerifies(made, of: "some text", pem: key.publicKey().pem()))
        }
        let summary = try #require(context.keys().first)
        #expect(summary.specs == [.keyExchange, .signature])
        #expect(summary.spec == .keyExchange)
        #expect(!summary.isOurs)
        #expect(summary.id == [0x0A, 0x0B])
    }

    @Test("that only signs serves AT_SIGNATURE alone, and one that only decrypts AT_KEYEXCHANGE")
    func thatOnlySignsServesSignatureAlone() throws {
        let bench = try Workbench()
        try make(bench, label: "signs", id: [1], signs: true, decrypts: false)
        try make(bench, label: "decrypts", id: [2], signs: false, decrypts: true)
        let signs = try bench.open("signs")
        try signs.proves(.signature)
        refused(.noKey, naming: ["signs", "AT_KEYEXCHANGE"]) { try signs.userKey(.keyExchange) }
        let decrypts = try bench.open("decrypts")
        #expect(try decrypts.userKey(.keyExchange).bits == 1024)
        refused(.noKey, naming: ["decrypts", "AT_SIGNATURE"]) { try decrypts.userKey(.signature) }
        refused(.badKey) { try decrypts.proves(.keyExchange) }
        #expect(try signs.keys().map(\.specs) == [[.keyExchange], [.signature]])
    }

    @Test("is seen by its public half before the login, and by its private half after it")
    func isSeenByItsPublicHalfBeforeTheLogin() throws {
        let bench = try Workbench()
        // OpenSC leaves the public half with every use.
        try make(bench, label: "theirs", id: [7], signs: true, decrypts: false, encrypts: true)
        try bench.made.token().logout()
        let context = try bench.open("theirs")
        #expect(try context.keys().map(\.specs) == [[.keyExchange, .signature]])
        try context.proves(.signature)
        #expect(try context.keys().map(\.specs) == [[.signature]])
        refused(.noKey) { try context.userKey(.keyExchange) }
    }

    @Test("without a label is a container that a URI names by its id")
    func withoutALabelIsNamedByItsID() throws {
        let bench = try Workbench()
        try makeByPKCS11Tool(bench, ["--id", "c0ff00"])
        let name = try #require(bench.open(nil, .verifyContext, configuration: bench.withoutPIN).containers().first)
        #expect(name.lowercased() == "pkcs11:id=%c0%ff%00")
        let context = try bench.open(name)
        #expect(context.containerName == name)
        let key = try context.userKey(.signature)
        try context.proves(.signature, key: key)
        try context.proves(.keyExchange, key: key)
        refused(.noKey) { try context.generateKey(.signature, bits: 1024) }
        #expect(try bench.open(nil, [.verifyContext, .machineKeySet]).containers() == [])
    }

    @Test("is hidden by one of ours, and never destroyed for it")
    func isHiddenByOneOfOurs() throws {
        let bench = try Workbench()
        try makeByPKCS11Tool(bench, ["--label", "shared", "--id", "01"])
        let context = try bench.open("shared")
        let theirs = try context.userKey(.signature).publicKey()
        let ours = try context.generateKey(.signature, bits: 1024)
        #expect(try context.userKey(.signature).publicKey() == ours.publicKey())
        #expect(try context.userKey(.keyExchange).publicKey() == theirs)
        let newer = try context.generateKey(.signature, bits: 1024)
        try context.proves(.signature, key: newer)
        #expect(try Tool.list(bench.made).filter { $0.kind == "private" }.count == 2)
        try context.deleteKey(.signature)
        #expect(try context.userKey(.signature).publicKey() == theirs)
        try context.proves(.signature)
    }

    @Test("goes with its container when that is deleted")
    func goesWithItsContainer() throws {
        let bench = try Workbench()
        try makeByPKCS11Tool(bench, ["--label", "theirs", "--id", "01"])
        try makeByPKCS11Tool(bench, ["--label", "other", "--id", "02"])
        try bench.delete("theirs")
        #expect(Set(try bench.objects().map(\.label)) == ["other"])
    }

    @Test("of elliptic curves is listed, and is no RSA key of the container")
    func ofEllipticCurvesIsListed() throws {
        let bench = try Workbench()
        try Tool.pkcs11Tool(
            bench.made, ["--keypairgen", "--key-type", "EC:secp384r1", "--label", "curve", "--id", "05"])
        refused(.badKeyset, naming: ["TokenCSP Elliptic Curve Provider"]) { try bench.open("curve") }
        let curve = try bench.open("curve", provider: "TokenCSP Elliptic Curve Provider")
        #expect(try curve.userKey(.signature).bits == 384)
        let context = try bench.create("curve")
        let summary = try #require(context.keys().first)
        #expect(summary.algorithm == .ecdsa)
        #expect(summary.bits == 384)
        #expect(summary.specs == [.signature, .keyExchange])
        refused(.noKey) { try context.userKey(.signature) }
        let ours = try context.generateKey(.signature, bits: 1024)
        try context.proves(.signature, key: ours)
        #expect(try context.keys().count == 2)

        // Under the provider of its kind it is both keys of the container.
        let curves = try bench.open("curve", provider: EllipticCurveTests.provider)
        try curves.proves(.signature)
        let own = try curves.userKey(.keyExchange)
        let peer = try curves.generateKey(.ecdhEphemeral, flags: 384 << 16)
        #expect(try curves.imported(peer.publicKeyBlob(), under: own).algorithm == .agreedKeyAny)
    }
}
