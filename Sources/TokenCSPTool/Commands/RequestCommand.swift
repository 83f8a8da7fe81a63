import ArgumentParser
import Glibc
import TokenCSP
import TokenCSPCertificates

struct RequestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Make the key and the certificate request that a certreq INF file asks for.",
        discussion: """
            Reads the file that 'certreq -new' takes on Windows: [NewRequest], [Extensions], \
            [EnhancedKeyUsageExtension], [RequestAttributes] and [Strings]. The key is made on the token by the rules of \
            CryptGenKey and signs the request there; RequestType = Cert makes a self-signed certificate and stores it \
            with the key. What cannot be honoured is an error with its line, and nothing is made before the whole file \
            is understood. Documentation/RequestFiles.md lists the keys.

            Examples:
              tokencsp request web.inf --out web.req
              openssl req -in web.req -noout -text -verify
              tokencsp request web.inf --container web --json
            """
    )

    @Argument(help: ArgumentHelp("The INF file; - is standard input.", valueName: "file.inf"))
    var file: String

    @Option(help: "The container, in place of the file's KeyContainer.")
    var container: String?

    @Option(help: ArgumentHelp("The file to write; standard output if left out.", valueName: "file"))
    var out: String?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try ContainerName.validate(container)
        if global.json, out == "-" { throw ValidationError("--out - and --json both want standard output") }
        if file == "-", global.pinSource?.readsStandardInput == true {
            throw ValidationError("--pin-source fd:0 and the INF file both read standard input: name the file")
        }
        if global.provider != nil || global.machine {
            throw ValidationError("the file says which provider and key set: ProviderName and MachineKeySet")
        }
    }

    func run() throws {
        let request = try read()
        let name = container ?? request.container ?? "{\(Self.randomName())}"
        let plan = try plan(request, name)
        try NewFile.requirePossible(out, isSecret: false)
        for note in request.notes { Output.writeError("tokencsp: note: \(printable(file)), \(printable(note))") }

        let making = RequestMaking(request, container: name, global)
        let made = try making.make()
        do {
            try write(made, request, name)
        } catch {
            let stays = request.usesExistingKey ? "stays" : "is made and stays"
            Output.writeError("tokencsp: the key of \(describe(container: name)) \(stays)")
            throw error
        }
        if !global.json { Output.writeError(made.sentence(plan, name)) }
    }

    private func write(_ made: RequestMaking.Made, _ request: INFRequest, _ name: String) throws {
        let text = CertificateDocument.pem(made.der, made.label)
        if let out, out != "-" {
            try NewFile.write(Array(text.utf8), to: out, isSecret: false)
        } else if !global.json {
            try Output.write(text)
        }
        guard global.json else { return }
        let isRequest = request.kind == .request
        let result = RequestResult(
            container: name, spec: request.spec.argument, provider: request.provider, algorithm: made.algorithm,
            bits: made.bits, flags: hexadecimal(request.flags.rawValue), keyCreated: !request.usesExistingKey,
            request: isRequest ? text : nil, certificate: isRequest ? nil : text, file: out, notes: request.notes)
        try Output.print(result, json: true)
    }

    /// The file, understood; errors name it.
    private func read() throws -> INFRequest {
        let bytes = try InputFile(file).content(limit: INFFile.limit, of: "INF file")
        do {
            return try INFRequest(INFFile(bytes))
        } catch {
            throw CSPError(error.code, "\(file == "-" ? "standard input" : file), \(error.reason)")
        }
    }

    /// What no token could make legal is refused before one is touched.
    private func plan(_ request: INFRequest, _ name: String) throws -> GenerationPlan {
        var flags: Context.Flags = request.isMachine ? .machineKeySet : []
        if request.isSilent { flags.insert(.silent) }
        return try GenerationPlan(
            request.algorithmID, flags: request.rawFlags, container: name, provider: request.provider,
            contextFlags: flags)
    }

    /// As certreq names a container that nobody names: a GUID.
    private static func randomName() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = hexadecimal((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }).uppercased()
        var (name, rest) = ("", digits[...])
        for count in [8, 4, 4, 4, 12] {
            name += (name.isEmpty ? "" : "-") + rest.prefix(count)
            rest = rest.dropFirst(count)
        }
        return name
    }
}

extension INFRequest {
    /// AT_SIGNATURE or AT_KEYEXCHANGE, which mean the provider's algorithm.
    var algorithmID: AlgorithmID { AlgorithmID(rawValue: spec.rawValue) }

    /// CryptGenKey's dwFlags.
    var rawFlags: UInt32 { flags.rawValue & 0xFFFF | UInt32(UInt16(clamping: bits ?? 0)) << 16 }
}

/// `{"container": "web", "spec": "exchange", "provider": "TokenCSP RSA and AES Provider", "algorithm": "CALG_RSA_KEYX",
/// "bits": 2048, "flags": "0x00000001", "key_created": true, "request": "-----BEGIN NEW CERTIFICATE REQUEST-----…",
/// "file": "web.req", "notes": []}`
///
/// `certificate` stands in place of `request` for RequestType = Cert; `file` is absent without `--out`.
private struct RequestResult: CommandResult {
    let container: String
    let spec: String
    let provider: String
    let algorithm: String
    let bits: Int
    let flags: String
    let keyCreated: Bool
    let request: String?
    let certificate: String?
    let file: String?
    let notes: [String]

    var text: String { request ?? certificate ?? "" }
}
