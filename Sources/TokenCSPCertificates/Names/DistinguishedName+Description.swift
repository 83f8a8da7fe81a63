internal import SwiftASN1
public import X509

extension DistinguishedName {
    /// The name as RFC 4514 writes it, the most specific part first: `CN=www.example.com,O=Example`.
    public var text: String {
        reversed().map { part in
            part.map { attribute in
                let name = AttributeKind.all.first { $0.oid == attribute.type }?.names.first
                return "\(name ?? "\(attribute.type)")=\(attribute.valueText)"
            }.joined(separator: "+")
        }.joined(separator: ",")
    }
}

extension RelativeDistinguishedName.Attribute {
    fileprivate var valueText: String {
        if let text = String(value) { return Self.escaped(text) }
        guard let bytes = try? CertificateDocument.bytes(ASN1Any(value)) else { return "" }
        if let text = Self.oldText(bytes) { return Self.escaped(text) }
        return "#" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Of a TeletexString, as Latin-1, and of a BMPString, with a length of one byte: what old Windows has put there.
    private static func oldText(_ der: [UInt8]) -> String? {
        guard der.count >= 2, der[1] < 0x80, der.count == Int(der[1]) + 2 else { return nil }
        let content = der.dropFirst(2)
        switch der[0] {
        case 0x14: return String(String.UnicodeScalarView(content.map { Unicode.Scalar($0) }))
        case 0x1E where content.count.isMultiple(of: 2):
            let units = stride(from: 2, to: der.count, by: 2).map { UInt16(der[$0]) << 8 | UInt16(der[$0 + 1]) }
            return String(validating: units, as: UTF16.self)
        default: return nil
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            let isEdge = index == 0 || index == scalars.count - 1
            if ",+\"\\<>;=".unicodeScalars.contains(scalar) || scalar == " " && isEdge || scalar == "#" && index == 0 {
                result += "\\"
            } else if scalar.value < 0x20 || scalar.value == 0x7F {
                result += "\\" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
                continue
            }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
