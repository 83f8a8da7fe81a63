import Foundation
import PKCS11
import TestTokens
import Testing
import TokenCSP
import TokenCSPCertificates
import X509

@Suite("Certificates on the token")
struct StoredCertificateTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    private func certificate(_ key: Key, _ subject: String = "CN=one", authority: Bool = false) throws -> [UInt8] {
        var options = try CertificateOptions(subject: subject)
        if authority { try options.makeAuthority() }
        return try key.selfSignedCertificate(options, validity: CertificateValidity(days: 30)).derBytes()
    }

    /// The token's certificate objects.
    private func objects() throws -> [AttributeValues] {
        let token = try bench.token.token()
        return try token.reading { session throws(PKCS11Error) in
            var values: [AttributeValues] = []
            for handle in try session.find([Attribute(.certificate)]) {
                values.append(
                    try session.attributes(
                        of: handle, [.id, .label, .subject, .issuer, .serialNumber, .value, .certificateType]))
            }
            return values
        }
    }

    @Test(
        "a certificate is written with its key's id, name, issuer and number, and read back",
        arguments: Workbench.Kind.all)
    func write(_ kind: Workbench.Kind) throws {
        let key = try bench.key("one", kind)
        #expect(try key.certificate() == nil)
        let der = try certificate(key)
        try key.setCertificate(der)
        #expect(try key.certificate() == der)
        let object = try #require(try objects().first)
        #expect(try object.bytes(.id) == key.report().id)
        #expect(object.string(.label) == "one" && object.bytes(.value) == der && object.uint(.certificateType) == 0)
        #expect(object.bytes(.subject) == object.bytes(.issuer))
        let content = try CertificateContent(der)
        #expect(object.bytes(.serialNumber) == content.serialNumber && content.serialNumber.first == 0x02)
        #expect(content.subjectPublicKeyInfo == (try key.publicKey().subjectPublicKeyInfo()))

        let summaries = try bench.context("one", kind, flags: []).certificates()
        #expect(summaries.map(\.container) == ["one"] && summaries.map(\.spec) == [.signature])
        #expect(summaries.map(\.der) == [der])
    }

    @Test("a second takes the first's place, the same again changes nothing")
    func replace() throws {
        let key = try bench.key("one")
        let first = try certificate(key)
        let second = try certificate(key, "CN=two")
        try key.setCertificate(first)
        try key.setCertificate(first)
        #expect(try objects().count == 1)
        try key.setCertificate(second)
        #expect(try key.certificate() == second)
        #expect(try objects().count == 1)
    }

    @Test("another key's certificate and what is none are refused, and nothing changes")
    func refusals() throws {
        let (key, other) = (try bench.key("one"), try bench.key("two"))
        let der = try certificate(key)
        try key.setCertificate(der)
        let wrong = try certificate(other)
        #expect(throws: CSPError(.badPublicKey, "")) { try key.setCertificate(wrong) }
        for bytes in [
            [], [0x30], [0x30, 0x00], Array(der.dropLast()), der + [0], [UInt8](repeating: 0x30, count: 400),
        ] {
            #expect(throws: CSPError(.badData, "")) { try key.setCertificate(bytes) }
        }
        #expect(try key.certificate() == der)
        #expect(throws: CSPError(.noSuchCertificate, "")) { try other.deleteCertificate() }
    }

    @Test("no cut and no changed byte of a certificate brings the reader down")
    func hostile() throws {
        let der = try certificate(bench.key("one"), "CN=one", authority: true)
        #expect(try CertificateContent(der).isAuthority)
        for count in 0..<der.count {
            #expect(throws: CSPError.self) { try CertificateContent(Array(der.prefix(count))) }
        }
        for place in der.indices {
            for value: UInt8 in [0x00, 0x30, 0x7F, 0x80, 0x84, 0xFF] {
                var changed = der
                changed[place] = value
                _ = try? CertificateDescription(der: changed)
                _ = (try? CertificateContent(changed))?.isAuthority
            }
        }
    }

    @Test("a certificate goes with its key")
    func withKey() throws {
        let context = try bench.context("one")
        let first = try context.generateKey(.signature)
        try first.setCertificate(certificate(first))
        let second = try context.generateKey(.signature)
        #expect(try second.certificate() == nil)
        #expect(try objects().isEmpty)
        try second.setCertificate(certificate(second))
        try second.deleteCertificate()
        #expect(try second.certificate() == nil)
        #expect(throws: CSPError(.noSuchCertificate, "")) { try second.deleteCertificate() }
        try second.setCertificate(certificate(second))
        try context.deleteKey(.signature)
        #expect(try objects().isEmpty)
        let third = try context.generateKey(.signature)
        try third.setCertificate(certificate(third))
        try Context.deleteContainer(
            "one", provider: context.providerName, configuration: bench.configuration)
        #expect(try objects().isEmpty)
    }

    @Test("of two that a crash left the later is the key's, and the next write clears up")
    func afterCrash() throws {
        let key = try bench.key("one")
        let later = try certificate(key, "CN=later")
        let earlier = try key.selfSignedCertificate(
            CertificateOptions(subject: "CN=earlier"),
            validity: CertificateValidity(days: 9, from: .init(timeIntervalSince1970: 1_000_000_000))
        ).derBytes()
        try key.setCertificate(later)
        let token = try bench.token.token()
        let id = try key.report().id
        _ = try token.writing { session throws(PKCS11Error) in
            try session.create([
                Attribute(.certificate), Attribute(.certificateType, UInt(0)), Attribute(.token, true),
                Attribute(.isPrivate, false), Attribute(.label, "one"), Attribute(.id, bytes: id),
                Attribute(.subject, bytes: [0x30, 0]), Attribute(.value, bytes: earlier),
            ])
        }
        #expect(try objects().count == 2)
        #expect(try key.certificate() == later)
        try key.setCertificate(later)
        #expect(try objects().count == 1)
    }

    @Test("a CA's certificate is kept without its key, nobody else's is")
    func withoutKey() throws {
        let outside = try Workbench().key("outside")
        let der = try certificate(outside, "CN=Outside", authority: true)
        let context = try bench.context("one")
        try context.storeCertificate(authority: der, label: "Outside CA")
        try context.storeCertificate(authority: der, label: "Outside CA")
        let summary = try #require(try context.certificates().first)
        #expect(summary.container == nil && summary.spec == nil && summary.label == "Outside CA" && summary.der == der)
        let certificate = try Certificate(der: der)
        let identifier = try certificate.extensions.subjectKeyIdentifier?.keyIdentifier
        #expect(identifier.map { Array($0) } == summary.id)
        // A renewed one takes its place.
        let renewed = try self.certificate(outside, "CN=Outside", authority: true)
        try context.storeCertificate(authority: renewed, label: "Outside CA")
        #expect(try context.certificates().map(\.der) == [renewed])

        let plain = try self.certificate(outside)
        #expect(throws: CSPError(.permission, "")) { try context.storeCertificate(authority: plain, label: "x") }
        for label in ["", "a\\b", "pkcs11:object=x"] {
            #expect(throws: CSPError(.badKeysetParam, "")) {
                try context.storeCertificate(authority: der, label: label)
            }
        }
        #expect(throws: CSPError(.noSuchCertificate, "")) { try context.deleteCertificate(summary) }
        try context.deleteCertificate(#require(try context.certificates().first))
        #expect(try context.certificates().isEmpty)
    }

    @Test("the machine's certificates are the machine's")
    func machine() throws {
        let mine = try bench.key("one")
        try mine.setCertificate(certificate(mine, "CN=mine"))
        let context = try bench.context("one", flags: [.newKeySet, .machineKeySet])
        let its = try context.generateKey(.signature)
        try its.setCertificate(certificate(its, "CN=its"))
        #expect(try context.certificates().map { try CertificateDescription(der: $0.der).subject } == ["CN=its"])
        #expect(
            try bench.context("one", flags: []).certificates().map { try CertificateDescription(der: $0.der).subject }
                == ["CN=mine"])
    }

    @Test("a certificate is described, also of a key that nothing here verifies")
    func description() throws {
        let dsa = try bench.witness.openssl("dsaparam", "-genkey", "1024")
        let path = try bench.witness.file("dsa.pem", dsa)
        let der = try bench.witness.openssl(
            "req", "-x509", "-new", "-key", path, "-subj", "/CN=old/O=Example", "-days", "10", "-outform", "DER",
            "-addext", "keyUsage=digitalSignature", "-addext", "subjectAltName=DNS:a,IP:1.2.3.4")
        let description = try CertificateDescription(der: der)
        #expect(description.subject == "O=Example,CN=old")
        #expect(description.key == "1.2.840.10040.4.1")
        #expect(
            description.alternativeNames == ["dns:a", "ip:1.2.3.4"] && description.keyUsage == ["digitalSignature"])
        #expect(description.isAuthority && description.daysLeft() == 9 && !description.isExpired())
        let far = try bench.key("one").selfSignedCertificate(
            CertificateOptions(subject: "CN=far"),
            validity: CertificateValidity(
                from: .init(timeIntervalSince1970: -631_152_000), to: .init(timeIntervalSince1970: 253_402_300_799)))
        let content = try CertificateContent(far.derBytes())
        #expect(content.notBefore == -631_152_000 && content.notAfter == 253_402_300_799)
    }
}
