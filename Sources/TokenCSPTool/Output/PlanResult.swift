import TokenCSP

/// What `explain` prints.
///
/// Keys: `flags` ("0x08000001"), `flag_names`, `session_object`, `algorithm`, `bits`, `mechanism`, `template` (each
/// line with `object`, `attribute`, `value`, `because`), `ladder` (what later templates leave out), `notes`; `token`
/// (see TokenAnswer) where a token was asked.
struct PlanResult: CommandResult {
    struct Line: Encodable {
        let object: String
        let attribute: String
        let value: String
        let because: String
    }

    let flags: String
    let flagNames: [String]
    let sessionObject: Bool
    let algorithm: String
    let bits: Int
    let mechanism: String
    let template: [Line]
    let ladder: [String]
    let notes: [String]
    let token: TokenAnswer?

    init(_ plan: GenerationPlan, flags: UInt32, sessionObject: Bool, token: TokenAnswer? = nil) {
        self.token = token
        self.flags = hexadecimal(flags)
        flagNames = KeyFlags(rawValue: flags & 0xFFFF).names + (flags >> 16 == 0 ? [] : ["\(flags >> 16) bits"])
        self.sessionObject = sessionObject
        algorithm = plan.algorithm.name
        bits = plan.bits
        mechanism = plan.mechanism
        template = plan.lines.map {
            Line(object: $0.object, attribute: $0.attribute, value: $0.value, because: $0.because)
        }
        ladder = plan.ladder
        notes = plan.notes
    }

    var text: String {
        var text = """
            flags      \(flags)\(flagNames.isEmpty ? "" : "  " + flagNames.joined(separator: " | "))
            algorithm  \(algorithm), \(bits) bits
            mechanism  \(mechanism)
            object     \(sessionObject ? "session object, gone with the process" : "token object")


            """
        var table = Table("ATTRIBUTE", "VALUE", "BECAUSE")
        for line in template {
            table.section("\(line.object) key")
            table.append(line.attribute, shortened(line.value), line.because)
        }
        text += table.text()
        if !ladder.isEmpty {
            text += "\nWhere the token refuses this template, the next ones leave out:\n"
            for (index, step) in ladder.enumerated() { text += "  \(index + 1)  \(printable(step))\n" }
        }
        return text + noteLines(notes) + (token?.text ?? "")
    }
}
