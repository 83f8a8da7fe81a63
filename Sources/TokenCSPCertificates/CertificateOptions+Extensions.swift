internal import SwiftASN1
internal import TokenCSP
internal import X509

extension CertificateOptions {
    /// The extensions that the options ask for, in the usual order.
    ///
    /// - Throws: ERROR_INVALID_PARAMETER for one that is given twice, and for a certificate that is nobody's.
    func extensions() throws(CSPError) -> [Certificate.Extension] {
        let namesOtherwise = otherExtensions.contains { $0.oid == .X509ExtensionID.subjectAlternativeName }
        guard !subject.isEmpty || !alternativeNames.isEmpty || namesOtherwise else {
            throw CSPError(
                .invalidParameter, "a certificate names somebody: give a subject (CN=…) or an alternative name (dns:…)")
        }
        var made = try certifying(.invalidParameter, "an extension cannot be written") {
            var made: [Certificate.Extension] = []
            if let basicConstraints { made.append(try Certificate.Extension(basicConstraints, critical: false)) }
            if let keyUsage, !keyUsage.isEmpty { made.append(try Certificate.Extension(keyUsage, critical: false)) }
            if !extendedKeyUsage.isEmpty {
                made.append(try Certificate.Extension(ExtendedKeyUsage(extendedKeyUsage), critical: false))
            }
            if !alternativeNames.isEmpty {
                made.append(try Certificate.Extension(SubjectAlternativeNames(alternativeNames), critical: false))
            }
            return made
        }
        made += otherExtensions
        var seen: Set<ASN1ObjectIdentifier> = []
        for index in made.indices {
            let oid = made[index].oid
            guard seen.insert(oid).inserted else {
                throw CSPError(
                    .invalidParameter, "the extension \(oid) is given twice, by its name and by its identifier")
            }
            let mustBe = oid == .X509ExtensionID.subjectAlternativeName && subject.isEmpty
            if criticalExtensions.contains(oid) || mustBe { made[index].critical = true }
        }
        return made
    }
}

extension Certificate.Extensions {
    /// - Throws: ERROR_INVALID_PARAMETER where one is there twice.
    init(checking list: [Certificate.Extension]) throws(CSPError) {
        self = try certifying(.invalidParameter, "the extensions cannot be written") {
            try Certificate.Extensions(list)
        }
    }
}
