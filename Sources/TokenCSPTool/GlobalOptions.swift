import ArgumentParser
import Glibc
import TokenCSP

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The token, as a PKCS#11 URI; overrides TOKENCSP_TOKEN.", valueName: "uri"),
        completion: Completion.tokens)
    var token: String?

    @Option(
        help: ArgumentHelp("The cryptographic provider; see 'tokencsp providers'.", valueName: "name"),
        completion: Completion.providers)
    var provider: String?

    @Option(
        help: ArgumentHelp(
            "Where the PIN comes from: \(PINSourceArgument.forms).", valueName: "source"),
        completion: Completion.pinSources,
        transform: PINSourceArgument.parse
    )
    var pinSource: PINSourceArgument?

    @Flag(help: "Print one JSON document in place of text; errors too, on standard error.")
    var json = false

    @Flag(help: "Use the machine's key set in place of the user's.")
    var machine = false

    @Option(help: "Colour the text: on a terminal alone, or never, or always.")
    var color: ColorChoice = .auto

    /// For another token than the configured one: its PIN comes from elsewhere.
    var ignoresConfiguredPINSource = false

    private enum CodingKeys: CodingKey {
        case token, provider, pinSource, json, machine, color
    }

    mutating func validate() throws {
        Style.choice = color
        try PINSourceArgument.validate(("--pin-source", pinSource))
        guard let token else { return }
        if token.isEmpty {
            throw ValidationError("--token is empty; give a PKCS#11 URI such as pkcs11:token=demo")
        }
        if PKCS11URI.hasPINValue(token) {
            throw ValidationError(
                "a PIN may not stand in --token (pin-value): use --pin-source (\(PINSourceArgument.forms))")
        }
        try PKCS11URI.validatePINSource(token)
    }

    // MARK: - What the commands ask for

    /// The configuration, with this command line's token and PIN source in it.
    func configuration() throws -> Configuration {
        var configuration = try Configuration.load()
        if let token { configuration.tokenURI = token }
        if ignoresConfiguredPINSource { configuration.pinSource = nil }
        if case .stored(let source) = pinSource { configuration.pinSource = source }
        guard let pinSource, pinSource.asks else { return configuration }
        // Asked for by name: comes before the URI's own source, which the library would read first.
        if let uri = configuration.tokenURI { configuration.tokenURI = PKCS11URI(uri).removingPINSource }
        configuration.interaction = pinSource.interaction(configuration)
        return configuration
    }

    /// Opens a container of the chosen key set, or creates it.
    func acquire(container: String?, flags: Context.Flags = []) throws -> Context {
        let configuration = try configuration()
        return try Context.acquire(
            container: container, provider: provider, flags: flags.union(keySet), configuration: configuration,
            interaction: CommandInteraction(configuration))
    }

    /// Opens a container that is there. Without `--provider`, a URI with a key's id is opened by the provider of that key.
    func open(container: String?) throws -> Context {
        guard provider == nil else { return try acquire(container: container) }
        var global = self
        let names = PKCS11URI.namesKey(container)
        if names { global.provider = try providerOfKeys(container) }
        do {
            return try global.acquire(container: container)
        } catch let error as CSPError where error.code == .badKeyset && !names {
            guard let other = try? providerOfKeys(container) else { throw error }
            throw CSPError(error.code, "\(error.reason): --provider '\(other)' opens it", cause: error.cause)
        }
    }

    private func providerOfKeys(_ container: String?) throws -> String? {
        try Context.provider(ofKeysIn: container, flags: keySet, configuration: configuration())
    }

    /// A context for public information only, which can never ask for a PIN.
    func acquireForListing() throws -> Context {
        try Context.acquire(
            provider: provider, flags: [.verifyContext, keySet], configuration: try configuration())
    }

    func deleteContainer(_ container: String?) throws {
        let configuration = try configuration()
        try Context.deleteContainer(
            container, provider: provider, flags: keySet, configuration: configuration,
            interaction: CommandInteraction(configuration))
    }

    /// CRYPT_MACHINE_KEYSET, if it was asked for.
    var keySet: Context.Flags { machine ? .machineKeySet : [] }

    /// Reads the PIN now where --pin-source names its source; a prompt waits until the PIN is needed.
    func readNamedPINSource() throws(CSPError) {
        guard case .stored(let source) = pinSource else { return }
        // A descriptor is read once, later; that it is open shows already.
        if source.hasPrefix("fd:"), let descriptor = CInt(source.dropFirst(3)), fcntl(descriptor, F_GETFD) >= 0 {
            return
        }
        _ = try PINSource.read(source, allowingCommands: true)
    }

    // MARK: - PINs on the command line

    /// Refuses `--pin 1234` and its relatives before anything repeats the value in a message.
    static func refusePINs(in arguments: some Sequence<String>) throws(ToolError) {
        for argument in arguments {
            let name = argument.prefix { $0 != "=" }
            if ["--pin", "--so-pin", "--new-pin", "--user-pin", "--puk"].contains(String(name)) {
                throw ToolError(
                    .usage,
                    "\(name) is refused: other users can read a command line. "
                        + "Use --pin-source (\(PINSourceArgument.forms))")
            }
        }
    }
}
