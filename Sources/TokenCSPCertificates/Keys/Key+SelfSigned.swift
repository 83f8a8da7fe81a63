internal import SwiftASN1
public import TokenCSP
public import X509

extension Key {
    /// A certificate for this key that it signs itself, on the token.
    ///
    /// Beside what the options say it has a subject key identifier (RFC 5280, section 4.2.1.2), and a random serial number
    /// of 159 bits.
    ///
    /// - Parameters:
    ///   - options: what it says. ``CertificateOptions/makeAuthority(pathLength:)`` makes it a root CA's.
    ///   - validity: how long.
    /// - Throws: as ``certificateRequest(_:)``.
    public func selfSignedCertificate(
        _ options: CertificateOptions, validity: CertificateValidity
    ) throws(CSPError) -> Certificate {
        guard !options.subject.isEmpty else {
            throw CSPError(.invalidParameter, "who signs a certificate needs a name: give a subject (CN=…)")
        }
        let key = try TokenPrivateKey(self)
        let algorithm = try key.signatureAlgorithm(options.hash)
        var extensions = try options.extensions()
        if !extensions.contains(where: { $0.oid == .X509ExtensionID.subjectKeyIdentifier }) {
            extensions.append(try .subjectKeyIdentifier(of: key.publicKey))
        }
        return try Certificate.signed(
            for: key.publicKey, options.subject, by: key, options.subject, algorithm, validity, extensions)
    }
}

extension Certificate {
    /// Writes a certificate and has it signed.
    static func signed(
        for publicKey: PublicKey, _ subject: DistinguishedName, by key: TokenPrivateKey, _ issuer: DistinguishedName,
        _ algorithm: SignatureAlgorithm, _ validity: CertificateValidity, _ extensions: [Extension]
    ) throws(CSPError) -> Certificate {
        let extensions = try Extensions(checking: extensions)
        return try certifying(.fail, "the certificate cannot be made") {
            try Certificate(
                version: .v3, serialNumber: SerialNumber(), publicKey: publicKey, notValidBefore: validity.from,
                notValidAfter: validity.to, issuer: issuer, subject: subject, signatureAlgorithm: algorithm,
                extensions: extensions, issuerPrivateKey: PrivateKey(key))
        }
    }
}

extension Certificate.Extension {
    /// SHA-1 of the key's bits, a name and no proof (RFC 5280, section 4.2.1.2).
    static func subjectKeyIdentifier(of key: Certificate.PublicKey) throws(CSPError) -> Certificate.Extension {
        try certifying(.fail, "the subject key identifier cannot be written") {
            try Certificate.Extension(SubjectKeyIdentifier(hash: key), critical: false)
        }
    }
}
