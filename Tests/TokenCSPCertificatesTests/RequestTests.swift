import SwiftASN1
import Testing
import TokenCSP
import TokenCSPCertificates
import X509

@Suite("Certificate requests and self-signed certificates")
struct RequestTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    private func options() throws -> CertificateOptions {
        var options = try CertificateOptions(subject: "CN=www.example.com, OU=Web, O=Example\\, Inc., C=DE")
        for name in ["dns:www.example.com", "ip:192.0.2.1", "ip:2001:db8::1", "email:a@example.com", "uri:https://b/"] {
            try options.addAlternativeName(name)
        }
        try options.addAlternativeName("upn:alice@example.com")
        options.keyUsage = try KeyUsage(names: ["digitalSignature", "keyEncipherment"])
        for usage in ["serverAuth", "1.3.6.1.5.5.7.3.2", "1.2.3.4"] { try options.addExtendedKeyUsage(usage) }
        // An OCSP must-staple feature.
        try options.addExtension("1.3.6.1.5.5.7.1.24", value: [0x30, 0x03, 0x02, 0x01, 0x05])
        return options
    }

    @Test("openssl verifies a request and reads from it what was asked", arguments: Workbench.Kind.all)
    func request(_ kind: Workbench.Kind) throws {
        let request = try bench.key("one", kind).certificateRequest(options())
        let path = try bench.witness.file("request.pem", request.pem())
        try bench.witness.openssl("req", "-in", path, "-noout", "-verify")
        let text = try bench.text("req", path, "-nameopt", "RFC2253")
        for expected in [
            "Subject: CN=www.example.com,OU=Web,O=Example\\, Inc.,C=DE", "Signature Algorithm: \(kind.signature)",
            "DNS:www.example.com, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, email:a@example.com, URI:https://b/",
            "Digital Signature, Key Encipherment", "TLS Web Server Authentication", "TLS Web Client Authentication",
            "1.2.3.4", "status_request", "X509v3 Key Usage: critical",
        ] {
            #expect(text.contains(expected), "\(expected) in \(text)")
        }
        let again = try CertificateSigningRequest(fileContent: request.derBytes())
        #expect(again == request)
        #expect(again.subject.text == "CN=www.example.com,OU=Web,O=Example\\, Inc.,C=DE")
        let names = try #require(try again.attributes.extensionRequest?.extensions.subjectAlternativeNames)
        #expect(
            names.map(\.text) == [
                "dns:www.example.com", "ip:192.0.2.1", "ip:2001:db8::1", "email:a@example.com", "uri:https://b/",
                "upn:alice@example.com",
            ])
    }

    @Test("a request without extensions verifies")
    func plain() throws {
        let request = try bench.key("one").certificateRequest(CertificateOptions(subject: "CN=alone"))
        let path = try bench.witness.file("request.der", request.derBytes())
        try bench.witness.openssl("req", "-inform", "DER", "-in", path, "-noout", "-verify")
    }

    @Test("openssl verifies a self-signed certificate", arguments: Workbench.Kind.all)
    func selfSigned(_ kind: Workbench.Kind) throws {
        let validity = try CertificateValidity(days: 90)
        let certificate = try bench.key("one", kind).selfSignedCertificate(options(), validity: validity)
        let path = try bench.witness.file("certificate.pem", certificate.pem())
        try bench.witness.openssl("verify", "-CAfile", path, path)
        try bench.witness.openssl("x509", "-in", path, "-noout", "-checkend", "7775000")
        let text = try bench.text("x509", path)
        #expect(text.contains("X509v3 Subject Key Identifier"))
        #expect(text.contains("Signature Algorithm: \(kind.signature)"))
        #expect(certificate.serialNumber.bytes.count >= 16)
        let another = try bench.key("two", kind).selfSignedCertificate(options(), validity: validity)
        #expect(another.serialNumber != certificate.serialNumber)
    }

    @Test(
        "the hash can be chosen",
        arguments: [
            (Workbench.Kind.rsa, HashKind.sha1, "sha1WithRSAEncryption"), (.rsa, .sha384, "sha384WithRSAEncryption"),
            (.rsa, .sha512, "sha512WithRSAEncryption"), (.p256, .sha512, "ecdsa-with-SHA512"),
            (.p384, .sha256, "ecdsa-with-SHA256"), (.p521, .sha256, "ecdsa-with-SHA256"),
        ])
    func hashes(_ kind: Workbench.Kind, _ hash: HashKind, _ name: String) throws {
        var options = try options()
        options.hash = hash
        let path = try bench.witness.file("request.pem", bench.key("one", kind).certificateRequest(options).pem())
        try bench.witness.openssl("req", "-in", path, "-noout", "-verify")
        #expect(try bench.text("req", path).contains("Signature Algorithm: \(name)"))
    }

    @Test("what cannot be is refused with its reason")
    func refusals() throws {
        let key = try bench.key("one")
        var options = try options()
        options.hash = .sha1
        #expect(throws: CSPError(.badAlgID, "")) { try key.certificateRequest(options) }
        #expect(throws: CSPError(.invalidParameter, "")) { try key.certificateRequest(CertificateOptions()) }
        var twice = try self.options()
        try twice.addExtension("2.5.29.17", value: [0x30, 0])
        #expect(throws: CSPError(.invalidParameter, "")) { try key.certificateRequest(twice) }
        #expect(throws: CSPError(.invalidParameter, "")) { try twice.addExtension("2.5.29.17", value: [0x30, 0]) }
        #expect(throws: CSPError(.invalidParameter, "")) { try CertificateValidity(days: 0) }

        var ed25519 = try self.options()
        ed25519.hash = .sha256
        let edwards = try bench.key("two", .ed25519)
        #expect(throws: CSPError(.badAlgID, "")) { try edwards.certificateRequest(ed25519) }
        let agreement = try bench.context("three").generateKey(algorithm: .ecdh, bits: 256)
        #expect(throws: CSPError(.badKey, "")) { try agreement.certificateRequest(self.options()) }
        let weak = try bench.context("four", .rsa).generateKey(.signature, bits: 1024)
        #expect(throws: CSPError(.badKey, "")) { try weak.certificateRequest(self.options()) }
    }

    @Test("an empty subject with a name beside it makes that name critical")
    func emptySubject() throws {
        var options = CertificateOptions()
        try options.addAlternativeName("dns:*.example.com")
        let path = try bench.witness.file("request.pem", bench.key("one").certificateRequest(options).pem())
        #expect(try bench.text("req", path).contains("Subject Alternative Name: critical"))
    }

    @Test("the private key does not leave the token")
    func pem() throws {
        let key = try TokenPrivateKey(bench.key("one"))
        #expect(throws: CSPError(.badKeyState, "")) { try key.serializeAsPEM() }
        #expect(throws: CSPError(.badKeyState, "")) { try Certificate.PrivateKey(key).serializeAsPEM() }
        let another = try TokenPrivateKey(bench.key("two"))
        #expect(key != another)
        #expect(try key == TokenPrivateKey(key.key))
    }
}
