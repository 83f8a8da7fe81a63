import ArgumentParser
import TokenCSP

/// One certificate on the token: a key's, or a CA's that is there without its key.
struct CertificateSelection: ParsableArguments {
    @Option(help: ContainerName.help, completion: Completion.containers)
    var container: String?

    @Option(help: "Which of the container's keys (default: the signature key, else the exchange key).")
    var spec: KeySpecArgument?

    @Option(
        help: ArgumentHelp("A CA's certificate without its key: what it is called on the token.", valueName: "name"))
    var label: String?

    @Option(
        help: ArgumentHelp(
            "The certificate with this fingerprint, or the only one whose fingerprint begins so (8 digits at least).",
            valueName: "hex"))
    var sha256: String?

    /// The fingerprint's digits as `certificate list --json` writes them.
    private var digits: String? { sha256.map { $0.lowercased().filter { $0 != ":" } } }

    /// Whether anything was chosen.
    var isGiven: Bool { container != nil || spec != nil || label != nil || sha256 != nil }

    mutating func validate() throws {
        if let digits {
            guard (8...64).contains(digits.utf8.count), digits.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) })
            else { throw ValidationError("--sha256 takes 8 to 64 hexadecimal digits") }
            if container != nil || spec != nil {
                throw ValidationError("--sha256 tells one certificate: it goes without --container and --spec")
            }
        }
        try ContainerName.validate(container)
        if label != nil, container != nil || spec != nil {
            throw ValidationError("--label is for a certificate without a key: it goes without --container and --spec")
        }
    }

    /// What was found: the certificate, its place, and how it is deleted.
    struct Found {
        let der: [UInt8]
        let container: String?
        let spec: KeySpec?
        let label: String?
        var fingerprint: String?
        let all: () throws -> [CertificateSummary]
        let delete: () throws -> Void

        /// How it is spoken of.
        var name: String {
            let name = label.map { "\"\(printable($0))\"" } ?? describe(container: container)
            return fingerprint.map { "\(name), SHA-256 \($0)" } ?? name
        }
    }

    /// Finds it, asks for no PIN, and lends it. The context ends with this.
    func withCertificate<R>(_ global: GlobalOptions, _ work: (Found) throws -> R) throws -> R {
        if label != nil || sha256 != nil {
            let context = try global.acquire(container: nil, flags: .verifyContext)
            defer { context.release() }
            return try work(found(in: context))
        }
        let context = try global.open(container: container)
        defer { context.release() }
        let name = context.containerName ?? container
        // With --spec an absent key is the error that it is anywhere.
        if let spec { _ = try context.userKey(spec.keySpec) }
        for spec in spec.map({ [$0.keySpec] }) ?? [.signature, .keyExchange] {
            guard let key = try CertificateWriting.key(spec, in: context), let der = try key.certificate() else {
                continue
            }
            let found = Found(
                der: der, container: name, spec: spec, label: nil, all: { try context.certificates() },
                delete: { try key.deleteCertificate() })
            return try work(found)
        }
        throw CSPError(.noSuchCertificate, "no certificate is stored with a key of \(describe(container: name))")
    }

    /// By label, fingerprint, or both.
    private func found(in context: Context) throws -> Found {
        // Several CAs' certificates may have one name; a key's is found by its fingerprint, too.
        let matching = try context.certificates().filter { certificate in
            if let label, certificate.label != label || certificate.container != nil { return false }
            return digits.map { certificate.fingerprint.hasPrefix($0) } ?? true
        }
        guard let first = matching.first else { throw CSPError(.noSuchCertificate, missing) }
        guard matching.count == 1 else {
            let fingerprints = matching.map { String($0.fingerprint.prefix(16)) }.joined(separator: ", ")
            throw ToolError(
                .refused, "\(matching.count) certificates \(wanted): choose one by --sha256 (\(fingerprints))")
        }
        return Found(
            der: first.der, container: first.container, spec: first.spec,
            label: first.container == nil ? first.label : nil, fingerprint: digits.map { _ in first.fingerprint },
            all: { try context.certificates() }, delete: { try context.deleteCertificate(first) })
    }

    private var wanted: String {
        let name = label.map { "are called \"\(printable($0))\"" }
        return [name, digits.map { "have a fingerprint \($0)…" }].compactMap { $0 }.joined(separator: " and ")
    }

    private var missing: String {
        guard let digits else { return "no certificate without a key is called \"\(printable(label ?? ""))\"" }
        let name = label.map { " called \"\(printable($0))\"" } ?? ""
        return "no certificate\(name) has a fingerprint that begins with \(digits)"
    }
}

extension CertificateSummary {
    fileprivate var fingerprint: String { hexadecimal(sha256(der)) }
}
