internal import Glibc

/// Which token to use, and how its module wants to be started.
///
/// Looked for in this order, the first that names a token wins:
/// 1. environment `TOKENCSP_TOKEN`, a PKCS#11 URI (RFC 7512) with module and PIN source included;
/// 2. the file that `TOKENCSP_CONFIG` names, or else `$XDG_CONFIG_HOME/tokencsp/tokencsp.conf`
///    (`~/.config/tokencsp/tokencsp.conf`), then `/etc/tokencsp/tokencsp.conf`;
/// 3. none: the only initialized token among the modules that p11-kit has configured.
public struct Configuration: Sendable {
    /// A PKCS#11 URI: token, `module-path` or `module-name`, `pin-source`.
    public var tokenURI: String?
    /// Where the PIN is read, before the URI's own `pin-source`: `file:PATH`, `env:NAME`, `fd:N`. Not read from a file.
    public var pinSource: String?
    /// The container that a NULL name means; else the login name of the user.
    public var defaultContainer: String?
    /// Where CryptGenKey makes session keys.
    public var sessionKeys = Placement.automatic

    /// Where session keys are made.
    public enum Placement: String, Sendable {
        /// On the token where it can, else on the host.
        case automatic
        /// On the token, or not at all where it has the algorithm.
        case token
        /// On the host.
        case host
    }

    /// For modules that want one (NSS), by path: the string for C_Initialize.
    public var initReserved: [String: String] = [:]

    /// How people are asked; the environment variable TOKENCSP_INTERACTION comes before the file.
    public var interaction = Interaction.automatic
    /// The pinentry to ask by; nil: the one on PATH.
    public var pinentry: String?
    /// Seconds after which a question goes away; 0: never.
    public var promptTimeout = 120
    /// How long a context keeps its PIN.
    public var pinCache = PINCache.untilRelease
    /// The same for single tokens, by label.
    public var pinCaches: [String: PINCache] = [:]

    /// How people are asked.
    public enum Interaction: String, Sendable {
        /// By a dialog where there is a display and a pinentry, else on the terminal, else not at all.
        case automatic
        case terminal, pinentry
        /// Nobody is asked.
        case none
    }

    /// How long a context keeps the PIN that somebody entered or the program set.
    public enum PINCache: Sendable, Hashable {
        /// Until the context is released.
        case untilRelease
        case seconds(Int)
        /// For one operation.
        case none
    }

    public init(tokenURI: String? = nil) {
        self.tokenURI = tokenURI
    }

    /// - Throws: NTE_PROV_TYPE_ENTRY_BAD for a file that cannot be read or understood, naming file and line, and for a
    ///   variable of the environment with a value that it cannot have.
    public static func load() throws(CSPError) -> Configuration {
        Log.start()
        var configuration = Configuration()
        // The file that counts most comes last, and the environment after it.
        for file in try files().reversed() { try configuration.takeOver(file) }
        if let token = environment("TOKENCSP_TOKEN") { configuration.tokenURI = token }
        if let text = environment("TOKENCSP_INTERACTION") {
            guard let interaction = Interaction(rawValue: text) else {
                throw CSPError(
                    .provTypeEntryBad,
                    "environment variable TOKENCSP_INTERACTION = \(text) should be \(Interaction.allowed)")
            }
            configuration.interaction = interaction
        }
        return configuration
    }

    /// The files that are there, the one that counts most first.
    private static func files() throws(CSPError) -> [ConfigurationFile] {
        if let path = environment("TOKENCSP_CONFIG") {
            guard let file = try ConfigurationFile.read(path) else {
                throw CSPError(
                    .provTypeEntryBad, "configuration file \(path), named by TOKENCSP_CONFIG, does not exist")
            }
            return [file]
        }
        var files: [ConfigurationFile] = []
        for place in places {
            guard let file = try ConfigurationFile.read(place) else { continue }
            files.append(file)
        }
        return files
    }

    /// Where files are looked for when TOKENCSP_CONFIG names none.
    static var places: [String] {
        let userFolder = environment("XDG_CONFIG_HOME") ?? environment("HOME").map { $0 + "/.config" }
        return [userFolder, "/etc"].compactMap { folder in folder.map { $0 + "/tokencsp/tokencsp.conf" } }
    }

    static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// The name of the default container.
    var defaultContainerName: String {
        if let defaultContainer { return defaultContainer }
        guard let user = getpwuid(geteuid()), let name = user.pointee.pw_name else { return "default" }
        return String(cString: name)
    }
}
