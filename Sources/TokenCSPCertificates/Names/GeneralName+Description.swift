internal import Glibc
internal import SwiftASN1
public import X509

extension GeneralName {
    /// The name in the form that ``init(text:)`` reads; of kinds that it does not, what swift-certificates says of them.
    public var text: String {
        switch self {
        case .dnsName(let name): return "dns:" + name
        case .rfc822Name(let name): return "email:" + name
        case .uniformResourceIdentifier(let name): return "uri:" + name
        case .directoryName(let name): return "dn:" + name.text
        case .registeredID(let oid): return "rid:\(oid)"
        case .ipAddress(let address): return Self.text(address) ?? description
        case .otherName(let name):
            guard name.typeID == Self.principalNameID, let value = name.value,
                let text = try? ASN1UTF8String(asn1Any: value)
            else { return description }
            return "upn:" + String(text)
        case .x400Address, .ediPartyName: return description
        }
    }

    private static func text(_ address: ASN1OctetString) -> String? {
        let family = address.bytes.count == 4 ? AF_INET : AF_INET6
        guard address.bytes.count == 4 || address.bytes.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, Array(address.bytes), &text, socklen_t(text.count)) != nil else { return nil }
        let digits = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return "ip:" + String(decoding: digits, as: UTF8.self)
    }
}
