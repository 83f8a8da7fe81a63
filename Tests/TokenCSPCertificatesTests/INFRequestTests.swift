import Foundation
import Testing
import TokenCSP
import TokenCSPCertificates
import X509

@Suite("INF files: what is asked for")
struct INFRequestTests {
    private func request(_ settings: String, _ more: String = "") throws(CSPError) -> INFRequest {
        try INFRequest(INFFile("[NewRequest]\n\(settings)\n\(more)"), now: INFSample.now)
    }

    @Test("every section of a whole file is understood")
    func whole() throws {
        let made = try INFRequest(INFFile(INFSample.full), now: INFSample.now)
        #expect(made.kind == .request)
        #expect(made.options.subject.text == "CN=www.example.com,O=Example\\, Inc,C=DE")
        #expect(made.spec == .keyExchange)
        #expect(made.bits == 3072)
        #expect(made.flags == .exportable)
        #expect(made.container == "web")
        #expect(!made.isMachine && !made.isSilent && !made.usesExistingKey)
        #expect(made.provider == "TokenCSP RSA and AES Provider")
        #expect(made.options.hash == .sha384)
        #expect(made.options.keyUsage == KeyUsage(digitalSignature: true, keyEncipherment: true))
        #expect(made.options.extendedKeyUsage == [.serverAuth, .clientAuth])
        #expect(made.options.alternativeNames.count == 4)
        #expect(
            made.options.alternativeNames.prefix(3).map(\.text) == [
                "dns:www.example.com", "ip:192.0.2.1", "upn:a@example.com",
            ])
        #expect(made.options.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
        // S/MIME's, the one in hexadecimal digits, the template's.
        #expect(
            made.options.otherExtensions.map { "\($0.oid)" }.sorted() == [
                "1.2.3.5", "1.2.840.113549.1.9.15", "1.3.6.1.4.1.311.20.2",
            ])
        #expect(made.notes.contains { $0.hasPrefix("line 8: ") }, "\(made.notes)")
        #expect(made.notes.contains { $0.hasPrefix("line 11: ") }, "\(made.notes)")
    }

    @Test("a self-signed certificate's key, and its time by the calendar")
    func certificate() throws {
        let made = try INFRequest(INFFile(INFSample.certificate), now: INFSample.now)
        #expect(made.curve == .p384)
        #expect(made.spec == .signature)
        #expect(made.provider == "TokenCSP Elliptic Curve Provider")
        #expect(made.flags == .userProtected)
        // 2026-07-24 10:31 to 18 months later, less a second.
        let from = Date(timeIntervalSince1970: 1_784_889_060)
        let to = Date(timeIntervalSince1970: 1_832_322_660 - 1)
        #expect(made.kind == .certificate(try CertificateValidity(from: from, to: to)))
    }

    @Test(
        "the end of a period",
        arguments: [
            // From 2024-02-29, a leap day.
            ("Years", "1", 1_740_787_200), ("Years", "4", 1_835_395_200), ("Months", "12", 1_740_787_200),
            ("Months", "1", 1_711_670_400), ("Weeks", "1", 1_709_769_600), ("Days", "1", 1_709_251_200),
            ("Hours", "2", 1_709_172_000), ("Minutes", "3", 1_709_164_980), ("Seconds", "10", 1_709_164_810),
        ])
    func periods(_ period: String, _ units: String, _ end: Double) throws {
        let made = try request(
            "Subject = CN=a\nRequestType = Cert\nNotBefore = 2024-02-29\nValidityPeriod = \(period)\nValidityPeriodUnits = \(units)"
        )
        guard case .certificate(let validity) = made.kind else { throw Missing() }
        #expect(validity.from.timeIntervalSince1970 == 1_709_164_800)
        // A year from February 29 is February 28.
        let leap = ["Years 1", "Months 12"].contains("\(period) \(units)") ? 86_400.0 : 0
        #expect(validity.to.timeIntervalSince1970 == end - leap - 1)
    }

    private struct Missing: Error {}

    @Test(
        "numbers and names mean the same",
        arguments: [
            ("KeyUsage = 0xa0", "KeyUsage = \"CERT_DIGITAL_SIGNATURE_KEY_USAGE | CERT_KEY_ENCIPHERMENT_KEY_USAGE\""),
            ("KeySpec = 1", "KeySpec = AT_KEYEXCHANGE"), ("KeySpec = 2", "KeySpec = at_signature"),
            ("KeyProtection = 2", "KeyProtection = XCN_NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG"),
            ("KeyProtection = 1", "UserProtected = TRUE"), ("Exportable = 1", "Exportable = yes"),
            ("RequestType = 4", "RequestType = cert"), ("HashAlgorithm = SHA-256", "HashAlgorithm = sha256"),
            ("keylength = 0x800", "KeyLength = 2048"),
        ])
    func spellings(_ one: String, _ other: String) throws {
        let (a, b) = (try request("Subject = CN=a\n" + one), try request("Subject = CN=a\n" + other))
        #expect(a.kind == b.kind)
        #expect(a.spec == b.spec)
        #expect(a.bits == b.bits)
        #expect(a.flags == b.flags)
        #expect(a.options.keyUsage == b.options.keyUsage)
        #expect(a.options.hash == b.options.hash)
    }

    @Test(
        "what cannot be honoured is an error with its line",
        arguments: [
            ("Subjekt = CN=a", 2), ("Subject = CN=a\nsubject = CN=b", 3), ("Subject = a", 2),
            ("Subject = CN=a\nKeyLength = 1024", 3), ("Subject = CN=a\nKeyLength = -1", 3),
            ("Subject = CN=a\nKeyLength = 2049", 3), ("Subject = CN=a\nKeyLength = 99999999999999999999", 3),
            ("Subject = CN=a\nKeySpec = 3", 3), ("Subject = CN=a\nKeyAlgorithm = DH", 3),
            ("Subject = CN=a\nKeyAlgorithm = ECDSA_P256\nKeySpec = 1", 4),
            ("Subject = CN=a\nKeyAlgorithm = ECDSA_P256\nKeyLength = 384", 4),
            ("Subject = CN=a\nExportable = maybe", 3), ("Subject = CN=a\nRequestType = CMC", 3),
            ("Subject = CN=a\nHashAlgorithm = md5", 3), ("Subject = CN=a\nPrivateKeyArchive = TRUE", 3),
            ("Subject = CN=a\nRenewalCert = 00", 3), ("Subject = CN=a\nValidityPeriod = Years", 3),
            ("Subject = CN=a\nProviderName = None", 3),
            ("Subject = CN=a\nProviderType = 12\nProviderName = \"TokenCSP RSA and AES Provider\"", 3),
            ("Subject = CN=a\nKeyContainer = \"pkcs11:token=x?pin-source=file:y\"", 3),
            ("Subject = CN=a\nUserProtected = TRUE\nSilent = TRUE", 1), ("Subject = CN=a\nUseExistingKeySet = TRUE", 1),
            ("RequestType = Cert", 1), ("Subject = CN=a\nRequestType = Cert\nNotBefore = 2/30/2026", 4),
            ("Subject = CN=a\nRequestType = Cert\nNotAfter = 1/1/2020", 4),
            ("Subject = CN=a\nRequestType = Cert\nValidityPeriodUnits = 99999", 4),
            ("Subject = CN=a\nRequestType = Cert\nValidityPeriod = Ages", 4), ("Subject = CN=a\nKeyUsage = NONE", 3),
            ("Subject = CN=a\n[Other]\na = 1", 3), ("Subject = CN=a\n[Version]\nSignature = x", 4),
            ("Subject = CN=a\n[EnhancedKeyUsageExtension]\nOID = 1.3\nOID = 1.3", 5),
            ("Subject = CN=a\n[EnhancedKeyUsageExtension]\nOID = one", 4),
            ("Subject = CN=a\n[Extensions]\n1.2.3 = {hex}05", 4), ("Subject = CN=a\n[Extensions]\n1.2.3 = {text}a", 4),
            ("Subject = CN=a\n[Extensions]\n2.5.29.17 = \"{text}dns=a&dns=-b\"", 4),
            ("Subject = CN=a\n[Extensions]\n2.5.29.19 = \"{text}ca=2\"", 4),
            ("Subject = CN=a\n[Extensions]\nCritical = 2.5.29.17", 4),
            ("Subject = CN=a\n[RequestAttributes]\nSAN = dns=a", 4),
        ])
    func refused(_ settings: String, _ line: Int) throws {
        let error = try #require(#expect(throws: CSPError.self) { try request(settings) })
        #expect(error.code == .invalidParameter)
        #expect(error.reason.hasPrefix("line \(line): "), "\(error.reason)")
    }

    @Test("without [NewRequest] nothing is asked for")
    func nothing() throws {
        for text in ["", "[Version]\nSignature = \"$Windows NT$\"", "[NewRequest]"] {
            #expect(throws: CSPError.self) { try INFRequest(INFFile(text)) }
        }
    }
}
