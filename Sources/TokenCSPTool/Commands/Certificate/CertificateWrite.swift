import ArgumentParser
import TokenCSP
import TokenCSPCertificates

struct CertificateWrite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "write",
        abstract: "Store a certificate on the token, with the key that it is of.",
        discussion: """
            A certificate of another key is refused. One that is stored already is replaced, after a question. A CA's \
            certificate whose key is elsewhere is stored with --label.

            Examples:
              tokencsp certificate write --container web --in web.pem
              tokencsp certificate write --label 'Example Root' --in root.pem
            """,
        aliases: ["import"]
    )

    @Option(help: ContainerName.help, completion: Completion.containers)
    var container: String?

    @Option(help: "Which of the container's keys (default: the one that the certificate is of).")
    var spec: KeySpecArgument?

    @Option(
        help: ArgumentHelp("A CA's certificate without its key: what it is called on the token.", valueName: "name"))
    var label: String?

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("The certificate, in PEM or DER; standard input if left out.", valueName: "file"),
        completion: .file())
    var input: String?

    @Flag(help: "Do not ask before a stored certificate is replaced.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try ContainerName.validate(container)
        if label != nil, container != nil || spec != nil {
            throw ValidationError("--label is for a certificate without a key: it goes without --container and --spec")
        }
        if input == nil || input == "-", global.pinSource?.readsStandardInput == true {
            throw ValidationError("--pin-source fd:0 and the certificate both read standard input: give --in FILE")
        }
    }

    func run() throws {
        let der = try CertificateDocument.der(InputFile(input).content(limit: 1 << 20, of: "certificate"))
        let details = try CertificateResult(der: der)
        if let label {
            let context = try global.acquire(container: nil, flags: .verifyContext)
            defer { context.release() }
            try CertificateWriting.confirm(authority: der, label, in: context, yes: yes)
            try context.storeCertificate(authority: der, label: label)
            let result = CertificateWritten(container: nil, spec: nil, label: label, written: true, details: details)
            return try Output.print(result, json: global.json)
        }
        let context = try global.open(container: container)
        defer { context.release() }
        let (key, spec) = try CertificateWriting.key(of: der, in: context, spec)
        let name = context.containerName ?? container
        try CertificateWriting.confirm(key, name, replacingBy: der, yes: yes)
        try key.setCertificate(der)
        if details.expired { Output.writeError("tokencsp: the certificate has expired on \(details.notAfter)") }
        let result = CertificateWritten(
            container: name, spec: spec.argument, label: nil, written: true, details: details)
        try Output.print(result, json: global.json)
    }
}

/// `{"container": "web", "spec": "signature", "written": true, "details": {…see CertificateResult…}}`; of a CA's without a
/// key `label` in place of `container` and `spec`.
private struct CertificateWritten: CommandResult {
    let container: String?
    let spec: String?
    let label: String?
    let written: Bool
    let details: CertificateResult

    var text: String {
        let place =
            label.map { "as \"\(printable($0))\"" } ?? "with the \(spec ?? "") key of \(describe(container: container))"
        return "The certificate is stored \(place).\n"
    }
}
