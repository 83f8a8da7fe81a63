internal import SwiftASN1
public import TokenCSP
public import X509

/// What an extended key usage is called.
private let usageNames: [(oid: ASN1ObjectIdentifier, name: String)] = [
    ([1, 3, 6, 1, 5, 5, 7, 3, 1], "serverAuth"), ([1, 3, 6, 1, 5, 5, 7, 3, 2], "clientAuth"),
    ([1, 3, 6, 1, 5, 5, 7, 3, 3], "codeSigning"), ([1, 3, 6, 1, 5, 5, 7, 3, 4], "emailProtection"),
    ([1, 3, 6, 1, 5, 5, 7, 3, 8], "timeStamping"), ([1, 3, 6, 1, 5, 5, 7, 3, 9], "OCSPSigning"),
    ([1, 3, 6, 1, 5, 5, 7, 3, 17], "ipsecIKE"), ([1, 3, 6, 1, 5, 5, 7, 3, 21], "sshClient"),
    ([1, 3, 6, 1, 5, 5, 7, 3, 22], "sshServer"), ([1, 3, 6, 1, 5, 2, 3, 4], "pkinitClientAuth"),
    ([1, 3, 6, 1, 5, 2, 3, 5], "pkinitKDC"), ([1, 3, 6, 1, 4, 1, 311, 20, 2, 2], "msSmartcardLogin"),
    ([1, 3, 6, 1, 4, 1, 311, 10, 3, 4], "msEFS"), ([1, 3, 6, 1, 4, 1, 311, 10, 3, 12], "msDocumentSigning"),
    ([1, 3, 6, 1, 4, 1, 311, 10, 3, 1], "msCTLSign"), ([2, 5, 29, 37, 0], "anyExtendedKeyUsage"),
]

extension ExtendedKeyUsage.Usage {
    /// A usage by its name in RFC 5280 or openssl, in any case (`serverAuth`), or by its object identifier.
    ///
    /// - Throws: ERROR_INVALID_PARAMETER, with names that there are.
    public init(name: String) throws(CSPError) {
        if ASN1ObjectIdentifier.isMeant(by: name) {
            self.init(oid: try ASN1ObjectIdentifier(dotted: name))
            return
        }
        let wanted = name.lowercased() == "any" ? "anyextendedkeyusage" : name.lowercased()
        guard let known = usageNames.first(where: { $0.name.lowercased() == wanted }) else {
            throw CSPError(
                .invalidParameter,
                "there is no extended key usage \"\(name)\": \(usageNames.map(\.name).joined(separator: ", ")) are there, and "
                    + "any goes by its object identifier")
        }
        self.init(oid: known.oid)
    }

    /// The usage's name, else its object identifier.
    public var name: String {
        let oid = ASN1ObjectIdentifier(self)
        return usageNames.first { $0.oid == oid }?.name ?? "\(oid)"
    }
}
