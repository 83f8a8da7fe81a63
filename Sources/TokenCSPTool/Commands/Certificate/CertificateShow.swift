import ArgumentParser
import TokenCSP
import TokenCSPCertificates

struct CertificateShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what a certificate says. No PIN is asked for.",
        discussion: """
            Of a certificate on the token, or with --in of one in a file.

            Examples:
              tokencsp certificate show --container web
              tokencsp certificate show --in web.pem --json
            """
    )

    @OptionGroup var selection: CertificateSelection

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("A file in PEM or DER, in place of the token; standard input for -.", valueName: "file"),
        completion: .file())
    var input: String?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        if input != nil, selection.isGiven {
            throw ValidationError("--in is for a file: it goes without --container, --spec, --label and --sha256")
        }
    }

    func run() throws {
        let details: CertificateResult
        if let input {
            let content = try InputFile(input).content(limit: 1 << 20, of: "certificate")
            details = try CertificateResult(der: CertificateDocument.der(content))
        } else {
            details = try selection.withCertificate(global) { try CertificateResult(der: $0.der) }
        }
        try Output.print(CertificateShown(certificate: details), json: global.json)
    }
}

/// `{"certificate": {…see CertificateResult…}}`
private struct CertificateShown: CommandResult {
    let certificate: CertificateResult

    var text: String { certificate.text }
}
