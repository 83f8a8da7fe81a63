internal import SwiftASN1
public import TokenCSP
public import X509

extension Key {
    /// A certificate request (PKCS #10) for this key, signed by it on the token.
    ///
    /// - Parameter options: what the certificate is to say.
    /// - Throws: ERROR_INVALID_PARAMETER for options that cannot be; NTE_BAD_KEY for a key that does not sign; NTE_BAD_ALGID
    ///   for a hash that it does not sign with; and what signing throws.
    public func certificateRequest(_ options: CertificateOptions) throws(CSPError) -> CertificateSigningRequest {
        let key = try TokenPrivateKey(self)
        let algorithm = try key.signatureAlgorithm(options.hash)
        let extensions = try Certificate.Extensions(checking: options.extensions())
        return try certifying(.fail, "the certificate request cannot be made") {
            var attributes = CertificateSigningRequest.Attributes()
            if !extensions.isEmpty {
                attributes.insert(try CertificateSigningRequest.Attribute(ExtensionRequest(extensions: extensions)))
            }
            return try CertificateSigningRequest(
                version: .v1, subject: options.subject, privateKey: Certificate.PrivateKey(key),
                attributes: attributes, signatureAlgorithm: algorithm)
        }
    }
}
