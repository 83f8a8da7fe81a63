internal import Glibc
internal import SwiftASN1
public import TokenCSP
public import X509

extension GeneralName {
    /// An alternative name from a text of the form `KIND:VALUE`.
    ///
    /// | text | what it is |
    /// | --- | --- |
    /// | `dns:www.example.com` | a host, `dns:*.example.com` all of a domain |
    /// | `ip:192.0.2.1`, `ip:2001:db8::1` | an address |
    /// | `email:alice@example.com` | a mailbox |
    /// | `uri:https://example.com/` | a URI |
    /// | `upn:alice@example.com` | Windows' user principal name |
    /// | `dn:CN=Alice,O=Example` | a distinguished name |
    /// | `rid:1.2.3.4` | a registered object identifier |
    ///
    /// - Throws: ERROR_INVALID_PARAMETER, naming the value and what is allowed.
    public init(text: String) throws(CSPError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Self.fault(text, Self.forms) }
        let value = String(parts[1])
        switch parts[0].lowercased() {
        case "dns": self = .dnsName(try Self.hostName(value, text))
        case "ip": self = .ipAddress(try Self.address(value, text))
        case "email": self = .rfc822Name(try Self.mailbox(value, text))
        case "uri": self = .uniformResourceIdentifier(try Self.identifier(value, text))
        case "upn": self = .otherName(try Self.principalName(value, text))
        case "dn": self = .directoryName(try DistinguishedName(text: value))
        case "rid": self = .registeredID(try ASN1ObjectIdentifier(dotted: value))
        default: throw Self.fault(text, Self.forms)
        }
    }

    private static let forms =
        "it has none of the forms dns:NAME, ip:ADDRESS, email:MAILBOX, uri:URI, upn:NAME, dn:NAME and rid:OID"

    /// Windows' object identifier of user principal names (szOID_NT_PRINCIPAL_NAME).
    static let principalNameID: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 311, 20, 2, 3]

    // MARK: - Kinds

    private static func hostName(_ value: String, _ text: String) throws(CSPError) -> String {
        guard value.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw fault(text, "a host name has ASCII letters alone: write others in their xn-- form")
        }
        let labels = value.split(separator: ".", omittingEmptySubsequences: false)
        for (index, label) in labels.enumerated() {
            let isWildcard = label == "*" && index == 0 && labels.count > 1
            let isName =
                label.utf8.allSatisfy { Self.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
                && (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            guard isWildcard || isName else {
                throw fault(
                    text,
                    "a host name is labels of letters, digits and hyphens, with dots between them; the first may be *")
            }
        }
        guard value.utf8.count <= 253 else { throw fault(text, "a host name has 253 characters at most") }
        return value
    }

    private static func address(_ value: String, _ text: String) throws(CSPError) -> ASN1OctetString {
        for (family, size) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: size)
            if inet_pton(family, value, &bytes) == 1 { return ASN1OctetString(contentBytes: bytes[...]) }
        }
        throw fault(text, "an address is four numbers such as 192.0.2.1, or IPv6 such as 2001:db8::1, without a mask")
    }

    private static func mailbox(_ value: String, _ text: String) throws(CSPError) -> String {
        let parts = value.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, isPlain(value) else {
            throw fault(text, "a mailbox is NAME@DOMAIN in ASCII")
        }
        _ = try hostName(String(parts[1]), text)
        return value
    }

    private static func identifier(_ value: String, _ text: String) throws(CSPError) -> String {
        let scheme = value.prefix { $0 != ":" }
        guard isPlain(value), scheme.utf8.count < value.utf8.count - 1,
            scheme.utf8.first.map({ Self.isAlphanumeric($0) && $0 > UInt8(ascii: "9") }) ?? false,
            scheme.utf8.allSatisfy({ Self.isAlphanumeric($0) || "+-.".utf8.contains($0) })
        else { throw fault(text, "a URI is absolute and in ASCII, such as https://example.com/") }
        return value
    }

    private static func principalName(_ value: String, _ text: String) throws(CSPError) -> OtherName {
        guard !value.isEmpty, !value.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw fault(text, "a user principal name is NAME@DOMAIN")
        }
        return try certifying(.invalidParameter, "alternative name \"\(text)\"") {
            OtherName(typeID: principalNameID, value: try ASN1Any(erasing: ASN1UTF8String(value)))
        }
    }

    // MARK: - Characters

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    /// Printed ASCII without blanks.
    private static func isPlain(_ value: String) -> Bool { value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }

    private static func fault(_ text: String, _ what: String) -> CSPError {
        CSPError(.invalidParameter, "alternative name \"\(text)\": \(what)")
    }
}
