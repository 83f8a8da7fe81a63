import ArgumentParser
import FoundationEssentials
import TokenCSP

struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign data with a key on the token.",
        discussion: """
            The data is hashed here and the hash is signed on the token: RSA PKCS #1 v1.5, or ECDSA, or EdDSA with the \
            hash as its message. The signature has the form that openssl verifies; --little-endian gives that of \
            CryptSignHash.

            Example:
              tokencsp sign --container alice --in letter.txt --out letter.sig
              openssl dgst -sha256 -verify alice.pem -signature letter.sig letter.txt
            """
    )

    @OptionGroup var data: DataOptions

    @Option(
        help: ArgumentHelp("The file for the signature; standard output if left out.", valueName: "file"),
        completion: .file())
    var out: String?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try data.validate(global)
        if global.json, out == "-" { throw ValidationError("--out - and --json both want standard output") }
    }

    func run() throws {
        let toStandardOutput = OutputFile.isStandardOutput(out) && !global.json
        if toStandardOutput { try Output.requireNoTerminal("the signature") }

        let context = try global.open(container: data.selection.container)
        defer { context.release() }
        let (key, spec) = try data.selection.key(in: context)
        let signature = try data.written(data.makeHash(in: context, json: global.json).sign(spec), key)
        if toStandardOutput { return try Output.write(signature) }
        if let out { try OutputFile.write(signature, to: out) }
        guard global.json else { return }
        let result = SignResult(
            container: context.containerName ?? data.selection.container, spec: spec.argument, bits: key.bits,
            hash: data.hash.rawValue, byteOrder: data.littleEndian ? "little-endian" : "big-endian",
            signature: Data(signature).base64EncodedString(), file: out)
        try Output.print(result, json: true)
    }
}

/// `{"container": "alice", "spec": "signature", "bits": 3072, "hash": "sha256", "byte_order": "big-endian",
/// "signature": "base64…", "file": "letter.sig"}`; `file` is absent without `--out`.
private struct SignResult: CommandResult {
    let container: String?
    let spec: String
    let bits: Int
    let hash: String
    let byteOrder: String
    let signature: String
    let file: String?

    var text: String { signature + "\n" }
}
