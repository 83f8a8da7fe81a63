import ArgumentParser
import TokenCSP
import TokenCSPCertificates

struct CertificateList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the certificates on the token, with the days they have left. No PIN is asked for.",
        discussion: """
            Certificates that have ended are pointed out on standard error.

            Examples:
              tokencsp certificate list
              tokencsp certificate list --expiring 30
              tokencsp certificate list --json | jq -r '.certificates[] | select(.expired) | .container'
            """
    )

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only those that end within so many days, and those that have ended.", valueName: "days"))
    var expiring: Int?

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let context = try global.acquireForListing()
        defer { context.release() }
        let all = try context.certificates().map { CertificateListResult.Entry($0) }
        let chosen = all.filter { entry in expiring.map { (entry.daysLeft ?? .min) <= $0 } ?? true }
        let sorted = chosen.sorted { ($0.place, $0.spec ?? "", $0.id) < ($1.place, $1.spec ?? "", $1.id) }
        try Output.print(CertificateListResult(certificates: sorted), json: global.json)
        for entry in sorted where entry.expired == true && !global.json {
            Output.writeError(
                "tokencsp: the certificate of \(printable(entry.place)) has expired on \(entry.notAfter ?? "")")
        }
    }
}

/// `{"certificates": [{"container": "web", "spec": "signature", "label": "web", "id": "0a1b…", "uri": "pkcs11:…",
/// "subject": "CN=…", "issuer": "CN=…", "serial_number": "1f…", "not_before": "2026-…", "not_after": "2027-…",
/// "days_left": 364, "expired": false, "is_ca": false, "sha256": "…"}]}`
///
/// `container` and `spec` are absent where the key is not on the token; what is behind `uri` where the certificate cannot
/// be read.
private struct CertificateListResult: CommandResult {
    struct Entry: Encodable {
        let container: String?
        let spec: String?
        let label: String
        let id: String
        let uri: String
        let subject: String?
        let issuer: String?
        let serialNumber: String?
        let notBefore: String?
        let notAfter: String?
        let daysLeft: Int?
        let expired: Bool?
        let isCa: Bool?
        let sha256: String?

        init(_ summary: CertificateSummary) {
            container = summary.container
            spec = summary.spec?.argument
            label = summary.label
            id = hexadecimal(summary.id)
            uri = summary.uri
            let details = try? CertificateResult(der: summary.der)
            subject = details?.subject
            issuer = details?.issuer
            serialNumber = details?.serialNumber
            notBefore = details?.notBefore
            notAfter = details?.notAfter
            daysLeft = details?.daysLeft
            expired = details?.expired
            isCa = details?.isCa
            sha256 = details?.sha256
        }

        /// Where people find it.
        var place: String { container ?? label }
    }
    static let emptyNote = "No certificate found."

    let certificates: [Entry]

    var text: String {
        guard !certificates.isEmpty else { return "" }
        var table = Table("CONTAINER", "KEY", "EXPIRES", "DAYS", "SUBJECT", "ISSUER")
        for entry in certificates {
            let issuer = entry.issuer == entry.subject ? "itself" : entry.issuer ?? ""
            table.append(
                entry.place, entry.spec ?? "elsewhere", entry.notAfter.map { String($0.prefix(10)) } ?? "?",
                entry.expired == true ? "expired" : entry.daysLeft.map { String($0) } ?? "?",
                entry.subject ?? "(unreadable)", issuer)
        }
        return table.text()
    }
}
