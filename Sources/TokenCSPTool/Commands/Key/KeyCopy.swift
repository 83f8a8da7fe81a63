import ArgumentParser
import CGnuTLS
import PKCS11
import TokenCSP

/// `tokencsp key copy`.
struct KeyCopy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy an exportable key to another token, or to another container.",
        discussion: """
            The other token makes an RSA key for this alone, this one wraps the key under a fresh AES key and that under \
            the RSA key (CKM_RSA_AES_KEY_WRAP), and the other unwraps it: no host has the key in the clear. Where one of \
            the two cannot, --through-host takes it through this command's memory, which is wiped. The copy has the \
            original's key spec, is exportable as it is unless --not-exportable, and asks its user as it does. \
            Certificates are not copied. What the other token holds is read back and shown.
            Examples:
              tokencsp key copy --container alice --to 'pkcs11:token=backup' --to-pin-source file:/run/backup.pin
              tokencsp key copy --container alice --to-container alice-2
            """
    )

    @OptionGroup var selection: KeySelection

    @Option(
        help: ArgumentHelp("The other token, as a PKCS#11 URI (default: the same).", valueName: "uri"),
        completion: Completion.tokens)
    var to: String?

    @Option(help: ArgumentHelp("The container there (default: of the same name).", valueName: "name"))
    var toContainer: String?

    @Option(
        help: ArgumentHelp("Where the other token's PIN comes from, as --pin-source.", valueName: "source"),
        completion: Completion.pinSources,
        transform: PINSourceArgument.parse)
    var toPinSource: PINSourceArgument?

    @Flag(help: "The copy never leaves that token.")
    var notExportable = false

    @Flag(help: "Let the key pass through this command's memory in the clear, where the tokens cannot do without.")
    var throughHost = false

    @Flag(help: "Replace that container's key of this spec. The new key is complete before the old one goes.")
    var replace = false

    @Flag(help: "Do not ask before a key is replaced.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try ContainerName.validate(toContainer)
        try PINSourceArgument.validate(("--pin-source", global.pinSource), ("--to-pin-source", toPinSource))
        guard let to else {
            if toPinSource != nil { throw ValidationError("--to-pin-source is for another token: --to") }
            if toContainer == nil { throw ValidationError("name where to copy it: --to, --to-container or both") }
            return
        }
        if PKCS11URI.hasPINValue(to) {
            throw ValidationError("a PIN may not stand in --to (pin-value): use --to-pin-source")
        }
        try PKCS11URI.validatePINSource(to)
    }

    func run() throws {
        cgnutls_forbid_core_files()
        let source = try global.open(container: selection.container)
        defer { source.release() }
        let (key, spec) = try selection.key(in: source)
        try EncryptedKey.requireExportable(key)
        let name = toContainer ?? source.containerName ?? selection.container
        var flags: KeyFlags = notExportable ? [] : .exportable
        switch key.protection {
        case .none: break
        case .consent: flags.insert(.userProtected)
        case .pin: flags.insert(.forceKeyProtectionHigh)
        }
        // A container's name may hold this token's URI; the other's is in --to.
        var global = global
        global.provider = source.providerName
        if let to {
            global.token = to
            // The PIN of one token is never tried on another.
            global.pinSource = toPinSource
            global.ignoresConfiguredPINSource = true
        }
        let copy: KeyReport
        do {
            copy = try put(key, spec, flags, name, global)
        } catch let error as CSPError where error.code == .notAuthenticated && to != nil && toPinSource == nil {
            throw CSPError(
                error.code, "\(error.reason); the PIN of --to's token comes from --to-pin-source", cause: error.cause)
        }
        try Output.print(KeyCopyResult(key: ReportResult(copy), throughHost: throughHost), json: self.global.json)
    }

    private func put(
        _ key: Key, _ spec: KeySpec, _ flags: KeyFlags, _ name: String?, _ global: GlobalOptions
    ) throws -> KeyReport {
        let target = try TargetContainer(name, global)
        defer { target.context.release() }
        let copy = try target.put(spec, replacing: replace, yes: yes) { context in
            if !throughHost { return try receive(key, spec, flags, context) }
            let info = try key.privateKeyInfo()
            return try context.importKey(info, spec, flags: flags)
        }
        return try copy.report()
    }

    private func receive(_ key: Key, _ spec: KeySpec, _ flags: KeyFlags, _ context: Context) throws -> Key {
        do throws(CSPError) {
            return try context.receive(key, spec, flags: flags)
        } catch {
            let functions = ["C_WrapKey", "C_UnwrapKey", "C_GenerateKey", "C_GenerateKeyPair", "C_CreateObject"]
            let isTokens = error.cause.map { functions.contains($0.function) } ?? false
            // What the token never wraps does not go through the host either.
            guard error.cause?.name != "CKR_KEY_NOT_WRAPPABLE" else { throw error }
            guard error.code == .notSupported || isTokens && error.code != .badKeyState else { throw error }
            throw CSPError(
                error.code,
                "the two tokens cannot wrap and unwrap the key between them (\(error.reason)): --through-host copies it "
                    + "through this command's memory", cause: error.cause)
        }
    }
}

private struct KeyCopyResult: CommandResult {
    let key: ReportResult
    let throughHost: Bool

    var text: String {
        key.text
            + (throughHost
                ? "The key passed through this command's memory, which was wiped.\n"
                : "The key was on no host: it went from token to token wrapped.\n")
    }
}
