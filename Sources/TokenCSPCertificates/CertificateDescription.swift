public import FoundationEssentials
internal import SwiftASN1
public import TokenCSP
internal import X509

/// What a certificate says, in words: for lists and for people.
///
/// Made of any certificate, also of keys and signatures that nothing here verifies.
public struct CertificateDescription: Sendable, Hashable {
    /// Whose it is, as RFC 4514 writes it: `CN=www.example.com,O=Example`.
    public let subject: String
    /// Who issued it.
    public let issuer: String
    /// In hexadecimal digits.
    public let serialNumber: String
    public let notBefore: Date
    public let notAfter: Date
    /// `RSA 2048`, `P-256`, `Ed25519`, else the algorithm's object identifier.
    public let key: String
    /// `sha256WithRSAEncryption`, else the object identifier.
    public let signatureAlgorithm: String
    /// As ``X509/GeneralName/text`` has them.
    public let alternativeNames: [String]
    public let keyUsage: [String]
    public let extendedKeyUsage: [String]
    public let isAuthority: Bool
    /// How many CAs may follow below a CA; nil for any number.
    public let pathLength: Int?
    /// In hexadecimal digits, where it is there.
    public let subjectKeyIdentifier: String?
    public let authorityKeyIdentifier: String?
    /// Object identifiers of the extensions that are not told here.
    public let otherExtensions: [String]
    /// SHA-256 of the whole, in hexadecimal digits.
    public let sha256: String

    /// - Parameter der: a certificate.
    /// - Throws: NTE_BAD_DATA.
    public init(der: [UInt8]) throws(CSPError) {
        let content = try CertificateContent(der)
        subject = Self.name(content.subject)
        issuer = Self.name(content.issuer)
        let serial = Self.content(content.serialNumber)
        // The zero that keeps a number from being negative.
        serialNumber = hexadecimal(serial.first == 0 && serial.count > 1 ? Array(serial.dropFirst()) : serial)
        notBefore = Date(timeIntervalSince1970: Double(content.notBefore))
        notAfter = Date(timeIntervalSince1970: Double(content.notAfter))
        key = Self.key(content.subjectPublicKeyInfo)
        signatureAlgorithm = Self.signature(content.signatureAlgorithm)
        sha256 = hexadecimal(HashKind.sha256.digest(of: der))

        let extensions = Extensions(content.extensions)
        alternativeNames = extensions.read { try SubjectAlternativeNames($0).map(\.text) } ?? []
        keyUsage = extensions.read { try KeyUsage($0).names } ?? []
        extendedKeyUsage = extensions.read { try ExtendedKeyUsage($0).map(\.name) } ?? []
        let constraints = extensions.read { try BasicConstraints($0) }
        if case .isCertificateAuthority(let length) = constraints {
            (isAuthority, pathLength) = (true, length)
        } else {
            (isAuthority, pathLength) = (false, nil)
        }
        subjectKeyIdentifier = extensions.read { hexadecimal(Array(try SubjectKeyIdentifier($0).keyIdentifier)) }
        authorityKeyIdentifier =
            extensions.read { try AuthorityKeyIdentifier($0).keyIdentifier.map { hexadecimal(Array($0)) } } ?? nil
        otherExtensions = extensions.unread
    }

    /// Whole days from a moment until it ends; negative where it has ended.
    public func daysLeft(at moment: Date = .now) -> Int {
        Int((notAfter.timeIntervalSince(moment) / 86_400).rounded(.down))
    }

    /// Whether it has ended.
    public func isExpired(at moment: Date = .now) -> Bool { notAfter < moment }

    // MARK: - Parts

    private static func name(_ der: [UInt8]) -> String {
        (try? DistinguishedName(derEncoded: DER.parse(der)))?.text ?? "#" + hexadecimal(der)
    }

    /// The bytes behind tag and length.
    private static func content(_ der: [UInt8]) -> [UInt8] {
        guard case .primitive(let bytes)? = (try? DER.parse(der))?.content else { return der }
        return Array(bytes)
    }

    private static func key(_ der: [UInt8]) -> String {
        guard let key = try? Certificate.PublicKey(derEncoded: der) else { return identifier(within: der, depth: 2) }
        // "RSA2048.PublicKey"
        let name = String(key.description.prefix { $0 != "." })
        return name.hasPrefix("RSA") ? "RSA " + name.dropFirst(3) : name.hasPrefix("P") ? "P-" + name.dropFirst() : name
    }

    private static func signature(_ der: [UInt8]) -> String {
        let names = [
            "1.2.840.113549.1.1.4": "md5WithRSAEncryption", "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
            "1.2.840.113549.1.1.10": "rsassaPss", "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
            "1.2.840.113549.1.1.12": "sha384WithRSAEncryption", "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
            "1.2.840.10045.4.1": "ecdsa-with-SHA1", "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
            "1.2.840.10045.4.3.3": "ecdsa-with-SHA384", "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
            "1.3.101.112": "Ed25519",
        ]
        let oid = identifier(within: der, depth: 1)
        return names[oid] ?? oid
    }

    /// The object identifier that begins so many nested SEQUENCEs.
    private static func identifier(within der: [UInt8], depth: Int) -> String {
        guard var node = try? DER.parse(der) else { return "unknown" }
        for _ in 0..<depth {
            guard case .constructed(let nodes) = node.content, let first = nodes.first(where: { _ in true }) else {
                return "unknown"
            }
            node = first
        }
        return (try? ASN1ObjectIdentifier(derEncoded: node)).map { "\($0)" } ?? "unknown"
    }
}

/// A certificate's extensions, each read by the type that it may be of.
private final class Extensions {
    private var rest: [Certificate.Extension]

    init(_ list: [CertificateContent.Extension]) {
        rest = list.compactMap { one in
            guard one.identifier.count < 0x80,
                let oid = try? ASN1ObjectIdentifier(
                    derEncoded: [0x06, UInt8(truncatingIfNeeded: one.identifier.count)] + one.identifier)
            else { return nil }
            return Certificate.Extension(oid: oid, critical: one.isCritical, value: one.value[...])
        }
    }

    var unread: [String] { rest.map { "\($0.oid)" } }

    /// What the first extension of a type says.
    func read<R>(_ work: (Certificate.Extension) throws -> R) -> R? {
        for (index, one) in rest.enumerated() {
            guard let result = try? work(one) else { continue }
            rest.remove(at: index)
            return result
        }
        return nil
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
