import TokenCSP

/// What `explain` prints.
///
/// Keys: `flags` ("0x08000001"), `flag_names`, `session_object`, `algorithm`, `bits`, `mechanism`, `template` (each
/// line with `object`, `attribute`, `value`, `because`), `ladder` (what later templates leave out), `notes`.
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

    init(_ plan: GenerationPlan, flags: UInt32, sessionObject: Bool) {
        self.flags = hexadecimal(flags)
        flagNames = FlagNames.names(of: flags)
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
        var table = Table("OBJECT", "ATTRIBUTE", "VALUE", "BECAUSE")
        for line in template { table.append(line.object, line.attribute, line.value, line.because) }
        text += table.text()
        if !ladder.isEmpty {
            text += "\nWhere the token refuses this template, the next ones leave out:\n"
            for (index, step) in ladder.enumerated() { text += "  \(index + 1)  \(printable(step))\n" }
        }
        return text + noteLines(notes)
    }
}

/// The names of CryptGenKey's dwFlags in wincrypt.h.
private enum FlagNames {
    private static let table: [(bit: UInt32, name: String)] = [
        (0x0001, "CRYPT_EXPORTABLE"), (0x0002, "CRYPT_USER_PROTECTED"), (0x0004, "CRYPT_CREATE_SALT"),
        (0x0008, "CRYPT_UPDATE_KEY"), (0x0010, "CRYPT_NO_SALT"), (0x0040, "CRYPT_PREGEN"), (0x0080, "CRYPT_ONLINE"),
        (0x0100, "CRYPT_SF"), (0x0200, "CRYPT_CREATE_IV"), (0x0400, "CRYPT_KEK"), (0x0800, "CRYPT_DATA_KEY"),
        (0x1000, "CRYPT_VOLATILE"), (0x2000, "CRYPT_SGCKEY"), (0x4000, "CRYPT_ARCHIVABLE"),
        (0x8000, "CRYPT_FORCE_KEY_PROTECTION_HIGH"),
    ]

    /// The name of each bit that is set; unnamed bits as hexadecimal, the high word as the length it is.
    static func names(of flags: UInt32) -> [String] {
        var names = table.filter { flags & $0.bit != 0 }.map(\.name)
        let unnamed = flags & 0xFFFF & ~table.reduce(0) { $0 | $1.bit }
        if unnamed != 0 { names.append("0x" + String(unnamed, radix: 16, uppercase: true)) }
        if flags >> 16 != 0 { names.append("\(flags >> 16) bits") }
        return names
    }
}
