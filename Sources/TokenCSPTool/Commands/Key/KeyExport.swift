import ArgumentParser
import CGnuTLS
import PKCS11
import TokenCSP

/// `--form` of `key export`.
enum PrivateKeyExportForm: String, CaseIterable, ExpressibleByArgument, Sendable {
    case pkcs8, blob, wrapped
}

/// `tokencsp key export`.
struct KeyExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write an exportable private key to a file, encrypted.",
        discussion: """
            pkcs8 is PEM under a passphrase (PBES2: PBKDF2 with 600,000 rounds of HMAC-SHA-256, AES-256-CBC), which openssl \
            reads. blob is CryptoAPI's PRIVATEKEYBLOB under the key that CryptDeriveKey makes of the passphrase's SHA-256 \
            hash, for Windows programs; with --insecure-plain it is not encrypted at all. wrapped is for another token: \
            encrypted by this token for the RSA exchange key of --recipient, so that the key is in the clear on no host \
            (CKM_RSA_AES_KEY_WRAP); 'tokencsp key import' there puts it in.
            Only a key that was made with --exportable leaves. The file is for its owner alone (mode 600). One that \
            is there is replaced with --overwrite only.
            Examples:
              tokencsp key export --container alice --out alice.pem --passphrase-source file:/run/pass
              tokencsp key export --container alice --form wrapped --recipient other.pem --out alice.wrapped
            """
    )

    @OptionGroup var selection: KeySelection

    @Option(help: "The form.")
    var form: PrivateKeyExportForm = .pkcs8

    @Option(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var out: String

    @Flag(help: "Write the blob in the clear: whoever reads the file has the key.")
    var insecurePlain = false

    @Option(
        help: ArgumentHelp("The receiver's RSA public key, PEM or DER, of an exchange key.", valueName: "file"),
        completion: .file())
    var recipient: String?

    @Option(
        help: ArgumentHelp("The receiver's token, as a PKCS#11 URI, in place of --recipient.", valueName: "uri"),
        completion: Completion.tokens)
    var forToken: String?

    @Option(help: ArgumentHelp("The container on that token whose exchange key unwraps.", valueName: "name"))
    var forContainer: String?

    @OptionGroup var secretOutput: SecretOutputOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try ContainerName.validate(forContainer)
        try passphrase.validate(global, readsInput: false)
        if out == "-" { throw ValidationError("--out takes a file: results are on standard output") }
        if insecurePlain, form != .blob { throw ValidationError("--insecure-plain is for --form blob") }
        if insecurePlain, passphrase.passphraseSource != nil {
            throw ValidationError("--insecure-plain and --passphrase-source exclude each other")
        }
        let receivers = (recipient == nil ? 0 : 1) + (forToken == nil ? 0 : 1)
        if form == .wrapped ? receivers != 1 : receivers != 0 || forContainer != nil {
            throw ValidationError("--form wrapped goes with one of --recipient and --for-token, the others with none")
        }
        if let forToken, PKCS11URI.hasPINValue(forToken) {
            throw ValidationError("a URI with pin-value is refused: other users can read a command line")
        }
        if let forToken { try PKCS11URI.validatePINSource(forToken) }
        if form == .wrapped, passphrase.passphraseSource != nil {
            throw ValidationError("a wrapped key has no passphrase")
        }
    }

    func run() throws {
        cgnutls_forbid_core_files()
        try secretOutput.prepare(out)
        let context = try global.open(container: selection.container)
        defer { context.release() }
        let (key, spec) = try selection.key(in: context)
        var bytes = try export(key, context)
        defer { wipe(&bytes) }
        try secretOutput.write(bytes, to: out)
        if insecurePlain { Output.writeError("tokencsp: \(printable(out)) holds the private key in the clear") }
        let result = KeyExportResult(
            container: context.containerName ?? selection.container, spec: spec.argument, algorithm: key.algorithm.name,
            bits: key.bits, form: form.rawValue, encrypted: !insecurePlain, file: out)
        try Output.print(result, json: global.json)
    }

    private func export(_ key: Key, _ context: Context) throws -> [UInt8] {
        switch form {
        case .pkcs8:
            try EncryptedKey.requireExportable(key)
            return try EncryptedKey.pkcs8(key, passphrase.read(out, isNew: true))
        case .blob:
            try EncryptedKey.requireExportable(key)
            let under = insecurePlain ? nil : try BlobKey.derive(passphrase.read(out, isNew: true), in: context)
            return try key.export(.privateKey, under: under)
        case .wrapped:
            guard let receiver = try receiver().rsa else {
                throw CSPError(.badKey, "a key is wrapped for an RSA exchange key: the receiver's is of another kind")
            }
            let text = try key.publicKey().pem() + PEM.encode(key.wrapped(for: receiver), PrivateKeyFile.wrappedLabel)
            return Array(text.utf8)
        }
    }

    private func receiver() throws -> PublicKey {
        if let recipient {
            return try PublicKey(encoded: InputFile(recipient).content(limit: 65_536, of: "public key"))
        }
        // Public information: nobody is asked for that token's PIN.
        var other = global
        other.token = forToken
        other.provider = nil
        // The PIN of one token is never tried on another.
        other.pinSource = nil
        other.ignoresConfiguredPINSource = true
        let context = try other.acquire(container: forContainer, flags: .silent)
        defer { context.release() }
        return try context.userKey(.keyExchange).publicKey()
    }
}

struct KeyExportResult: CommandResult {
    let container: String?
    let spec: String
    let algorithm: String
    let bits: Int
    let form: String
    let encrypted: Bool
    let file: String

    var text: String {
        "The \(spec) key of \(describe(container: container)) is in \(printable(file)): \(form), \(algorithm), "
            + "\(bits) bits\(encrypted ? "" : ", in the clear").\n"
    }
}
