internal import FoundationEssentials
public import SwiftASN1
public import TokenCSP
public import X509

/// A CA whose key is on a token: it issues certificates for requests.
///
///     let authority = try CertificateAuthority(key: key, certificate: Certificate(fileContent: pem))
///     let issued = try authority.issue(request, validity: CertificateValidity(days: 365))
public struct CertificateAuthority: Sendable {
    /// The CA's own certificate.
    public let certificate: Certificate
    private let key: TokenPrivateKey
    /// How many CAs may follow below this one; nil for any number.
    private let pathLength: Int?

    /// - Parameters:
    ///   - key: the CA's key pair.
    ///   - certificate: its certificate: of a CA, of this key, and good now.
    /// - Throws: NTE_BAD_PUBLIC_KEY for a certificate of another key; NTE_PERM for one that is no CA's, or not good now;
    ///   NTE_BAD_KEY for a key that does not sign.
    public init(key: Key, certificate: Certificate) throws(CSPError) {
        self.key = try TokenPrivateKey(key)
        guard certificate.publicKey == self.key.publicKey else {
            throw CSPError(
                .badPublicKey, "the CA's certificate (\(certificate.subject.text)) is not that of the CA's key")
        }
        pathLength = try Self.pathLength(certificate)
        self.certificate = certificate
    }

    private static func pathLength(_ certificate: Certificate) throws(CSPError) -> Int? {
        let name = certificate.subject.text
        let (constraints, usage) = try certifying(.badData, "the CA's certificate (\(name)) cannot be read") {
            (try certificate.extensions.basicConstraints, try certificate.extensions.keyUsage)
        }
        guard case .isCertificateAuthority(let pathLength) = constraints else {
            throw CSPError(
                .permission, "the certificate of \(name) is no CA's: its basic constraints do not say CA:TRUE (--ca)")
        }
        guard usage?.keyCertSign ?? true else {
            throw CSPError(.permission, "the certificate of \(name) lacks the key usage keyCertSign")
        }
        guard certificate.notValidAfter >= .now else {
            throw CSPError(
                .permission,
                "the CA's certificate (\(name)) has expired on \(certificate.notValidAfter.iso8601): renew it first")
        }
        guard certificate.notValidBefore <= .now else {
            throw CSPError(
                .permission,
                "the CA's certificate (\(name)) is not good before \(certificate.notValidBefore.iso8601)")
        }
        return pathLength
    }

    // MARK: - Issuing

    /// The extensions of a request that a certificate takes over: names, and usages but for those of a CA and its
    /// responders, and the one that stands for all.
    public static let adopted: Set<ASN1ObjectIdentifier> = [
        .X509ExtensionID.subjectAlternativeName, .X509ExtensionID.keyUsage, .X509ExtensionID.extendedKeyUsage,
    ]

    /// A certificate, and what of its request it does not have.
    public struct Issued: Sendable {
        public let certificate: Certificate
        /// Identifiers of the request's extensions, and of its extended key usages, that were not taken over.
        public let leftOut: [String]
    }

    /// The usages that a request does not get by asking for them: they speak for the CA, or for everything. The issuer's
    /// options may have them.
    private static let reserved: Set<ExtendedKeyUsage.Usage> = [.any, .ocspSigning]

    /// Issues a certificate for a request, after its signature has proved that who asks has the key.
    ///
    /// The certificate has the request's subject and, of its extensions, those in `adopting`; what the options say comes
    /// before what the request says. That the certificate is a CA's is never the request's to say: it takes
    /// ``CertificateOptions/makeAuthority(pathLength:)``. Key identifiers of both sides and a random serial number of 159
    /// bits are put in.
    ///
    /// - Parameters:
    ///   - options: the issuer's word: subject (an empty one: the request's), names, usages, constraints, hash.
    ///   - validity: within that of the CA's own certificate.
    ///   - adopting: extensions to take over.
    /// - Throws: NTE_BAD_SIGNATURE for a request that its key has not signed; NTE_PERM beyond the CA's own time or
    ///   path length, and for its own name with another key; ERROR_INVALID_PARAMETER for options that cannot be; and what signing throws.
    public func issue(
        _ request: CertificateSigningRequest, options: CertificateOptions = CertificateOptions(),
        validity: CertificateValidity, adopting: Set<ASN1ObjectIdentifier> = Self.adopted
    ) throws(CSPError) -> Issued {
        guard request.publicKey.isValidSignature(request.signature, for: request) else {
            throw CSPError(
                .badSignature, "the request's signature does not verify: it was changed, or who made it has not its key"
            )
        }
        guard validity.from >= certificate.notValidBefore else {
            throw CSPError(
                .permission,
                "a certificate begins after its CA's does, which is on \(certificate.notValidBefore.iso8601): choose a later "
                    + "beginning (--not-before)")
        }
        guard validity.to <= certificate.notValidAfter else {
            throw CSPError(
                .permission,
                "a certificate ends before its CA's does, which is on \(certificate.notValidAfter.iso8601): choose an earlier end "
                    + "(--days, --not-after)")
        }
        // RFC 5280's chains go by names, and who has the CA's would stand for it.
        let subject = options.subject.isEmpty ? request.subject : options.subject
        guard subject != certificate.subject || request.publicKey == certificate.publicKey else {
            throw CSPError(
                .permission,
                "the certificate would have the CA's own name (\(certificate.subject.text)) for another key: give another "
                    + "subject (--subject)")
        }
        var options = options
        let leftOut = try options.adopt(request, adopting, but: Self.reserved)
        try limitPath(&options)

        var extensions = try options.extensions()
        for made in [
            try Certificate.Extension.subjectKeyIdentifier(of: request.publicKey), try authorityKeyIdentifier(),
        ]
        where !extensions.contains(where: { $0.oid == made.oid }) {
            extensions.append(made)
        }
        let issued = try Certificate.signed(
            for: request.publicKey, options.subject, by: key, certificate.subject,
            try key.signatureAlgorithm(options.hash), validity, extensions)
        return Issued(certificate: issued, leftOut: leftOut)
    }

