import ArgumentParser
import TokenCSP
import TokenCSPCertificates

struct CertificateIssue: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue",
        abstract: "Issue a certificate for a request, with a CA's key on the token.",
        discussion: """
            The request's signature is verified first. The certificate has the request's subject, alternative names and \
            usages; what the options say comes before that, and --adopt takes further extensions over. A request cannot \
            make itself a CA: that takes --ca. The CA's certificate is the one stored with its key, else \
            --ca-certificate.

            Examples:
              tokencsp certificate issue --container root --request web.csr --days 90 --out web.pem
              tokencsp certificate issue --container root --request sub.csr --ca --path-length 0 \\
                --write-to sub --out sub.pem
            """,
        aliases: ["sign"]
    )

    @Option(
        help: ArgumentHelp("The request, in PEM or DER; standard input for -.", valueName: "file"), completion: .file())
    var request: String

    @OptionGroup(title: "The CA's key") var selection: KeySelection

    @Option(
        help: ArgumentHelp("The CA's certificate, where none is stored with its key.", valueName: "file"),
        completion: .file())
    var caCertificate: String?

    @OptionGroup var content: CertificateContentOptions
    @OptionGroup var period: CertificateValidityOptions

    @Option(help: ArgumentHelp("An extension of the request to take over, repeatable.", valueName: "oid"))
    var adopt: [String] = []

    @Flag(help: "Take no extensions of the request over.")
    var adoptNone = false

    @OptionGroup var output: CertificateOutput

    @Option(
        help: ArgumentHelp("Store the certificate with its key in this container, too.", valueName: "container"),
        completion: Completion.containers)
    var writeTo: String?

    @Flag(help: "Do not ask before a stored certificate is replaced.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try output.validate(global)
        try ContainerName.validate(writeTo)
        if request == "-", global.pinSource?.readsStandardInput == true {
            throw ValidationError("--pin-source fd:0 and the request both read standard input: give --request FILE")
        }
        if adoptNone, !adopt.isEmpty { throw ValidationError("--adopt and --adopt-none exclude each other") }
        do {
            _ = try CertificateAuthority.adopted(and: adopt)
        } catch {
            throw ValidationError(error.reason)
        }
    }

    func run() throws {
        try output.requirePossible(json: global.json, "the certificate")
        let (options, validity) = (try content.options(), try period.validity())
        let request = try InputFile(request).content(limit: 1 << 20, of: "request")
        let context = try global.open(container: selection.container)
        defer { context.release() }
        let (key, spec) = try selection.key(in: context)
        let container = context.containerName ?? selection.container
        let authority = try CertificateAuthority(key: key, fileContent: ownCertificate(key, container))
        let issued = try authority.issue(
            fileContent: request, options: options, validity: validity,
            adopting: adoptNone ? [] : CertificateAuthority.adopted(and: adopt))
        let der = try issued.certificate.derBytes()
        let written = try writeTo.map { try store(der, $0) }
        try output.write([der], "CERTIFICATE", json: global.json)
        if !issued.leftOut.isEmpty {
            Output.writeError(
                "tokencsp: not taken over from the request: \(issued.leftOut.joined(separator: ", "))")
        }
        guard global.json else { return }
        let result = CertificateMade(
            container: container, spec: spec.argument, form: output.form.rawValue,
            certificate: output.text(der, "CERTIFICATE"), file: output.out, details: try CertificateResult(der: der),
            leftOut: issued.leftOut, writtenTo: written)
        try Output.print(result, json: true)
    }

    private func ownCertificate(_ key: Key, _ container: String?) throws -> [UInt8] {
        if let caCertificate { return try InputFile(caCertificate).content(limit: 1 << 20, of: "certificate") }
        if let stored = try key.certificate() { return stored }
        throw CSPError(
            .noSuchCertificate,
            "no certificate is stored with the CA's key of \(describe(container: container)): give --ca-certificate FILE, or "
                + "store it with 'tokencsp certificate write'")
    }

    private func store(_ der: [UInt8], _ name: String) throws -> String {
        let context = try global.open(container: name)
        defer { context.release() }
        let (key, _) = try CertificateWriting.key(of: der, in: context, nil)
        try CertificateWriting.confirm(key, name, replacingBy: der, yes: yes)
        try key.setCertificate(der)
        return context.containerName ?? name
    }
}
