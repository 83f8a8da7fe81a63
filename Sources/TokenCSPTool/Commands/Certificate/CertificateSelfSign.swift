import ArgumentParser
import TokenCSP
import TokenCSPCertificates

struct CertificateSelfSign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "self-sign",
        abstract: "Make a certificate for a key on the token that the key signs itself.",
        discussion: """
            For a root CA give --ca. With --write the certificate is stored with the key as well.

            Examples:
              tokencsp certificate self-sign --container root --subject 'CN=Example Root, O=Example' --ca \\
                --days 3650 --write --out root.pem
              tokencsp certificate self-sign --container web --subject CN=localhost --san dns:localhost --out web.pem
            """
    )

    @OptionGroup var selection: KeySelection
    @OptionGroup var content: CertificateContentOptions
    @OptionGroup var period: CertificateValidityOptions
    @OptionGroup var output: CertificateOutput

    @Flag(help: "Store it with the key on the token, too.")
    var write = false

    @Flag(help: "Do not ask before a stored certificate is replaced.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try output.validate(global)
        if content.subject == nil {
            throw ValidationError("who signs a certificate needs a name: give --subject 'CN=…'")
        }
    }

    func run() throws {
        try output.requirePossible(json: global.json, "the certificate")
        let (options, validity) = (try content.options(), try period.validity())
        let context = try global.open(container: selection.container)
        defer { context.release() }
        let (key, spec) = try selection.key(in: context)
        let container = context.containerName ?? selection.container
        if write { try CertificateWriting.confirm(key, container, replacingBy: nil, yes: yes) }
        let der = try key.selfSignedCertificate(options, validity: validity).derBytes()
        if write { try key.setCertificate(der) }
        try output.write([der], "CERTIFICATE", json: global.json)
        guard global.json else { return }
        let result = CertificateMade(
            container: container, spec: spec.argument, form: output.form.rawValue,
            certificate: output.text(der, "CERTIFICATE"), file: output.out, details: try CertificateResult(der: der),
            writtenTo: write ? container : nil)
        try Output.print(result, json: true)
    }
}
