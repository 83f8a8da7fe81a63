import TokenCSP

/// A read-back report: what was asked for, what the token holds, who holds to it.
///
/// Keys: `container`, `spec` and `uri` (absent for session objects), `algorithm`, `bits`, `id`, `token`, `token_serial`,
/// `mechanism`, `rung` (0 where the token took the full template), `policy` (see PolicyResult; absent where the private
/// half is not shown), `agrees` (all lines do), `notes`, and `lines`, each with `object` (private, public, secret), `attribute`, `asked` (absent for a key that was opened, not made),
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
    let uri: String?
    let mechanism: String
    let rung: Int
    let policy: PolicyResult?
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
        uri = report.uri
        mechanism = report.mechanism
        rung = report.rung
        policy = PolicyResult(report)
        agrees = report.lines.allSatisfy(\.agrees)
        lines = report.lines.map { line in
            Line(
                object: line.object, attribute: line.attribute, asked: line.asked, onToken: line.onToken,
                heldBy: line.heldBy.rawValue, because: line.because, agrees: line.agrees)
        }
        notes = report.notes
    }

    var text: String {
        "\(identity)\n\(policy?.text ?? "")\n\(table)\(noteLines(notes))\n\(verdict)\n"
    }

    /// The text without the table: what has become of a key that was shown before.
    var summary: String { (policy?.text ?? "") + verdict + "\n" }

    // MARK: - Parts of the text

    private var identity: String {
        var rows: [(String, String)] = []
        if let container { rows.append(("container", container)) }
        let kind = spec.map { "\($0), " } ?? ""
        rows.append(("key", "\(kind)\(algorithm), \(bits) bits"))
        if !id.isEmpty { rows.append(("id", id)) }
        rows.append(("token", "\(token), serial \(tokenSerial)"))
        if let uri { rows.append(("uri", uri)) }
        return aligned(rows)
    }

    /// Where a key was opened and not made, nobody has asked for anything: columns that say so in each line are left out.
    private var table: String {
        let isNew = lines.contains { $0.asked != nil }
        let isHeldElsewhere = lines.contains { $0.heldBy != KeyReport.Holder.token.rawValue }
        var table = Table(
            ["ATTRIBUTE"] + (isNew ? ["ASKED"] : []) + ["ON TOKEN"] + (isNew || isHeldElsewhere ? ["HELD BY"] : [])
                + (isNew ? ["BECAUSE"] : []))
        for line in lines {
            table.section("\(line.object) key")
            let onToken = line.onToken.map(shortened) ?? "not told"
            table.append(
                [line.attribute] + (isNew ? [line.asked.map(shortened) ?? "-"] : [])
                    + [line.agrees ? onToken : onToken + " (differs)"]
                    + (isNew || isHeldElsewhere ? [line.heldBy] : []) + (isNew ? [line.because] : []))
        }
        return table.text()
    }

    /// One line to end with.
    private var verdict: String {
        let asked = lines.filter { $0.asked != nil }
        let agreeing = asked.filter(\.agrees).count
        let proof =
            if asked.isEmpty {
                "Read back now: \(lines.count) attributes."
            } else if agreeing == asked.count {
                "Read back: all \(agreeing) lines agree."
            } else {
                "Read back: \(agreeing) of \(asked.count) lines agree, the others are marked."
            }
        return "Policy: \(policy?.sentence ?? "not shown without the private half"). \(proof)"
    }
}

/// Lines of a name and a value, the values one below the other.
func aligned(_ rows: [(name: String, value: String)]) -> String {
    let width = rows.map(\.name.count).max() ?? 0
    return rows.map { row in
        row.name + String(repeating: " ", count: width - row.name.count + 2) + printable(row.value) + "\n"
    }.joined()
}

/// Notes under a table, after an empty line.
func noteLines(_ notes: [String]) -> String {
    notes.isEmpty ? "" : "\n" + notes.map { "Note: \(printable($0))\n" }.joined()
}
