import ArgumentParser
import PKCS11
import TokenCSP

extension PrivateKeyForm: ExpressibleByArgument {}

/// `tokencsp key import`.
struct KeyImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Put a private key from a file onto the token.",
        discussion: """
            Reads PEM and DER (PKCS#1, SEC 1, PKCS#8, encrypted or not), PKCS#12, PRIVATEKEYBLOB, and keys that \
            'tokencsp key export --recipient' wrapped for an exchange key of this container. The file tells which; --form \
            says it where it does not. The provider is the one that has such keys, unless --provider names another.
            The container is created if it is absent. A key of the same spec is not touched without --replace, and then after a question. \
            What the token holds afterwards is read back and shown. The file stays: delete it yourself.
            Examples:
              tokencsp key import alice.pem --container alice
              tokencsp key import alice.p12 --container alice --passphrase-source file:/run/pass --certificate-out alice.crt
              tokencsp key import alice.blob --container alice --spec exchange --exportable
            """
    )

    @Argument(help: ArgumentHelp("The file; - for standard input.", valueName: "file"), completion: .file())
    var file: String

    @Option(help: ContainerName.help, completion: Completion.containers)
    var container: String?

    @Option(help: "Which of the container's two keys (default: signature; of a blob the one that it says).")
    var spec: KeySpecArgument?

    @Option(help: "What the file is, where it does not tell.")
    var form: PrivateKeyForm?

    @Option(
        help: ArgumentHelp("Where to write the certificates of a PKCS#12, as PEM.", valueName: "file"),
        completion: .file())
    var certificateOut: String?

    @Flag(help: "Replace the container's key of this spec. The new key is complete before the old one goes.")
    var replace = false

    @Flag(help: "Do not ask before a key is replaced.")
    var yes = false

    @OptionGroup var protection: ProtectionOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try ContainerName.validate(container)
        try passphrase.validate(global, readsInput: file == "-")
        if file == "-", global.pinSource?.readsStandardInput == true {
            throw ValidationError("--pin-source fd:0 and the file both read standard input")
        }
        if certificateOut == "-" {
            throw ValidationError("--certificate-out takes a file: results are on standard output")
        }
    }

    func run() throws {
        try NewFile.requirePossible(certificateOut, isSecret: false)
        if let certificateOut, isSameFile(file, certificateOut) {
            throw ValidationError("--certificate-out would replace the file that the key is in")
        }
        // Read and opened first: nothing on the token changes for a file that is none.
        let file = try PrivateKeyFile(file, form)
        let content = try file.open { try passphrase.read(self.file) }
        var certificates: [UInt8] = []
        let key: Key
        let context: Context
        switch content {
        case .key(let info, let found):
            certificates = found
            (key, context) = try put(info.publicKey, askedSpec) { context in
                try context.importKey(info, askedSpec, flags: protection.flags)
            }
        case .wrapped(let bytes, let publicKey):
            (key, context) = try put(publicKey, askedSpec) { context in
                try context.importWrapped(bytes, publicKey, askedSpec, flags: protection.flags)
            }
        case .blob(let blob):
            (key, context) = try putBlob(blob)
        }
        defer { context.release() }
        if let certificateOut, !certificates.isEmpty {
            try NewFile.write(certificates, to: certificateOut, isSecret: false)
        }
        let count = PEM.blocks(in: certificates).count
        let result = KeyImportResult(
            key: ReportResult(try key.report()), form: file.form.rawValue, certificates: count,
            certificateFile: certificates.isEmpty ? nil : certificateOut)
        try Output.print(result, json: global.json)
    }

    private var askedSpec: KeySpec { (spec ?? .signature).keySpec }

    private func put(_ publicKey: PublicKey, _ spec: KeySpec, _ make: (Context) throws -> Key) throws -> (Key, Context)
    {
        guard let provider = PrivateKeyInfo.provider(publicKey, spec) else {
            throw CSPError(.badAlgID, "such a key cannot be an \(spec.argument) key")
        }
        var global = global
        if global.provider == nil { global.provider = provider }
        let target = try TargetContainer(container, global)
        return (try target.put(spec, replacing: replace, yes: yes, make), target.context)
    }

    /// A PRIVATEKEYBLOB says itself what it is. One that is encrypted is so under a key that CryptDeriveKey makes.
    private func putBlob(_ blob: PIN) throws -> (Key, Context) {
        // Header and magic: no key is shorter, encrypted or not.
        guard blob.count >= 12 else {
            throw CSPError(.badData, "a PRIVATEKEYBLOB of \(blob.count) bytes is cut off, or none")
        }
        let algorithm = blob.withUnsafeBytes { bytes in
            AlgorithmID(rawValue: bytes[4..<8].reversed().reduce(0) { $0 << 8 | UInt32($1) })
        }
        let blobSpec: KeySpec = algorithm.rawValue >> 13 == 1 ? .signature : .keyExchange
        if let spec, spec.keySpec != blobSpec {
            throw CSPError(.badKey, "the blob is of \(algorithm), which is an \(blobSpec.argument) key")
        }
        var global = global
        if global.provider == nil { global.provider = PrivateKeyInfo.provider(of: algorithm) }
        let isPlain = blob.withUnsafeBytes { PrivateKeyInfo.isPlainBlob($0) }
        let passphrase = isPlain ? nil : try passphrase.read(file)
        let target = try TargetContainer(container, global)
        let key = try target.put(blobSpec, replacing: replace, yes: yes) { context in
            let under = try passphrase.map { try BlobKey.derive($0, in: context) }
            do throws(CSPError) {
                return try context.importKey(blob, under: under, flags: protection.flags)
            } catch {
                guard !isPlain, error.code == .badData || error.code == .badType else { throw error }
                throw ToolError.passphrase("\(printable(file)): the passphrase is wrong, or the blob is damaged")
            }
        }
        return (key, target.context)
    }
}

private struct KeyImportResult: CommandResult {
    let key: ReportResult
    let form: String
    let certificates: Int
    let certificateFile: String?

    var text: String {
        guard certificates > 0 else { return key.text }
        let what = certificates == 1 ? "a certificate" : "\(certificates) certificates"
        let place = certificateFile.map { "written to \(printable($0))" } ?? "not written: --certificate-out FILE does"
        return key.text + "The file held \(what) too, \(place).\n"
    }
}
