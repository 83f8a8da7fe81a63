import ArgumentParser
import TokenCSP

struct SelfTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "Try a token: make keys of each kind, use them, and remove them again.",
        discussion: """
            Generates RSA, P-256 and Ed25519 pairs and an AES key where the token can, signs, verifies on the host, \
            encrypts and decrypts, sees that a key without --exportable is not exported, and finds out by trying who \
            holds a protected key's user to its policy. Everything is made in one container of a new name, which is \
            removed at the end, also after a failure and Control-C. No other key is touched.

            Exits 1 where a step fails; what the token lacks is left out and said. Without a login it stops at once: a \
            wrong PIN is sent once.

            Examples:
              tokencsp selftest --token 'pkcs11:token=demo' --pin-source file:demo.pin
              tokencsp selftest --bits 3072 --json | jq '.steps[] | select(.result == "failed")'
            """
    )

    @Option(
        parsing: .unconditional, help: ArgumentHelp("The length of the RSA keys.", valueName: "number"),
        transform: KeyLength.parse)
    var bits: Int = 2048

    @OptionGroup var global: GlobalOptions

    func run() throws {
        Interruption.watch()
        let test = try SelfTest(global, bits: bits)
        let result = test.run()
        try Output.print(result, json: global.json)
        guard result.passed else {
            throw ExitCode((test.loginFailure.map { ExitStatus($0) } ?? .failure).rawValue)
        }
    }
}

/// `{"passed": true, "token": "demo", "token_serial": "…", "token_uri": "pkcs11:…", "steps": [{"subject": "RSA 2048",
/// "step": "sign", "result": "passed" | "failed" | "skipped", "milliseconds": 3.2, "detail": "…"}]}`
///
/// `milliseconds` and `detail` are absent where there is nothing to say; an error in `detail` has its names.
struct SelfTestResult: CommandResult {
    enum Outcome: String, Encodable {
        case passed, failed, skipped
    }

    struct Step: Encodable {
        let subject: String
        let step: String
        let result: Outcome
        let milliseconds: Double?
        let detail: String?
    }

    let passed: Bool
    let token: String
    let tokenSerial: String
    let tokenURI: String
    let steps: [Step]

    private enum CodingKeys: String, CodingKey {
        case passed, token, tokenSerial, steps
        case tokenURI = "tokenUri"
    }

    var text: String {
        var table = Table("KEY", "STEP", "RESULT", "MS", "")
        for step in steps {
            let time = step.milliseconds.map { tenths($0) } ?? ""
            table.append(step.subject, step.step, step.result.rawValue, time, step.detail ?? "")
        }
        let failed = steps.count { $0.result == .failed }
        let skipped = steps.count { $0.result == .skipped }
        let verdict =
            passed
            ? Style.green("Token \"\(printable(token))\" passed.")
            : Style.red("Token \"\(printable(token))\" FAILED in \(failed) of \(steps.count) steps.")
        return table.text() + "\n" + verdict + (skipped > 0 ? " \(skipped) steps were left out.\n" : "\n")
    }

    private func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
