public import SwiftASN1
public import TokenCSP
internal import X509

extension CertificateAuthority {
    /// - Parameters:
    ///   - key: the CA's key pair.
    ///   - fileContent: its certificate, in PEM or DER.
    /// - Throws: as ``init(key:certificate:)``; NTE_BAD_DATA.
    public init(key: Key, fileContent: [UInt8]) throws(CSPError) {
        try self.init(key: key, certificate: Certificate(fileContent: fileContent))
    }

    /// Issues a certificate for a request in PEM or DER; otherwise as ``issue(_:options:validity:adopting:)``.
    ///
    /// - Throws: as it does; NTE_BAD_DATA.
    public func issue(
        fileContent: [UInt8], options: CertificateOptions = CertificateOptions(), validity: CertificateValidity,
        adopting: Set<ASN1ObjectIdentifier> = Self.adopted
    ) throws(CSPError) -> Issued {
        let request = try CertificateSigningRequest(fileContent: fileContent)
        return try issue(request, options: options, validity: validity, adopting: adopting)
    }

    /// ``adopted`` and others, by their identifiers.
    ///
    /// - Throws: ERROR_INVALID_PARAMETER.
    public static func adopted(and identifiers: [String]) throws(CSPError) -> Set<ASN1ObjectIdentifier> {
        var all = adopted
        for identifier in identifiers { all.insert(try ASN1ObjectIdentifier(dotted: identifier)) }
        return all
    }
}