    /// Holds a CA below this one to what this one's path length leaves.
    private func limitPath(_ options: inout CertificateOptions) throws(CSPError) {
        guard case .isCertificateAuthority(let wanted) = options.basicConstraints else {
            options.basicConstraints = .notCertificateAuthority
            return
        }
        guard let pathLength else { return }
        guard pathLength > 0 else {
            throw CSPError(
                .permission, "the CA (\(certificate.subject.text)) may issue no CA's certificate: its path length is 0")
        }
        if let wanted, wanted >= pathLength {
            throw CSPError(
                .permission, "a path length of \(wanted) below one of \(pathLength): \(pathLength - 1) is the most")
        }
        options.basicConstraints = .isCertificateAuthority(maxPathLength: wanted ?? pathLength - 1)
    }

    /// As the CA's certificate names its key.
    private func authorityKeyIdentifier() throws(CSPError) -> Certificate.Extension {
        try certifying(.badData, "the CA's key identifier cannot be read") {
            let own =
                try certificate.extensions.subjectKeyIdentifier ?? SubjectKeyIdentifier(hash: certificate.publicKey)
            return try Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: own.keyIdentifier), critical: false)
        }
    }
}

extension CertificateOptions {
    /// Takes from a request what these options leave open.
    ///
    /// - Returns: the extensions of the request, and its extended key usages, that were not taken.
    fileprivate mutating func adopt(
        _ request: CertificateSigningRequest, _ adopting: Set<ASN1ObjectIdentifier>,
        but reserved: Set<ExtendedKeyUsage.Usage>
    ) throws(CSPError) -> [String] {
        if subject.isEmpty { subject = request.subject }
        let wanted = try certifying(.badData, "the request's extensions cannot be read") {
            try request.attributes.extensionRequest?.extensions ?? Certificate.Extensions()
        }
        var leftOut: [String] = []
        for wanted in wanted {
            if wanted.oid == .X509ExtensionID.extendedKeyUsage, adopting.contains(wanted.oid), extendedKeyUsage.isEmpty
            {
                leftOut += try adoptUsages(wanted, but: reserved)
                continue
            }
            let isTaken = adopting.contains(wanted.oid) ? try adopt(wanted) : false
            if !isTaken { leftOut.append("\(wanted.oid)") }
        }
        return leftOut
    }

    /// Takes the extended key usages over that a request may ask for.
    ///
    /// - Returns: the identifiers of the others.
    private mutating func adoptUsages(
        _ wanted: Certificate.Extension, but reserved: Set<ExtendedKeyUsage.Usage>
    ) throws(CSPError) -> [String] {
        let isGiven = otherExtensions.contains { $0.oid == wanted.oid }
        guard !isGiven else { return ["\(wanted.oid)"] }
        let usages = try certifying(.badData, "the request's extension \(wanted.oid) cannot be read") {
            Array(try ExtendedKeyUsage(wanted))
        }
        extendedKeyUsage = usages.filter { !reserved.contains($0) }
        return usages.filter { reserved.contains($0) }.map { "\(ASN1ObjectIdentifier($0))" }
    }

    /// Takes one extension over, unless these options say otherwise.
    private mutating func adopt(_ wanted: Certificate.Extension) throws(CSPError) -> Bool {
        let isGiven = otherExtensions.contains { $0.oid == wanted.oid }
        guard !isGiven else { return false }
        return try certifying(.badData, "the request's extension \(wanted.oid) cannot be read") {
            switch wanted.oid {
            case .X509ExtensionID.subjectAlternativeName:
                guard alternativeNames.isEmpty else { return false }
                alternativeNames = Array(try SubjectAlternativeNames(wanted))
            case .X509ExtensionID.keyUsage:
                var usage = try KeyUsage(wanted)
                // A CA's options have put their own in.
                guard keyUsage == nil else { return false }
                usage.keyCertSign = false
                usage.cRLSign = false
                keyUsage = usage
            case .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.basicConstraints,
                .X509ExtensionID.authorityKeyIdentifier,
                .X509ExtensionID.subjectKeyIdentifier:
                return false
            default:
                otherExtensions.append(wanted)
            }
            return true
        }
    }
}

extension Date {
    /// `2026-11-23T12:00:00Z`.
    var iso8601: String { formatted(.iso8601) }
}
