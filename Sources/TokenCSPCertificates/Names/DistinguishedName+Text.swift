internal import SwiftASN1
public import TokenCSP
public import X509

extension DistinguishedName {
    /// A distinguished name from a line of text.
    ///
    ///     CN=www.example.com, OU=Web, O=Example, C=DE     RFC 4514, the most specific part first
    ///     /C=DE/O=Example/OU=Web/CN=www.example.com       as openssl's -subj has it
    ///
    /// Names of attributes are those of RFC 4514, openssl and Windows, or object identifiers; a value may be in double
    /// quotes, and escapes what separates by a backslash; `#` begins a value in DER, in hexadecimal digits.
    ///
    /// - Parameters:
    ///   - text: the name; an empty one is an empty name.
    ///   - isForward: whether the text has the parts in the certificate's own order, the most general first. RFC 4514 has
    ///     them the other way round.
    /// - Throws: ERROR_INVALID_PARAMETER, naming the part and what is allowed.
    public init(text: String, isForward: Bool = false) throws(CSPError) {
        let isSlashed = text.utf8.first == UInt8(ascii: "/")
        var parser = NameParser(text, separators: isSlashed ? ["/"] : [",", ";"])
        let parts = try parser.parse()
        self.init(isSlashed || isForward ? parts : parts.reversed())
    }
}

/// Reads a distinguished name's text.
private struct NameParser {
    private let text: String
    private let separators: Set<Unicode.Scalar>
    private var rest: Substring.UnicodeScalarView

    init(_ text: String, separators: Set<Unicode.Scalar>) {
        self.text = text
        self.separators = separators
        rest = text[...].unicodeScalars
        if separators.contains("/") { rest = rest.dropFirst() }
    }

    mutating func parse() throws(CSPError) -> [RelativeDistinguishedName] {
        var parts: [RelativeDistinguishedName] = []
        skipBlanks()
        guard !rest.isEmpty else { return [] }
        while true {
            var attributes: [RelativeDistinguishedName.Attribute] = [try attribute()]
            while rest.first == "+" {
                rest = rest.dropFirst()
                attributes.append(try attribute())
            }
            parts.append(RelativeDistinguishedName(attributes))
            guard rest.popFirst() != nil else { return parts }
        }
    }

    /// `TYPE=VALUE`, up to what separates it from the next.
    private mutating func attribute() throws(CSPError) -> RelativeDistinguishedName.Attribute {
        skipBlanks()
        guard let equals = rest.firstIndex(where: { $0 == "=" || isSeparator($0) }), rest[equals] == "=" else {
            throw fault("\"\(preview)\" is no TYPE=VALUE")
        }
        var type = Self.trimmed(String(rest[..<equals]))
        rest = rest[equals...].dropFirst()
        if type.lowercased().hasPrefix("oid.") { type = String(type.dropFirst(4)) }
        let isDotted = ASN1ObjectIdentifier.isMeant(by: type)
        let oid: ASN1ObjectIdentifier
        var kind: AttributeKind?
        if isDotted {
            let dotted = try ASN1ObjectIdentifier(dotted: type)
            oid = dotted
            kind = AttributeKind.all.first { $0.oid == dotted }
        } else {
            guard let known = AttributeKind.named(type) else {
                throw fault(
                    "the attribute \"\(type)\" is not known; CN, O, OU, L, ST, C, DC, UID, E and serialNumber are some that"
                        + " are, and any goes by its object identifier")
            }
            oid = known.oid
            kind = known
        }
        skipBlanks()
        if rest.first == "#" { return .init(type: oid, value: try encodedValue(type)) }
        let value = rest.first == "\"" ? try quotedValue(type) : try plainValue(type)
        try check(value, type, kind)
        return try certifying(.invalidParameter, "subject \"\(text)\", \(type)") {
            switch kind?.encoding ?? .utf8 {
            case .utf8: .init(type: oid, utf8String: value)
            case .printable: try .init(type: oid, printableString: value)
            case .ia5: try .init(type: oid, ia5String: value)
            }
        }
    }

    // MARK: - Values

