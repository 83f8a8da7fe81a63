import ArgumentParser
import TokenCSP

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify a signature with the public half of a key on the token. No PIN is asked for.",
        discussion: """
            Exits 0 where the signature is good and 1 where it is not; --json then says "valid": false as well.

            Example:
              tokencsp verify --container alice --in letter.txt --signature letter.sig
            """
    )

    @OptionGroup var data: DataOptions

    @Option(help: ArgumentHelp("The file with the signature.", valueName: "file"), completion: .file())
    var signature: String

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try data.validate(global)
        if data.readsStandardInput, signature == "-" {
            throw ValidationError("the signature and the data cannot both come from standard input: give --in FILE")
        }
    }

    func run() throws {
        // Twice the longest RSA signature that a 16-bit key length allows.
        let signature = try InputFile(signature).content(limit: 16_384, of: "signature")
        let context = try global.open(container: data.selection.container)
        defer { context.release() }
        let (key, spec) = try data.selection.key(in: context)
        func result(valid: Bool) -> VerifyResult {
            VerifyResult(
                container: context.containerName ?? data.selection.container, spec: spec.argument,
                hash: data.hash.rawValue, valid: valid)
        }
        do {
            try data.makeHash(in: context, json: global.json).verify(data.read(signature, key), key: key)
        } catch {
            // That it is bad is a result too; of people the error's own words are enough.
            if (error as? CSPError)?.code == .badSignature, global.json {
                try Output.print(result(valid: false), json: true)
            }
            throw error
        }
        try Output.print(result(valid: true), json: global.json)
    }
}

/// `{"container": "alice", "spec": "signature", "hash": "sha256", "valid": true}`; of a bad signature `valid` is false,
/// and standard error has an error document too (NTE_BAD_SIGNATURE, exit status 1).
private struct VerifyResult: CommandResult {
    let container: String?
    let spec: String
    let hash: String
    let valid: Bool

    var text: String { "The signature is good.\n" }
}
