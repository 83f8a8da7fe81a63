import ArgumentParser
import TokenCSP
import TokenCSPCertificates

struct CertificateExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a certificate of the token to a file. No PIN is asked for.",
        discussion: """
            With --chain the certificates of its CAs follow, as far as the token has them.

            Example:
              tokencsp certificate export --container web --chain --out web.pem
            """
    )

    @OptionGroup var selection: CertificateSelection

    @Flag(help: "The certificates of its CAs, too; as PEM alone.")
    var chain = false

    @OptionGroup var output: CertificateOutput
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try output.validate(global)
        if chain, output.form == .der {
            throw ValidationError("--chain is several certificates: PEM holds them, DER does not")
        }
    }

    func run() throws {
        try output.requirePossible(json: global.json, "the certificate")
        try selection.withCertificate(global) { found in
            let certificates = chain ? try [found.der] + issuers(of: found) : [found.der]
            try output.write(certificates, "CERTIFICATE", json: global.json)
            guard global.json else { return }
            let result = CertificateMade(
                container: found.container, spec: found.spec?.argument, form: output.form.rawValue,
                certificate: certificates.map { output.text($0, "CERTIFICATE") }.joined(), file: output.out,
                details: try CertificateResult(der: found.der))
            try Output.print(result, json: true)
        }
    }

    /// From the issuer upwards, by their names; each at most once.
    private func issuers(of found: CertificateSelection.Found) throws -> [[UInt8]] {
        var rest = try found.all().filter { $0.der != found.der }
        var wanted = try CertificateContent(found.der)
        var chain: [[UInt8]] = []
        while wanted.issuer != wanted.subject,
            let next = rest.firstIndex(where: {
                $0.content?.subject == wanted.issuer && $0.content?.isAuthority == true
            }),
            let content = rest[next].content
        {
            chain.append(rest.remove(at: next).der)
            wanted = content
        }
        return chain
    }
}
