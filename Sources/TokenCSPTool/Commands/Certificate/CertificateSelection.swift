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

    mutating func validate() throws {
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
        let all: () throws -> [CertificateSummary]
        let delete: () throws -> Void

        /// How it is spoken of.
        var name: String { label.map { "\"\(printable($0))\"" } ?? describe(container: container) }
    }

    /// Finds it, asks for no PIN, and lends it. The context ends with this.
    func withCertificate<R>(_ global: GlobalOptions, _ work: (Found) throws -> R) throws -> R {
        if let label {
            let context = try global.acquire(container: nil, flags: .verifyContext)
            defer { context.release() }
            return try work(found(label, in: context))
        }
        let context = try global.acquire(container: container)
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

    private func found(_ label: String, in context: Context) throws -> Found {
        let matching = try context.certificates().filter { $0.label == label && $0.container == nil }
        guard let first = matching.first else {
            throw CSPError(.noSuchCertificate, "no certificate without a key is called \"\(printable(label))\"")
        }
        guard matching.count == 1 else {
            throw ToolError(.refused, "\(matching.count) certificates are called \"\(printable(label))\"")
        }
        return Found(
            der: first.der, container: nil, spec: nil, label: label, all: { try context.certificates() },
            delete: { try context.deleteCertificate(first) })
    }
}
