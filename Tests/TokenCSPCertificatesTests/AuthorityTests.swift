import Foundation
import SwiftASN1
import Testing
import TokenCSP
import TokenCSPCertificates
import X509

@Suite("A CA with its key on the token")
struct AuthorityTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    private func root(
        _ name: String = "root", _ kind: Workbench.Kind = .p256, pathLength: Int? = nil, days: Int = 100
    ) throws -> (key: Key, certificate: Certificate) {
        var options = try CertificateOptions(subject: "CN=\(name), O=Example")
        try options.makeAuthority(pathLength: pathLength)
        let key = try bench.key(name, kind)
        return (key, try key.selfSignedCertificate(options, validity: CertificateValidity(days: days)))
    }

    private func request(
        _ name: String = "leaf", _ kind: Workbench.Kind = .p256,
        _ change: (inout CertificateOptions) throws -> Void = { _ in }
    ) throws -> CertificateSigningRequest {
        var options = try CertificateOptions(subject: "CN=\(name)")
        try options.addAlternativeName("dns:\(name).example.com")
        try change(&options)
        return try bench.key(name, kind).certificateRequest(options)
    }

    /// From now on: a certificate does not begin before its CA's.
    private var month: CertificateValidity { get throws { try CertificateValidity(days: 30) } }

    @Test("a chain of two CAs and a leaf verifies", arguments: Workbench.Kind.all)
    func chain(_ kind: Workbench.Kind) throws {
        let root = try root("root", kind)
        let above = try CertificateAuthority(key: root.key, certificate: root.certificate)
        let middleKey = try bench.key("middle", kind)
        var middleOptions = CertificateOptions()
        try middleOptions.makeAuthority(pathLength: 0)
        let middle = try above.issue(
            middleKey.certificateRequest(CertificateOptions(subject: "CN=middle")), options: middleOptions,
            validity: CertificateValidity(days: 60)
        ).certificate
        let leaf = try CertificateAuthority(key: middleKey, certificate: middle).issue(request(), validity: month)
        #expect(leaf.leftOut.isEmpty)
        let paths = try (
            bench.witness.file("root.pem", root.certificate.pem()), bench.witness.file("middle.pem", middle.pem()),
            bench.witness.file("leaf.pem", leaf.certificate.pem())
        )
        try bench.witness.openssl(
            "verify", "-x509_strict", "-CAfile", paths.0, "-untrusted", paths.1, "-verify_hostname", "leaf.example.com",
            paths.2)
        #expect(leaf.certificate.issuer == middle.subject && middle.issuer == root.certificate.subject)
        #expect(
            try leaf.certificate.extensions.authorityKeyIdentifier?.keyIdentifier
                == middle.extensions.subjectKeyIdentifier?.keyIdentifier)
        #expect(try leaf.certificate.extensions.basicConstraints == .notCertificateAuthority)
    }

    @Test("a request that was changed after it was signed is refused")
    func changedRequest() throws {
        let (key, certificate) = try root()
        let authority = try CertificateAuthority(key: key, certificate: certificate)
        var bytes = try request().derBytes()
        let place = try #require(bytes.firstRange(of: Array("leaf.example".utf8))).lowerBound
        bytes[place] = UInt8(ascii: "d")
        #expect(throws: CSPError(.badSignature, "")) { try authority.issue(fileContent: bytes, validity: month) }
        #expect(throws: CSPError(.badData, "")) {
            try authority.issue(fileContent: Array(bytes.dropLast()), validity: month)
        }
        #expect(throws: CSPError(.badData, "")) { try authority.issue(fileContent: [], validity: month) }
        #expect(throws: CSPError(.badData, "")) {
            try authority.issue(fileContent: Array(certificate.pem().utf8), validity: month)
        }
    }

    @Test("what of a request is taken over is the CA's to say")
    func adoption() throws {
        let (key, certificate) = try root()
        let authority = try CertificateAuthority(key: key, certificate: certificate)
        let greedy = try request { options in
            options.keyUsage = try KeyUsage(names: ["digitalSignature", "keyCertSign", "cRLSign"])
            options.basicConstraints = .isCertificateAuthority(maxPathLength: nil)
            try options.addExtendedKeyUsage("clientAuth")
            try options.addExtension("1.2.3.4", value: [0x05, 0x00])
        }
        let plain = try authority.issue(greedy, validity: month)
        #expect(plain.leftOut.sorted() == ["1.2.3.4", "2.5.29.19"])
        #expect(try plain.certificate.extensions.keyUsage?.names == ["digitalSignature"])
        #expect(try plain.certificate.extensions.extendedKeyUsage.map { Array($0) } == [.clientAuth])
        #expect(try plain.certificate.extensions.basicConstraints == .notCertificateAuthority)
        #expect(plain.certificate.extensions[oid: "1.2.3.4"] == nil)

        let more = try authority.issue(
            greedy, validity: month, adopting: CertificateAuthority.adopted(and: ["1.2.3.4", "2.5.29.19"]))
        // That it is a CA's is never the request's to say.
        #expect(more.leftOut == ["2.5.29.19"])
        #expect(more.certificate.extensions[oid: "1.2.3.4"]?.value == [0x05, 0x00])

        var own = try CertificateOptions(subject: "CN=renamed")
        try own.addAlternativeName("dns:renamed")
        let renamed = try authority.issue(greedy, options: own, validity: month, adopting: [])
        #expect(renamed.certificate.subject.text == "CN=renamed")
        #expect(try renamed.certificate.extensions.subjectAlternativeNames?.map(\.text) == ["dns:renamed"])
        #expect(renamed.certificate.extensions[oid: .X509ExtensionID.keyUsage] == nil)
    }

    @Test("a request does not become the CA's responder, or good for everything, by asking")
    func reservedUsages() throws {
        let (key, certificate) = try root()
        let authority = try CertificateAuthority(key: key, certificate: certificate)
        let greedy = try request { options in
            for name in ["OCSPSigning", "serverAuth", "anyExtendedKeyUsage"] { try options.addExtendedKeyUsage(name) }
        }
        let plain = try authority.issue(greedy, validity: month)
        #expect(plain.leftOut.sorted() == ["1.3.6.1.5.5.7.3.9", "2.5.29.37.0"])
        #expect(try plain.certificate.extensions.extendedKeyUsage.map { Array($0) } == [.serverAuth])

        let responder = try request("responder") { try $0.addExtendedKeyUsage("OCSPSigning") }
        let refused = try authority.issue(responder, validity: month)
        #expect(refused.leftOut == ["1.3.6.1.5.5.7.3.9"])
        #expect(try refused.certificate.extensions.extendedKeyUsage == nil)
        var own = CertificateOptions()
        try own.addExtendedKeyUsage("OCSPSigning")
        let given = try authority.issue(responder, options: own, validity: month)
        #expect(try given.certificate.extensions.extendedKeyUsage.map { Array($0) } == [.ocspSigning])
    }

    @Test("the CA's own name is for its own key")
    func ownName() throws {
        let (key, certificate) = try root()
        let authority = try CertificateAuthority(key: key, certificate: certificate)
        let impostor = try bench.key("impostor", .p256).certificateRequest(
            CertificateOptions(subject: "CN=root, O=Example"))
        let error = #expect(throws: CSPError.self) { try authority.issue(impostor, validity: month) }
        #expect(error?.code == .permission && error?.reason.contains("--subject") == true)
        #expect(throws: CSPError(.permission, "")) {
            try authority.issue(
                request(), options: CertificateOptions(subject: "CN=root, O=Example"), validity: month)
        }
        let renamed = try authority.issue(
            impostor, options: CertificateOptions(subject: "CN=other"), validity: month)
        #expect(renamed.certificate.subject.text == "CN=other")
        let renewed = try authority.issue(
            key.certificateRequest(CertificateOptions(subject: "CN=root, O=Example")), validity: month)
        #expect(renewed.certificate.subject == certificate.subject)
    }

    @Test("a CA of the future issues nothing, and none issues for before its own time")
    func notYet() throws {
        var options = try CertificateOptions(subject: "CN=early, O=Example")
        try options.makeAuthority()
        let key = try bench.key("early", .p256)
        let future = try CertificateValidity(days: 100, from: .now.addingTimeInterval(3600))
        let early = try key.selfSignedCertificate(options, validity: future)
        let error = #expect(throws: CSPError.self) { try CertificateAuthority(key: key, certificate: early) }
        #expect(error?.code == .permission && error?.reason.contains("not good before") == true)

        let (other, certificate) = try root()
        let authority = try CertificateAuthority(key: other, certificate: certificate)
        let before = try CertificateValidity(days: 30, from: .now.addingTimeInterval(-86_400))
        let begins = #expect(throws: CSPError.self) { try authority.issue(request(), validity: before) }
        #expect(begins?.code == .permission && begins?.reason.contains("--not-before") == true)
    }

    @Test("a CA holds to its path length and its own time")
    func limits() throws {
        let (key, certificate) = try root(pathLength: 1)
        let authority = try CertificateAuthority(key: key, certificate: certificate)
        let request = try request()
        var options = CertificateOptions()
        try options.makeAuthority()
        let below = try authority.issue(request, options: options, validity: month).certificate
        #expect(try below.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
        try options.makeAuthority(pathLength: 1)
        #expect(throws: CSPError(.permission, "")) { try authority.issue(request, options: options, validity: month) }
        let (last, lastCertificate) = try root("last", pathLength: 0)
        try options.makeAuthority()
        #expect(throws: CSPError(.permission, "")) {
            try CertificateAuthority(key: last, certificate: lastCertificate).issue(
                request, options: options, validity: month)
        }
        let error = #expect(throws: CSPError.self) {
            try authority.issue(request, validity: CertificateValidity(days: 200))
        }
        #expect(error?.code == .permission && error?.reason.contains("--days") == true)
        #expect(throws: CSPError(.invalidParameter, "")) { try options.makeAuthority(pathLength: -1) }
    }

    @Test("a certificate of no CA, of another key or of the past issues nothing")
    func noAuthority() throws {
        let (key, certificate) = try root()
        let (other, _) = try root("other")
        #expect(throws: CSPError(.badPublicKey, "")) { try CertificateAuthority(key: other, certificate: certificate) }
        let plain = try key.selfSignedCertificate(CertificateOptions(subject: "CN=plain"), validity: month)
        #expect(throws: CSPError(.permission, "")) { try CertificateAuthority(key: key, certificate: plain) }
        var options = try CertificateOptions(subject: "CN=old")
        try options.makeAuthority()
        let past = try CertificateValidity(
            from: Date(timeIntervalSince1970: 0), to: Date(timeIntervalSince1970: 1_000_000_000))
        let old = try key.selfSignedCertificate(options, validity: past)
        #expect(throws: CSPError(.permission, "")) { try CertificateAuthority(key: key, certificate: old) }
        options.keyUsage = KeyUsage(digitalSignature: true)
        let weak = try key.selfSignedCertificate(options, validity: month)
        #expect(throws: CSPError(.permission, "")) { try CertificateAuthority(key: key, certificate: weak) }
    }
}
