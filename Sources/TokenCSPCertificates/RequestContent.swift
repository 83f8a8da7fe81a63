internal import SwiftASN1
public import TokenCSP
internal import X509

/// What can be checked of a certificate request without a CA: whose key it is for, and whether that key signed it.
public struct RequestContent: Sendable, Hashable {
    /// The public key, as a SubjectPublicKeyInfo in DER.
    public let subjectPublicKeyInfo: [UInt8]
    /// Whether the key of the request signed it as it stands.
    public let isSigned: Bool

    /// - Parameter pem: a request alone, written as ``TokenCSPCertificates/CertificateDocument/pem(_:_:)`` writes it.
    /// - Throws: NTE_BAD_DATA, naming what is wrong.
    public init(pem: String) throws(CSPError) {
        let request = try CertificateSigningRequest(fileContent: Array(pem.utf8))
        guard try request.pem() == pem else {
            throw CSPError(.badData, "the PEM holds more than the certificate request, or is written in another way")
        }
        subjectPublicKeyInfo = try CertificateDocument.bytes(request.publicKey)
        isSigned = request.publicKey.isValidSignature(request.signature, for: request)
    }
}