    private mutating func plainValue(_ type: String) throws(CSPError) -> String {
        var bytes: [UInt8] = []
        // Blanks at the end belong to it where they are escaped.
        var kept = 0
        while let scalar = rest.first, !isSeparator(scalar) {
            rest = rest.dropFirst()
            if scalar == "\\" {
                bytes += try escaped(type)
                kept = bytes.count
            } else {
                guard scalar != "\"" else { throw fault("\(type): a quotation mark within a value is escaped: \\\"") }
                bytes += Array(String(scalar).utf8)
                if scalar != " " { kept = bytes.count }
            }
        }
        return try string(Array(bytes.prefix(kept)), type)
    }

    /// RFC 1779 and Windows: two quotation marks within stand for one.
    private mutating func quotedValue(_ type: String) throws(CSPError) -> String {
        var bytes: [UInt8] = []
        rest = rest.dropFirst()
        while let scalar = rest.popFirst() {
            if scalar == "\\" {
                bytes += try escaped(type)
            } else if scalar == "\"" {
                guard rest.first == "\"" else {
                    skipBlanks()
                    guard rest.first.map(isSeparator) ?? true else {
                        throw fault("\(type): after a quoted value comes a comma, not \"\(preview)\"")
                    }
                    return try string(bytes, type)
                }
                rest = rest.dropFirst()
                bytes.append(UInt8(ascii: "\""))
            } else {
                bytes += Array(String(scalar).utf8)
            }
        }
        throw fault("\(type): the quotation mark at the value's end is missing")
    }

    private mutating func escaped(_ type: String) throws(CSPError) -> [UInt8] {
        guard let next = rest.popFirst() else { throw fault("\(type): a backslash at the end escapes nothing") }
        guard let high = Self.nibble(next), let low = rest.first.flatMap(Self.nibble) else {
            return Array(String(next).utf8)
        }
        rest = rest.dropFirst()
        return [high << 4 | low]
    }

    private mutating func encodedValue(_ type: String) throws(CSPError) -> ASN1Any {
        let end = rest.firstIndex(where: isSeparator) ?? rest.endIndex
        let digits = Self.trimmed(String(rest[..<end].dropFirst())).unicodeScalars
        rest = rest[end...]
        let nibbles = digits.compactMap(Self.nibble)
        guard nibbles.count == digits.count, nibbles.count.isMultiple(of: 2), !nibbles.isEmpty else {
            throw fault("\(type): after # come hexadecimal digits, two a byte")
        }
        let bytes = stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
        return try certifying(.invalidParameter, "subject \"\(text)\", \(type): after # comes DER") {
            ASN1Any(derEncoded: try DER.parse(bytes))
        }
    }

    private func string(_ bytes: [UInt8], _ type: String) throws(CSPError) -> String {
        guard let value = String(validating: bytes, as: UTF8.self) else {
            throw fault("\(type): the escaped bytes are no UTF-8")
        }
        return value
    }

    private func check(_ value: String, _ type: String, _ kind: AttributeKind?) throws(CSPError) {
        guard !value.isEmpty else { throw fault("\(type) has no value: leave it out") }
        guard !value.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw fault("\(type): a control character is in the value")
        }
        let count = value.unicodeScalars.count
        if let limit = kind?.limit, count > limit {
            throw fault("\(type): a value of \(count) characters; \(limit) are the most (RFC 5280)")
        }
        if kind?.names.first == "C", count != 2 {
            throw fault("\(type): a country is two letters (ISO 3166), such as DE")
        }
    }

    // MARK: - Parts

    private func isSeparator(_ scalar: Unicode.Scalar) -> Bool { separators.contains(scalar) || scalar == "+" }

    private mutating func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "\r" || $0 == "\t" } }

    private static func nibble(_ scalar: Unicode.Scalar) -> UInt8? {
        scalar.isASCII ? Character(scalar).hexDigitValue.map { UInt8(truncatingIfNeeded: $0) } : nil
    }

    private static func trimmed(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, first == " " { scalars = scalars.dropFirst() }
        while let last = scalars.last, last == " " { scalars = scalars.dropLast() }
        return String(scalars)
    }

    private var preview: String { String(rest.prefix(20)) + (rest.count > 20 ? "…" : "") }

    private func fault(_ what: String) -> CSPError {
        CSPError(.invalidParameter, "subject \"\(text)\": \(what)")
    }
}
