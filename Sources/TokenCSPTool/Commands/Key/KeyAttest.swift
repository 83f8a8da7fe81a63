import ArgumentParser
import TokenCSP

struct KeyAttest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest",
        abstract: "Hold a manifest of 'key generate' against the token.",
        discussion: """
            Re-reads the token and compares every attribute, public key, id, length, protection and serial number with \
            what the manifest says. Ends with 0 only where nothing differs and everything was checked: a difference is \
            1, and private halves that could not be seen for want of a PIN are 4. --public-only does without the PIN.

            The token is --token or the configured one, else the one that the manifest names among the modules that \
            p11-kit has configured.

            Examples:
              tokencsp key attest tls.json
              tokencsp key attest tls.json --strict --json
              tokencsp key attest tls.json --public-only
            """
    )

    @Argument(help: ArgumentHelp("The manifest.", valueName: "manifest"))
    var file: String

    @Flag(
        help: "Keys on the token that the manifest lacks, and other versions of firmware and module, are differences.")
    var strict = false

    @Flag(help: "Check the public halves alone. No PIN is asked for.")
    var publicOnly = false

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        if publicOnly, global.pinSource != nil { throw ValidationError("--public-only takes no --pin-source") }
        if global.machine || global.provider != nil {
            throw ValidationError(
                "the manifest says which key set and provider: --machine and --provider do not go here")
        }
    }

    func run() throws {
        let (manifest, digest) = try ManifestFile.read(file)
        if !publicOnly { try global.readNamedPINSource() }
        let root = try open(manifest)
        defer { root.release() }

        let attestation = try Attestation(manifest, root: root, isPublicOnly: publicOnly)
        let token = try attestation.checkToken()
        var keys: [KeyAttestation] = []
        for run in manifest.runs {
            for key in run.keys { keys.append(try attestation.check(key, of: run)) }
        }
        let extra = strict ? attestation.extraKeys() : nil
        let isComplete = keys.allSatisfy { $0.unchecked.isEmpty }
        let agrees =
            token.differences.isEmpty && keys.allSatisfy { $0.differences.isEmpty } && extra?.isEmpty ?? true
            && (!strict || token.notes.isEmpty)
        let result = AttestResult(
            manifest: ManifestNote(file: file, sha256: hexadecimal(digest)), agrees: agrees, complete: isComplete,
            token: Manifest.Token(try root.tokenDescription()).uri, tokenDifferences: token.differences,
            versionChanges: token.notes, keys: keys, extraKeys: extra,
            notChecked: isComplete ? nil : attestation.blindness)
        try Output.print(result, json: global.json)
        guard agrees else { throw ToolError(.failure, "\(file): \(result.verdict)") }
        guard isComplete || publicOnly else { throw ToolError(.pinWrong, "\(file): \(result.verdict)") }
    }

    /// A context on the token that is asked for.
    private func open(_ manifest: Manifest) throws -> Context {
        var configuration = try global.configuration()
        if configuration.tokenURI == nil {
            // Without its module: a file from somebody else names no library to load.
            configuration.tokenURI = manifest.runs.first?.token.uri
        }
        guard publicOnly else {
            return try Context.acquire(
                flags: .defaultContainerOptional, configuration: configuration,
                interaction: CommandInteraction(configuration))
        }
        configuration.pinSource = nil
        if let uri = configuration.tokenURI { configuration.tokenURI = PKCS11URI(uri).removingPINSource }
        return try Context.acquire(flags: [.defaultContainerOptional, .silent], configuration: configuration)
    }
}
