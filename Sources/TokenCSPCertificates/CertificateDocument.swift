internal import SwiftASN1
public import TokenCSP
public import X509

extension CertificateSigningRequest {
    /// A request from a file's content: PEM (`CERTIFICATE REQUEST`, `NEW CERTIFICATE REQUEST`) or DER.
    ///
    /// - Throws: NTE_BAD_DATA, naming what is wrong.
    public init(fileContent: [UInt8]) throws(CSPError) {
        let der = try CertificateDocument.der(
            fileContent, ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"], "a certificate request")
        self = try certifying(.badData, "the certificate request cannot be read") {
            try CertificateSigningRequest(derEncoded: der)
        }
    }

    /// The request in DER.
    public func derBytes() throws(CSPError) -> [UInt8] { try CertificateDocument.bytes(self) }

    /// The request as text, `-----BEGIN CERTIFICATE REQUEST-----`, with a final newline.
    public func pem() throws(CSPError) -> String {
        CertificateDocument.pem(try derBytes(), "CERTIFICATE REQUEST")
    }
}

extension Certificate {
    /// A certificate from a file's content: PEM or DER. Of several in PEM the first.
    ///
    /// - Throws: NTE_BAD_DATA, naming what is wrong.
    public init(fileContent: [UInt8]) throws(CSPError) {
        try self.init(der: try CertificateDocument.der(fileContent, ["CERTIFICATE"], "a certificate"))
    }

    /// A certificate from DER.
    ///
    /// - Throws: NTE_BAD_DATA.
    public init(der: [UInt8]) throws(CSPError) {
        self = try certifying(.badData, "the certificate cannot be read") { try Certificate(derEncoded: der) }
    }

    /// The certificate in DER.
    public func derBytes() throws(CSPError) -> [UInt8] { try CertificateDocument.bytes(self) }

    /// The certificate as text, `-----BEGIN CERTIFICATE-----`, with a final newline.
    public func pem() throws(CSPError) -> String { CertificateDocument.pem(try derBytes(), "CERTIFICATE") }
}

/// Certificates and requests as files have them.
public enum CertificateDocument {
    /// The DER within PEM or DER.
    ///
    /// - Parameters:
    ///   - content: a file's.
    ///   - kinds: the words after BEGIN that are taken, whatever else the file holds.
    ///   - what: for messages, such as "a certificate".
    /// - Throws: NTE_BAD_DATA.
    public static func der(
        _ content: [UInt8], _ kinds: [String] = ["CERTIFICATE"], _ what: String = "a certificate"
    ) throws(CSPError) -> [UInt8] {
        // DER of either is a SEQUENCE.
        if content.first == 0x30 { return content }
        // With lines of any length: RFC 7468 asks readers to be lax.
        let blocks = PEM.blocks(in: content)
        if let found = blocks.first(where: { kinds.contains($0.label) }) { return found.bytes }
        if !blocks.isEmpty {
            let others = blocks.map { "\"\($0.label)\"" }.joined(separator: ", ")
            throw CSPError(.badData, "\(what) is expected, and the file holds \(others)")
        }
        let isText = content.split(separator: UInt8(ascii: "\n")).contains {
            $0.starts(with: Array("-----BEGIN ".utf8))
        }
        throw CSPError(
            .badData,
            isText
                ? "the PEM of \(what) cannot be read: it is cut off or damaged"
                : "\(what) is expected, in PEM (-----BEGIN \(kinds.first ?? "")-----) or DER")
    }

    /// DER as text, with a final newline.
    ///
    /// - Parameter kind: the words after BEGIN.
    public static func pem(_ der: [UInt8], _ kind: String = "CERTIFICATE") -> String {
        PEMDocument(type: kind, derBytes: der).pemString + "\n"
    }

    static func bytes(_ element: some DERSerializable) throws(CSPError) -> [UInt8] {
        try certifying(.fail, "the certificate cannot be written") {
            var serializer = DER.Serializer()
            try serializer.serialize(element)
            return serializer.serializedBytes
        }
    }
}
