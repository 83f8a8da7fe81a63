import TokenCSP

/// A read-back report: what was asked for, what the token holds, who holds to it.
///
/// Keys: `container` and `spec` (absent for session objects), `algorithm`, `bits`, `id`, `token`, `token_serial`,
/// `mechanism`, `rung` (0 where the token took the full template), `agrees` (all lines do), `notes`, and `lines`, each
/// with `object` (private, public, secret), `attribute`, `asked` (absent for a key that was opened, not made),
/// `on_token` (absent where the token does not tell), `held_by` (token, csp, nobody), `because`, `agrees`.
struct ReportResult: CommandResult {
    struct Line: Encodable {
        let object: String
        let attribute: String
        let asked: String?
        let onToken: String?
        let heldBy: String
        let because: String
        let agrees: Bool
    }

    let container: String?
    let spec: String?
    let algorithm: String
    let bits: Int
    let id: String
    let token: String
    let tokenSerial: String
    let mechanism: String
    let rung: Int
    let agrees: Bool
    let lines: [Line]
    let notes: [String]

    init(_ report: KeyReport) {
        container = report.container
        spec = report.spec?.argument
        algorithm = report.algorithm.name
        bits = report.bits
        id = hexadecimal(report.id)
        token = report.token
        tokenSerial = report.tokenSerial
        mechanism = report.mechanism
        rung = report.rung
        agrees = report.lines.allSatisfy(\.agrees)
        lines = report.lines.map { line in
            Line(
                object: line.object, attribute: line.attribute, asked: line.asked, onToken: line.onToken,
                heldBy: line.heldBy.rawValue, because: line.because, agrees: line.agrees)
        }
        notes = report.notes
    }

    var text: String {
        var text = ""
        if let container { text += "container  \(printable(container))\n" }
        if let spec { text += "spec       \(spec)\n" }
        text += """
            algorithm  \(algorithm), \(bits) bits
            id         \(id)
            token      \(printable(token)), serial \(printable(tokenSerial))
            mechanism  \(mechanism), \(rung == 0 ? "full template" : "template reduced, step \(rung)")


            """
        var table = Table("OBJECT", "ATTRIBUTE", "ASKED", "ON TOKEN", "HELD BY", "BECAUSE")
        for line in lines {
            let onToken = line.onToken ?? "not told"
            table.append(
                line.object, line.attribute, line.asked ?? "-", line.agrees ? onToken : onToken + " (differs)",
                line.heldBy, line.because)
        }
        return text + table.text() + noteLines(notes)
    }
}

/// Notes under a table, after an empty line.
func noteLines(_ notes: [String]) -> String {
    notes.isEmpty ? "" : "\n" + notes.map { "Note: \(printable($0))\n" }.joined()
}
