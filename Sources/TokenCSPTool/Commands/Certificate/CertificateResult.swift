import FoundationEssentials
import TokenCSP
import TokenCSPCertificates

/// What a certificate says.
///
/// Keys: `subject`, `issuer` (RFC 4514), `serial_number` (hexadecimal), `not_before`, `not_after` (ISO 8601, UTC),
/// `days_left` (negative where it has ended), `expired`, `key` (`RSA 2048`, `P-256`), `signature_algorithm`,
/// `alternative_names` (`dns:…`), `key_usage`, `extended_key_usage`, `is_ca`, `path_length` (absent where there is no
/// limit), `subject_key_identifier`, `authority_key_identifier`, `other_extensions`, `sha256` (of the whole).
struct CertificateResult: CommandResult {
    let subject: String
    let issuer: String
    let serialNumber: String
    let notBefore: String
    let notAfter: String
    let daysLeft: Int
    let expired: Bool
    let key: String
    let signatureAlgorithm: String
    let alternativeNames: [String]
    let keyUsage: [String]
    let extendedKeyUsage: [String]
    let isCa: Bool
    let pathLength: Int?
    let subjectKeyIdentifier: String?
    let authorityKeyIdentifier: String?
    let otherExtensions: [String]
    let sha256: String

    init(der: [UInt8]) throws(CSPError) {
        let description = try CertificateDescription(der: der)
        subject = description.subject
        issuer = description.issuer
        serialNumber = description.serialNumber
        notBefore = description.notBefore.formatted(.iso8601)
        notAfter = description.notAfter.formatted(.iso8601)
        daysLeft = description.daysLeft()
        expired = description.isExpired()
        key = description.key
        signatureAlgorithm = description.signatureAlgorithm
        alternativeNames = description.alternativeNames
        keyUsage = description.keyUsage
        extendedKeyUsage = description.extendedKeyUsage
        isCa = description.isAuthority
        pathLength = description.pathLength
        subjectKeyIdentifier = description.subjectKeyIdentifier
        authorityKeyIdentifier = description.authorityKeyIdentifier
        otherExtensions = description.otherExtensions
        sha256 = description.sha256
    }

    var text: String {
        var rows = [
            ("subject", subject.isEmpty ? "(empty)" : subject),
            ("issuer", issuer == subject ? "itself" : issuer),
            ("serial", serialNumber),
            ("valid", "\(notBefore) to \(notAfter), \(Self.remaining(daysLeft, expired))"),
            ("key", key),
            ("signed by", signatureAlgorithm),
        ]
        if isCa { rows.append(("CA", pathLength.map { "yes, path length \($0)" } ?? "yes")) }
        for (name, list) in [
            ("names", alternativeNames), ("key usage", keyUsage), ("extended", extendedKeyUsage),
            ("also has", otherExtensions),
        ] where !list.isEmpty {
            rows.append((name, list.joined(separator: ", ")))
        }
        rows.append(("SHA-256", sha256))
        return aligned(rows)
    }

    /// How long it is good, in words.
    static func remaining(_ days: Int, _ expired: Bool) -> String {
        expired ? "expired" : days == 1 ? "1 day left" : "\(days) days left"
    }
}
