import ArgumentParser
import TokenCSP
import TokenCSPCertificates

struct CertificateDelete: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a certificate from the token. Its key stays.",
        discussion: """
            Asks before it deletes. Without a terminal it deletes with --yes only.

            Examples:
              tokencsp certificate delete --container web --yes
              tokencsp certificate delete --sha256 1f0a2b3c --yes
            """
    )

    @OptionGroup var selection: CertificateSelection

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try selection.withCertificate(global) { found in
            let subject = (try? CertificateDescription(der: found.der))?.subject ?? ""
            try Confirmation.require("Delete the certificate of \(found.name) (\(subject))?", yes: yes)
            try found.delete()
            let result = CertificateDeleted(
                container: found.container, spec: found.spec?.argument, label: found.label, deleted: true)
            try Output.print(result, json: global.json)
        }
    }
}

/// `{"container": "web", "spec": "signature", "deleted": true}`; of a CA's without a key `label` in their place.
private struct CertificateDeleted: CommandResult {
    let container: String?
    let spec: String?
    let label: String?
    let deleted: Bool

    var text: String {
        let place = label.map { "\"\(printable($0))\"" } ?? "the \(spec ?? "") key of \(describe(container: container))"
        return "The certificate of \(place) is deleted.\n"
    }
}
