import ArgumentParser
import TokenCSP

struct KeyGenerate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Generate keys on the token and prove what the token holds.",
        discussion: """
            The options stand for CryptGenKey's flags. After generation every attribute is read back from the token; \
            the report says what was asked for, what the token holds and who holds to it. A key that differs is \
            destroyed and the command fails. 'tokencsp explain' shows the same request without making it.

            The container is created if it is absent. A key of the same spec is not touched without --replace, and then after a question. \
            Symmetric keys and --ephemeral ones are session objects, gone when this command ends.

            --count makes many keys with one login, in the containers NAME-1, NAME-2 … or by a pattern such as \
            tls-%03d. It stops at the first failure and says what was made. --manifest keeps what was made in a JSON \
            file for an auditor, which 'tokencsp key attest' holds against the token later.

            --subject or --san makes a certificate request for each key, which the key signs; {container} in them stands \
            for the container's name. The request goes to --request-out, the manifest and --json. A key without its \
            request is removed.

            Examples:
              tokencsp key generate --container alice --spec signature --bits 3072
              tokencsp key generate --container alice --spec exchange --exportable
              tokencsp key generate --container alice --replace --yes --json
              tokencsp key generate --algorithm aes-256
              tokencsp key generate --provider 'TokenCSP Elliptic Curve Provider' --bits 384
              tokencsp key generate --container 'tls-%03d' --count 20 --manifest tls.json --note 'Audit 2026-7'
              tokencsp key generate --container web --subject 'CN=www.example.com, O=Example' --request-out web.csr
              tokencsp key generate --container 'web-%02d' --count 3 --manifest web.json \\
                --subject 'CN={container}.example.com' --san 'dns:{container}.example.com' --request-out '%s.csr'
            """
    )

    @OptionGroup var generation: GenerationOptions

    @Flag(help: "Replace the container's key of this spec. The new key is complete before the old one goes.")
    var replace = false

    @Flag(help: "Do not ask before a key or a manifest is replaced.")
    var yes = false

    @OptionGroup var ceremony: CeremonyOptions
    @OptionGroup var request: KeyRequestOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        if generation.isSessionObject {
            if replace {
                throw ValidationError("--replace is for keys in a container: a session object replaces nothing")
            }
            if ceremony.count != nil || ceremony.manifest != nil {
                throw ValidationError(
                    "--count and --manifest are for keys in a container: a session object is gone soon")
            }
            if request.isAsked {
                throw ValidationError("a certificate request is for a key that stays: a session object is gone soon")
            }
        }
        if request.isAsked, request.requestOut == nil, ceremony.count != nil, ceremony.manifest == nil, !global.json {
            throw ValidationError("--count makes many requests: give --request-out, --manifest or --json for them")
        }
        if ceremony.count != nil { _ = try ceremony.containers(generation.container) }
    }

    func run() throws {
        if generation.isSessionObject {
            _ = try generation.plan(global)
            return try Output.print(try generateSessionObject(), json: global.json)
        }
        let containers = try ceremony.containers(generation.container)
        // What no token could make legal is refused before one is touched, for every name.
        var plans: [GenerationPlan] = []
        for container in containers { plans.append(try generation.plan(global, container: container)) }
        if let plan = plans.first { try request.check(containers, plan, ceremony, replace: replace) }
        let file = try ceremony.file()
        if let file { try Ceremony.requireFits(file, containers, generation.keySpec, global) }
        var agreed: Set<String> = []
        if ceremony.count != nil, let plan = plans.first {
            agreed = try Ceremony.occupied(containers, plan, generation.keySpec, global)
            try Ceremony.confirm(agreed, generation.keySpec, replacing: replace, yes: yes)
        }
        if let file, file.isReplacement {
            try Confirmation.require("Replace the manifest in \(printable(file.path))?", yes: yes)
        }
        let maker = KeyMaker(generation, replace: replace, yes: yes, agreed: agreed, request, global)
        defer { maker.end() }
        var ceremony = Ceremony(maker, flags: generation.flags, note: ceremony.note, file: file)
        do {
            try ceremony.make(containers, isMachine: global.machine)
        } catch {
            // What was made is a result, of a ceremony that failed as well.
            if !ceremony.made.isEmpty { try Output.print(result(ceremony, asked: containers.count), json: global.json) }
            throw error
        }
        guard self.ceremony.count == nil, let made = ceremony.made.first else {
            return try Output.print(result(ceremony, asked: containers.count), json: global.json)
        }
        let manifest = ManifestNote(ceremony.file)
        try Output.print(KeyGenerateResult(made, archivable: generation.archivable, manifest), json: global.json)
    }

    private func result(_ ceremony: Ceremony, asked: Int) -> CeremonyResult {
        CeremonyResult(
            asked: asked, made: ceremony.made.count,
            keys: ceremony.made.map { KeyGenerateResult($0, archivable: generation.archivable, nil) },
            manifest: ManifestNote(ceremony.file))
    }

    private func generateSessionObject() throws -> KeyGenerateResult {
        let context = try global.acquire(container: nil, flags: .verifyContext)
        defer { context.release() }
        let key = try context.generateKey(generation.algorithmID, flags: generation.flags)
        let report = try key.report()
        try key.destroy()
        return KeyGenerateResult(
            key: ReportResult(report), placement: key.placement.rawValue, lifetime: .process, afterClose: nil,
            request: nil, requestFile: nil, manifest: nil)
    }
}

/// `{"key": {…a report, see ReportResult…}, "placement": "token" | "host", "lifetime": "token" | "process",
/// "after_close": {…a second report: an archivable key once its handle is closed…},
/// "request": "-----BEGIN…", "request_file": "web.csr", "manifest": {"file", "sha256"}}`
struct KeyGenerateResult: CommandResult {
    enum Lifetime: String, Encodable {
        /// A token object: it stays.
        case token
        /// A session object: gone with the command.
        case process
    }

    let key: ReportResult
    let placement: String
    let lifetime: Lifetime
    let afterClose: ReportResult?
    /// A certificate request in PEM, and the file that it was written to.
    let request: String?
    let requestFile: String?
    let manifest: ManifestNote?

    var text: String {
        var text = key.text
        if let afterClose {
            text += "\nNow that the handle is closed, which ends CRYPT_ARCHIVABLE:\n" + afterClose.summary
        }
        if lifetime == .process {
            text += "The key was a session object, on the \(placement): it is gone now that this command ends.\n"
        }
        if let requestFile { text += "Certificate request: \(printable(requestFile))\n" }
        text += manifest?.text ?? ""
        // What stands in no file is not lost.
        if let request, requestFile == nil, manifest == nil { text += "\n" + request }
        return text
    }
}

extension KeyGenerateResult {
    init(_ made: KeyMaker.Made, archivable: Bool, _ manifest: ManifestNote?) {
        self.init(
            key: ReportResult(made.report), placement: made.placement.rawValue, lifetime: .token,
            afterClose: archivable ? made.after.map { ReportResult($0) } : nil, request: made.request,
            requestFile: made.requestFile, manifest: manifest)
    }
}
