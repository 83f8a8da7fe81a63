@testable import TokenCSP

/// X.509 certificates, as KP_CERTIFICATE takes them and tokens hold them.
enum Certificates {
    static func run(_ input: UnsafeRawBufferPointer) {
        let bytes = Array(input)
        guard let content = try? CertificateContent(bytes) else { return }
        _ = content.isAuthority
        expect(content.publicKeyBits.count < content.subjectPublicKeyInfo.count, "a key's bits are within it")
        for part in [content.issuer, content.subject, content.subjectPublicKeyInfo, content.signatureAlgorithm] {
            expect(part.first == 0x30 && contains(bytes, part), "a name, a key, an algorithm stands in the certificate")
        }
        expect(content.serialNumber.first == 0x02 && contains(bytes, content.serialNumber), "the number stands in it")
        // The years 0 to 9999.
        for time in [content.notBefore, content.notAfter] {
            expect((-62_167_219_200...253_402_300_800).contains(time), "a time is one")
        }
        expect((try? CertificateContent(bytes + [0])) == nil, "nothing stands behind a certificate")
        expect((try? CertificateContent(Array(bytes.dropLast()))) == nil, "a certificate is whole")
    }

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        !part.isEmpty && part.count <= bytes.count
            && (0...bytes.count - part.count).contains { bytes[$0..<$0 + part.count] == part[...] }
    }
}
