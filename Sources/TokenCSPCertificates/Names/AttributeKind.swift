internal import SwiftASN1

/// A kind of attribute in a distinguished name: its names, its object identifier, how its value is encoded.
struct AttributeKind {
    enum Encoding {
        case utf8
        case printable
        case ia5
    }

    let oid: ASN1ObjectIdentifier
    /// The first is the one that is printed.
    let names: [String]
    let encoding: Encoding
    /// The most characters, by RFC 5280, appendix A.1; nil where it sets no limit.
    let limit: Int?

    private init(_ oid: ASN1ObjectIdentifier, _ names: String..., as encoding: Encoding = .utf8, most limit: Int? = nil)
    {
        self.oid = oid
        self.names = names
        self.encoding = encoding
        self.limit = limit
    }

    /// RFC 4514's, and the names that openssl and Windows have for others.
    static let all: [AttributeKind] = [
        AttributeKind([2, 5, 4, 3], "CN", "commonName", most: 64),
        AttributeKind([2, 5, 4, 10], "O", "organizationName", "organization", most: 64),
        AttributeKind([2, 5, 4, 11], "OU", "organizationalUnitName", "organizationUnit", most: 64),
        AttributeKind([2, 5, 4, 7], "L", "localityName", "locality", most: 128),
        AttributeKind([2, 5, 4, 8], "ST", "S", "stateOrProvinceName", "state", most: 128),
        AttributeKind([2, 5, 4, 6], "C", "countryName", "country", as: .printable, most: 2),
        AttributeKind([2, 5, 4, 9], "STREET", "streetAddress", most: 128),
        AttributeKind([0, 9, 2342, 19_200_300, 100, 1, 25], "DC", "domainComponent", as: .ia5),
        AttributeKind([0, 9, 2342, 19_200_300, 100, 1, 1], "UID", "userId"),
        AttributeKind([1, 2, 840, 113549, 1, 9, 1], "E", "emailAddress", "email", as: .ia5, most: 255),
        AttributeKind([2, 5, 4, 5], "serialNumber", as: .printable, most: 64),
        AttributeKind([2, 5, 4, 12], "T", "title", most: 64),
        AttributeKind([2, 5, 4, 42], "GN", "G", "givenName"),
        AttributeKind([2, 5, 4, 4], "SN", "surname"),
        AttributeKind([2, 5, 4, 43], "initials", "I"),
        AttributeKind([2, 5, 4, 44], "generationQualifier"),
        AttributeKind([2, 5, 4, 46], "dnQualifier", as: .printable),
        AttributeKind([2, 5, 4, 65], "pseudonym", most: 128),
        AttributeKind([2, 5, 4, 13], "description"),
        AttributeKind([2, 5, 4, 15], "businessCategory", most: 128),
        AttributeKind([2, 5, 4, 17], "postalCode", most: 40),
        AttributeKind([2, 5, 4, 97], "organizationIdentifier"),
        AttributeKind([1, 2, 840, 113549, 1, 9, 2], "unstructuredName"),
        AttributeKind([1, 2, 840, 113549, 1, 9, 8], "unstructuredAddress"),
    ]

    /// By a name, in any case.
    static func named(_ name: String) -> AttributeKind? {
        let wanted = name.lowercased()
        return all.first { $0.names.contains { $0.lowercased() == wanted } }
    }
}
