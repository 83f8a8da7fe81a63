import ArgumentParser
import TokenCSP
import TokenCSPCertificates

struct CertificateRequest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Make a certificate request (PKCS #10) for a key on the token.",
        discussion: """
            The key signs the request on the token; a CA makes a certificate of it, which 'tokencsp certificate write' \
            puts on the token.

            Examples:
              tokencsp certificate request --container web --subject 'CN=www.example.com, O=Example' \\
                --san dns:www.example.com --san ip:192.0.2.1 --key-usage digitalSignature \\
                --extended-key-usage serverAuth --out web.csr
              openssl req -in web.csr -noout -text -verify
            """,
        aliases: ["csr"]
    )

    @OptionGroup var selection: KeySelection
    @OptionGroup var content: CertificateContentOptions
    @OptionGroup var output: CertificateOutput
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try output.validate(global)
        if content.subject == nil, content.san.isEmpty {
            throw ValidationError("a request names somebody: give --subject 'CN=…' or --san dns:…")
        }
    }

    func run() throws {
        try output.requirePossible(json: global.json, "the request")
        let options = try content.options()
        let context = try global.open(container: selection.container)
        defer { context.release() }
        let (key, spec) = try selection.key(in: context)
        let der = try key.certificateRequest(options).derBytes()
        try output.write([der], Self.kind, json: global.json)
        guard global.json else { return }
        let result = CertificateRequestResult(
            container: context.containerName ?? selection.container, spec: spec.argument, form: output.form.rawValue,
            request: output.text(der, Self.kind), file: output.out)
        try Output.print(result, json: true)
    }

    static let kind = "CERTIFICATE REQUEST"
}

/// `{"container": "web", "spec": "signature", "form": "pem", "request": "-----BEGIN…", "file": "web.csr"}`
///
/// `request` is base64 where the form is der; `file` is absent without `--out`.
private struct CertificateRequestResult: CommandResult {
    let container: String?
    let spec: String
    let form: String
    let request: String
    let file: String?

    var text: String { request }
}
