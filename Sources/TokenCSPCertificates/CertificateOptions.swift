public import SwiftASN1
public import TokenCSP
public import X509

/// What a certificate is to say: of a request, of a self-signed certificate, of one that a CA issues.
///
///     var options = try CertificateOptions(subject: "CN=www.example.com, O=Example")
///     try options.addAlternativeName("dns:www.example.com")
///     options.keyUsage = KeyUsage(digitalSignature: true)
///     try options.addExtendedKeyUsage("serverAuth")
///     let request = try key.certificateRequest(options)
public struct CertificateOptions: Sendable {
    /// Whose certificate it is. May be empty where there is an alternative name.
    public var subject: DistinguishedName
    /// Hosts, addresses and mailboxes (subjectAltName).
    public var alternativeNames: [GeneralName] = []
    /// What the key may be used for; nil says nothing.
    public var keyUsage: KeyUsage?
    /// What for, more closely; none says nothing.
    public var extendedKeyUsage: [ExtendedKeyUsage.Usage] = []
    /// Whether it is a CA's, and how many CAs may follow below it; nil says nothing, which means that it is none.
    public var basicConstraints: BasicConstraints?
    /// Extensions beyond these, as they stand in the certificate.
    public var otherExtensions: [Certificate.Extension] = []
    /// The extensions that who reads the certificate must understand or else refuse it. `subjectAltName` is one where the
    /// subject is empty (RFC 5280, section 4.2.1.6).
    public var criticalExtensions: Set<ASN1ObjectIdentifier> = [
        .X509ExtensionID.keyUsage, .X509ExtensionID.basicConstraints,
    ]
    /// The hash that is signed; nil for the signing key's own: SHA-256, of P-384 SHA-384, of P-521 SHA-512. Ed25519 takes
    /// none.
    public var hash: HashKind?

    /// - Parameter subject: whose certificate it is.
    public init(subject: DistinguishedName = DistinguishedName()) {
        self.subject = subject
    }

    // MARK: - From text

    /// - Parameter subject: as ``X509/DistinguishedName/init(text:isForward:)`` reads it.
    /// - Throws: ERROR_INVALID_PARAMETER.
    public init(subject: String) throws(CSPError) {
        self.init(subject: try DistinguishedName(text: subject))
    }

    /// - Parameter text: `dns:www.example.com` and such; ``X509/GeneralName/init(text:)`` lists the forms.
    /// - Throws: ERROR_INVALID_PARAMETER.
    public mutating func addAlternativeName(_ text: String) throws(CSPError) {
        alternativeNames.append(try GeneralName(text: text))
    }

    /// - Parameter names: `digitalSignature` and such; none says nothing.
    /// - Throws: ERROR_INVALID_PARAMETER.
    public mutating func setKeyUsage(_ names: [String]) throws(CSPError) {
        keyUsage = names.isEmpty ? nil : try KeyUsage(names: names)
    }

    /// - Parameter name: `serverAuth` and such, or an object identifier.
    /// - Throws: ERROR_INVALID_PARAMETER.
    public mutating func addExtendedKeyUsage(_ name: String) throws(CSPError) {
        extendedKeyUsage.append(try ExtendedKeyUsage.Usage(name: name))
    }

    /// - Parameters:
    ///   - identifier: an object identifier, `1.3.6.1.4.1.311.20.2`.
    ///   - value: in DER: what the extension's OCTET STRING holds.
    /// - Throws: ERROR_INVALID_PARAMETER for an identifier that is none, and for one that is there already.
    public mutating func addExtension(_ identifier: String, value: [UInt8], isCritical: Bool = false) throws(CSPError) {
        let oid = try ASN1ObjectIdentifier(dotted: identifier)
        guard !otherExtensions.contains(where: { $0.oid == oid }) else {
            throw CSPError(.invalidParameter, "the extension \(identifier) is given twice")
        }
        otherExtensions.append(Certificate.Extension(oid: oid, critical: isCritical, value: value[...]))
    }

    /// Makes it a CA's: basic constraints, and the usages keyCertSign and cRLSign beside those that are set.
    ///
    /// - Parameter pathLength: how many CAs may follow below it; nil for any number.
    /// - Throws: ERROR_INVALID_PARAMETER for a negative one.
    public mutating func makeAuthority(pathLength: Int? = nil) throws(CSPError) {
        if let pathLength, !(0...255).contains(pathLength) {
            throw CSPError(.invalidParameter, "a path length of \(pathLength): 0 to 255 are possible")
        }
        basicConstraints = .isCertificateAuthority(maxPathLength: pathLength)
        var usage = keyUsage ?? KeyUsage()
        usage.keyCertSign = true
        usage.cRLSign = true
        keyUsage = usage
    }
}
