import ArgumentParser
import PKCS11
import TokenCSP

/// `tokencsp key archive`.
struct KeyArchive: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Generate an archivable key and write it to a file under a passphrase, once.",
        discussion: """
            CRYPT_ARCHIVABLE means that a key can be exported until the handle that made it is closed: so the archive is \
            written in the same step, as PKCS#8 under a passphrase, and what stays on the token never leaves it again. For a \
            key that is there already this is too late, unless it is exportable: 'tokencsp key export' writes that one.
            If the file cannot be written the new key is deleted again. A file that is there is replaced with --overwrite only.
            Example:
              tokencsp key archive --container alice --spec exchange --bits 3072 --out alice.pem
            """
    )

    @Option(help: ContainerName.help, completion: Completion.containers)
    var container: String?

    @Option(help: "Which of the container's two keys.")
    var spec: KeySpecArgument = .exchange

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The key length; the provider's default if left out.", valueName: "number"),
        transform: KeyLength.parse)
    var bits: Int?

    @Option(help: ArgumentHelp("The file for the archive.", valueName: "file"), completion: .file())
    var out: String

    @OptionGroup var secretOutput: SecretOutputOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try ContainerName.validate(container)
        try passphrase.validate(global, readsInput: false)
        if out == "-" { throw ValidationError("--out takes a file: results are on standard output") }
    }

    func run() throws {
        try secretOutput.prepare(out)
        let target = try TargetContainer(container, global)
        let context = target.context
        defer { context.release() }
        let key = try target.put(spec.keySpec, replacing: false) { context in
            // Before the key is made: who cannot be asked gets none.
            let passphrase = try passphrase.read(out, isNew: true)
            let key = try context.generateKey(spec.keySpec, bits: bits, flags: .archivable)
            do {
                try secretOutput.write(EncryptedKey.pkcs8(key, passphrase), to: out)
            } catch {
                discard(in: context)
                throw error
            }
            do {
                try key.destroy()
            } catch {
                // It could leave its token still, which an archived key must not.
                tell("\(printable(out)) is written and stays: with 'tokencsp key import' it puts the key back")
                discard(in: context)
                throw error
            }
            return key
        }
        let after: KeyReport
        do {
            after = try context.userKey(spec.keySpec).report()
        } catch {
            tell(
                "the key of \(describe(container: context.containerName)) and its archive \(printable(out)) are made and stay"
            )
            throw error
        }
        let result = KeyArchiveResult(key: ReportResult(after), file: out, bits: key.bits)
        try Output.print(result, json: global.json)
    }

    private func discard(in context: Context) {
        let container = describe(container: context.containerName)
        do {
            try context.deleteKey(spec.keySpec)
            tell("the new key of \(container) is deleted again")
        } catch {
            tell("the new key of \(container) could not be deleted and stays")
        }
    }

    /// What has become of key and file, which the error itself does not say.
    private func tell(_ text: String) {
        Output.writeError("tokencsp: \(text)")
    }
}

private struct KeyArchiveResult: CommandResult {
    let key: ReportResult
    let file: String
    let bits: Int

    var text: String { key.text + "The archive is in \(printable(file)). No other can be made of this key.\n" }
}
