import ArgumentParser
import TokenCSP

/// What `encrypt` and `decrypt` share.
struct StreamOptions: ParsableArguments {
    @Option(help: ContainerName.help, completion: Completion.containers)
    var container: String?

    @Option(
        name: .customLong("in"), help: ArgumentHelp("The data; standard input if left out.", valueName: "file"),
        completion: .file())
    var input: String?

    @Option(
        help: ArgumentHelp("The file to write; standard output if left out.", valueName: "file"), completion: .file())
    var out: String?

    @Option(help: "Only RSA, as CryptoAPI and openssl have it, for a few bytes; no file format around it.")
    var raw: RawEncryption?

    @OptionGroup var passphrase: PassphraseOptions

    mutating func validate() throws {
        try ContainerName.validate(container)
        if passphrase.passphraseSource != nil {
            if container != nil { throw ValidationError("--container and --passphrase-source exclude each other") }
            if raw != nil { throw ValidationError("--raw is for keys, not for passphrases") }
        }
    }

    func validate(_ global: GlobalOptions) throws {
        let readsInput = input == nil || input == "-"
        try passphrase.validate(global, readsInput: readsInput)
        if readsInput, global.pinSource?.readsStandardInput == true {
            throw ValidationError("--pin-source fd:0 and the data both read standard input: give --in FILE")
        }
        if global.json, OutputFile.isStandardOutput(out) {
            throw ValidationError("the data and --json both want standard output: give --out FILE")
        }
    }

    var usesPassphrase: Bool { passphrase.passphraseSource != nil }

    /// A context of the container; its session keys are on the host, where long files go through.
    func context(_ global: GlobalOptions) throws -> Context {
        var configuration = try global.configuration()
        configuration.sessionKeys = .host
        return try Context.acquire(
            container: container, provider: global.provider, flags: global.keySet, configuration: configuration,
            interaction: CommandInteraction(configuration))
    }

    /// One without a container, for which there need be no token.
    func hostContext(_ global: GlobalOptions) throws -> Context {
        var configuration = try global.configuration()
        configuration.sessionKeys = .host
        return try Context.acquire(flags: .verifyContext, configuration: configuration)
    }
}

/// `--raw`.
enum RawEncryption: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// SHA-256 and MGF1 over it: `openssl pkeyutl -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256`.
    case rsaOAEP = "rsa-oaep"
    /// With SHA-1, as CRYPT_OAEP and openssl's default.
    case rsaOAEPSHA1 = "rsa-oaep-sha1"
    case rsaPKCS1 = "rsa-pkcs1"

    var padding: RSAEncryptionPadding {
        switch self {
        case .rsaOAEP: .oaep(hash: .sha256)
        case .rsaOAEPSHA1: .oaep
        case .rsaPKCS1: .pkcs1
        }
    }
}

/// The JSON of `encrypt` and `decrypt`.
struct StreamResult: CommandResult {
    let container: String?
    let by: String
    let file: String?
    let bytes: Int?

    var text: String { "" }
    static var emptyNote: String { "" }
}
