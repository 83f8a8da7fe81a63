import ArgumentParser
import TokenCSP

struct KeyGenerate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Generate a key on the token and prove what the token holds.",
        discussion: """
            The options stand for CryptGenKey's flags. After generation every attribute is read back from the token; \
            the report says what was asked for, what the token holds and who holds to it. A key that differs is \
            destroyed and the command fails. 'tokencsp explain' shows the same request without making it.

            The container is created if it is absent. A key of the same spec is not touched without --replace. \
            Symmetric keys and --ephemeral ones are session objects, gone when this command ends.

            Examples:
              tokencsp key generate --container alice --spec signature --bits 3072
              tokencsp key generate --container alice --spec exchange --exportable
              tokencsp key generate --container alice --replace --json
              tokencsp key generate --algorithm aes-256
              tokencsp key generate --provider 'TokenCSP Elliptic Curve Provider' --bits 384
            """
    )

    @OptionGroup var generation: GenerationOptions

    @Flag(help: "Replace the container's key of this spec. The new key is complete before the old one goes.")
    var replace = false

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        if replace, generation.isSessionObject {
            throw ValidationError("--replace is for keys in a container: a session object replaces nothing")
        }
    }

    func run() throws {
        // What no token could make legal is refused before one is touched.
        _ = try generation.plan(global)
        let result = generation.isSessionObject ? try generateSessionObject() : try generateInContainer()
        try Output.print(result, json: global.json)
    }

    // MARK: - The two kinds

    private func generateSessionObject() throws -> KeyGenerateResult {
        let context = try global.acquire(container: nil, flags: .verifyContext)
        defer { context.release() }
        let key = try context.generateKey(generation.algorithmID, flags: generation.flags)
        let report = try key.report()
        try key.destroy()
        return KeyGenerateResult(
            key: ReportResult(report), placement: key.placement.rawValue, lifetime: .process, afterClose: nil)
    }

    private func generateInContainer() throws -> KeyGenerateResult {
        let (context, created) = try openOrCreate()
        defer { context.release() }
        do {
            if !created, !replace { try requireNoKey(in: context) }
            let key = try context.generateKey(generation.algorithmID, flags: generation.flags)
            let (report, placement) = (try key.report(), key.placement)
            try key.destroy()
            // The handle of an archivable key is closed by now, and the key with it: what the token holds has changed.
            let after = generation.archivable ? try context.userKey(generation.keySpec).report() : nil
            return KeyGenerateResult(
                key: ReportResult(report), placement: placement.rawValue, lifetime: .token,
                afterClose: after.map { ReportResult($0) })
        } catch {
            if created { removeIfEmpty(context) }
            throw error
        }
    }

    // MARK: - The container

    private func openOrCreate() throws -> (context: Context, created: Bool) {
        do {
            return (try global.acquire(container: generation.container), false)
        } catch let error as CSPError where error.code == .badKeyset {
            return (try global.acquire(container: generation.container, flags: .newKeySet), true)
        }
    }

    private func requireNoKey(in context: Context) throws {
        let spec = generation.keySpec
        do throws(CSPError) {
            _ = try context.userKey(spec)
        } catch {
            guard error.code == .noKey else { throw error }
            return
        }
        let container = describe(container: context.containerName ?? generation.container)
        let key = spec == .signature ? "a signature key" : "an exchange key"
        throw CSPError(.exists, "\(key) exists already in \(container); --replace puts a new one in its place")
    }

    /// A container that this command made for a key it then could not make goes again. An empty one goes without a
    /// login, so a PIN that was refused is not sent again.
    private func removeIfEmpty(_ context: Context) {
        let container = context.containerName ?? generation.container
        do {
            for spec in [KeySpec.signature, .keyExchange] where (try? context.userKey(spec)) != nil { return }
            context.release()
            try global.deleteContainer(generation.container)
        } catch {
            Output.writeError("tokencsp: \(describe(container: container)) was created and stays, empty")
        }
    }
}

/// `{"key": {…a report, see ReportResult…}, "placement": "token" | "host", "lifetime": "token" | "process",
/// "after_close": {…a second report: an archivable key once its handle is closed…}}`
private struct KeyGenerateResult: CommandResult {
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

    var text: String {
        var text = key.text
        if let afterClose {
            text += "\nNow that the handle is closed, which ends CRYPT_ARCHIVABLE:\n" + afterClose.summary
        }
        if lifetime == .process {
            text += "The key was a session object, on the \(placement): it is gone now that this command ends.\n"
        }
        return text
    }
}
