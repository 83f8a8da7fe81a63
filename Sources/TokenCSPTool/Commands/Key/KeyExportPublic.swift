import ArgumentParser
import FoundationEssentials
import TokenCSP

struct KeyExportPublic: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-public",
        abstract: "Write the public half of a key. No PIN is asked for.",
        discussion: """
            pem and der are the SubjectPublicKeyInfo that openssl reads; blob is CryptoAPI's PUBLICKEYBLOB.

            Example:
              tokencsp key export-public --container alice --format pem --out alice.pem
            """
    )

    @OptionGroup var selection: KeySelection

    @Option(help: "The form.")
    var format: PublicKeyFormat = .pem

    @Option(
        help: ArgumentHelp("The file to write; standard output if left out.", valueName: "file"), completion: .file())
    var out: String?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        if global.json, out == "-" { throw ValidationError("--out - and --json both want standard output") }
    }

    func run() throws {
        let toStandardOutput = OutputFile.isStandardOutput(out) && !global.json
        if toStandardOutput, format != .pem { try Output.requireNoTerminal("the \(format.rawValue)") }

        let context = try global.open(container: selection.container)
        defer { context.release() }
        let (key, spec) = try selection.key(in: context)
        let bytes = try encode(key)
        if toStandardOutput { return try Output.write(bytes) }
        if let out { try OutputFile.write(bytes, to: out) }
        guard global.json else { return }
        let text = format == .pem ? String(decoding: bytes, as: UTF8.self) : Data(bytes).base64EncodedString()
        let result = PublicKeyResult(
            container: context.containerName ?? selection.container, spec: spec.argument, algorithm: key.algorithm.name,
            bits: key.bits, format: format.rawValue, publicKey: text, file: out)
        try Output.print(result, json: true)
    }

    private func encode(_ key: Key) throws -> [UInt8] {
        switch format {
        case .pem:
            let pem = try key.publicKey().pem()
            return Array((pem.hasSuffix("\n") ? pem : pem + "\n").utf8)
        case .der: return try key.publicKey().subjectPublicKeyInfo()
        case .blob: return try key.publicKeyBlob()
        }
    }
}

/// `{"container": "alice", "spec": "signature", "algorithm": "CALG_RSA_SIGN", "bits": 3072, "format": "pem",
/// "public_key": "-----BEGIN…", "file": "alice.pem"}`
///
/// `public_key` is the text of a PEM and base64 of the other forms; `file` is absent without `--out`.
private struct PublicKeyResult: CommandResult {
    let container: String?
    let spec: String
    let algorithm: String
    let bits: Int
    let format: String
    let publicKey: String
    let file: String?

    var text: String { publicKey }
}
