import ArgumentParser
import TokenCSP
import TokenCSPCertificates

/// What a request or a certificate is to say.
struct CertificateContentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Whose it is: 'CN=www.example.com, O=Example, C=DE', or '/C=DE/O=Example/CN=www.example.com'.",
            valueName: "name"))
    var subject: String?

    @Option(
        name: [.customLong("san"), .customLong("subject-alternative-name")],
        help: ArgumentHelp(
            "An alternative name, repeatable: dns:NAME, ip:ADDRESS, email:MAILBOX, uri:URI, upn:NAME, dn:NAME, rid:OID.",
            valueName: "kind:name"))
    var san: [String] = []

    @Option(
        help: ArgumentHelp(
            "Key usages, with commas between them, repeatable: digitalSignature, nonRepudiation, keyEncipherment, "
                + "dataEncipherment, keyAgreement, keyCertSign, cRLSign, encipherOnly, decipherOnly.",
            valueName: "names"))
    var keyUsage: [String] = []

    @Option(
        name: [.customLong("extended-key-usage"), .customLong("eku")],
        help: ArgumentHelp(
            "Extended key usages, with commas between them, repeatable: serverAuth, clientAuth, codeSigning, "
                + "emailProtection, timeStamping, OCSPSigning and more, or object identifiers.", valueName: "names"))
    var extendedKeyUsage: [String] = []

    @Flag(name: .customLong("ca"), help: "It is a CA's: basic constraints, and the usages keyCertSign and cRLSign.")
    var isAuthority = false

    // .unconditional: "--path-length -1" is then a bad value with a name, not a missing one.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("With --ca: how many CAs may follow below it; any number if left out.", valueName: "number"))
    var pathLength: Int?

    @Option(
        name: .customLong("extension"),
        help: ArgumentHelp(
            "A further extension, repeatable: its object identifier, and its DER in hexadecimal digits; with 'critical:' "
                + "before them where it is.", valueName: "oid=hex"))
    var extensions: [String] = []

    @Option(
        help: "The hash that is signed (default: the key's own, SHA-256 for most). Ed25519 takes none.")
    var hash: HashAlgorithm?

    mutating func validate() throws {
        if pathLength != nil, !isAuthority { throw ValidationError("--path-length goes with --ca") }
        do {
            _ = try options(container: "container")
        } catch let error as CSPError {
            throw ValidationError(error.reason)
        }
    }

    /// The options as the library has them.
    ///
    /// - Parameter container: what `{container}` in names stands for; nil where it stands for itself.
    func options(container: String? = nil) throws -> CertificateOptions {
        let names = ContainerNames(container)
        var options = try CertificateOptions(subject: names.inSubject(subject ?? ""))
        for name in san { try options.addAlternativeName(names.inAlternativeName(name)) }
        try options.setKeyUsage(Self.words(keyUsage))
        for name in Self.words(extendedKeyUsage) { try options.addExtendedKeyUsage(name) }
        if isAuthority { try options.makeAuthority(pathLength: pathLength) }
        for text in extensions { try Self.add(text, to: &options) }
        options.hash = hash?.kind
        return options
    }

    private static func words(_ lists: [String]) -> [String] {
        lists.flatMap { $0.split(separator: ",") }.map { String($0.drop { $0 == " " }) }
    }

    private static func add(_ text: String, to options: inout CertificateOptions) throws {
        let parts = text.split(separator: "=", maxSplits: 1)
        let value = parts.count == 2 ? parts[1] : ""
        let isCritical = value.hasPrefix("critical:")
        guard let bytes = bytes(isCritical ? value.dropFirst(9) : value), !bytes.isEmpty else {
            throw ValidationError("--extension \"\(printable(text))\": the form is OID=HEX, such as 1.2.3.4=0500")
        }
        try options.addExtension(String(parts.first ?? ""), value: bytes, isCritical: isCritical)
    }

    private static func bytes(_ digits: Substring) -> [UInt8]? {
        let nibbles = digits.filter { $0 != ":" && $0 != " " }.map(\.hexDigitValue)
        guard !nibbles.contains(nil), nibbles.count.isMultiple(of: 2) else { return nil }
        let values = nibbles.compactMap { $0 }
        return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }
}

extension HashAlgorithm {
    var kind: HashKind {
        switch self {
        case .sha1: .sha1
        case .sha256: .sha256
        case .sha384: .sha384
        case .sha512: .sha512
        case .md5: .md5
        }
    }
}
