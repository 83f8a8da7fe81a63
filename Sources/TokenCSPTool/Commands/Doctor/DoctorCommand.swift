import ArgumentParser

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for what keeps keys from being made and used, and say what to do about it.",
        discussion: """
            Looks at the configuration, the environment, every PKCS#11 module (each in a process of its own, which may \
            hang or crash), the tokens and the state of their PINs, the mechanisms that are missing, the known faults \
            of the modules, and what there is to ask for a PIN by. Asks for no PIN and changes nothing.

            Exits 1 where there is a problem; warnings alone are no failure.

            Examples:
              tokencsp doctor
              tokencsp doctor --token 'pkcs11:token=demo?module-path=/usr/lib/softhsm/libsofthsm2.so'
              tokencsp doctor --json | jq -r '.findings[] | select(.level == "problem") | .remedy'
            """
    )

    @Flag(help: "Show warnings and problems alone.")
    var quiet = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let findings = Doctor(global).findings().filter { !quiet || $0.level != .ok }
        let result = DoctorResult(findings: findings)
        try Output.print(result, json: global.json)
        if result.problems > 0 { throw ExitCode(ExitStatus.failure.rawValue) }
    }
}

/// `{"problems": 0, "warnings": 1, "findings": [{"area": "modules", "level": "ok", "subject": "…", "message": "…",
/// "remedy": "…"}]}`; `remedy` is absent where there is none to be had or none is needed.
struct DoctorResult: CommandResult {
    static let emptyNote = "Nothing to report."

    let problems: Int
    let warnings: Int
    let findings: [Finding]

    init(findings: [Finding]) {
        problems = findings.count { $0.level == .problem }
        warnings = findings.count { $0.level == .warning }
        self.findings = findings
    }

    var text: String {
        guard !findings.isEmpty else { return "" }
        var text = ""
        for area in Finding.Area.allCases {
            let own = findings.filter { $0.area == area }
            guard !own.isEmpty else { continue }
            text += Style.bold(area.title) + "\n"
            for finding in own { text += lines(finding) }
        }
        func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
        return text + "\n\(count(problems, "problem")), \(count(warnings, "warning"))\n"
    }

    private func lines(_ finding: Finding) -> String {
        let mark =
            switch finding.level {
            case .ok: Style.green("ok     ")
            case .warning: Style.yellow("warning")
            case .problem: Style.red("PROBLEM")
            }
        let subject = finding.subject.isEmpty ? "" : printable(finding.subject) + ": "
        let what = Style.wrapped(subject + printable(finding.message), indentation: 11)
        let remedy = finding.remedy.map { "           " + Style.wrapped("→ " + printable($0), indentation: 13) + "\n" }
        return "  \(mark)  \(what)\n" + (remedy ?? "")
    }
}
