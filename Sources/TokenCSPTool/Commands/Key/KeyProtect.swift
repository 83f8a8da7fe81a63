import ArgumentParser
import TokenCSP

/// `--require` of `key protect`.
enum ProtectionArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
    case none, consent, pin

    var protection: KeyProtection {
        switch self {
        case .none: .none
        case .consent: .consent
        case .pin: .pin
        }
    }
}

/// `tokencsp key protect`.
struct KeyProtect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect",
        abstract: "Show how a key is protected, and make it stricter.",
        discussion: """
            Without options it shows. --not-exportable ends CRYPT_EXPORTABLE: the key never leaves its token again, in no \
            form. --require consent or pin makes the key ask at each use (CRYPT_USER_PROTECTED, \
            CRYPT_FORCE_KEY_PROTECTION_HIGH). None of it can be taken back, by PKCS#11's rules and ours, so it asks first; \
            without a terminal it does it with --yes only.
            Examples:
              tokencsp key protect --container alice
              tokencsp key protect --container alice --not-exportable --require consent --yes
            """
    )

    @OptionGroup var selection: KeySelection

    @Flag(help: "The key never leaves its token again.")
    var notExportable = false

    @Option(help: "What the key asks of its user at each use.")
    var require: ProtectionArgument?

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try global.readNamedPINSource()
        let context = try global.open(container: selection.container)
        defer { context.release() }
        let (key, spec) = try selection.key(in: context)
        let before = try key.report()
        guard notExportable || require != nil else {
            let result = KeyProtectResult(before: PolicyResult(before), key: ReportResult(before), changed: false)
            return try Output.print(result, json: global.json)
        }
        let name = describe(container: context.containerName ?? selection.container)
        try Confirmation.require(
            "Make the \(spec.argument) key of \(name) stricter? It can never be undone.", yes: yes,
            destroys: false)
        try key.tighten(keeping: notExportable, protection: require?.protection)
        let after = try context.userKey(spec).report()
        let result = KeyProtectResult(before: PolicyResult(before), key: ReportResult(after), changed: true)
        try Output.print(result, json: global.json)
    }
}

private struct KeyProtectResult: CommandResult {
    let before: PolicyResult?
    let key: ReportResult
    let changed: Bool

    var text: String {
        guard changed, let before else { return key.summary }
        return "Before: \(before.sentence).\n" + key.summary
    }
}
