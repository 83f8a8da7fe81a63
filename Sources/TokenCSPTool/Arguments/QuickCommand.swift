import ArgumentParser

/// A listing whose options are those of every command: `key list`, `container list`, `token list`.
protocol ListingCommand: ParsableCommand {
    var global: GlobalOptions { get set }
}

/// The listings, `sign` and `key generate`, parsed by hand where only the plainest options are given.
///
/// Scripts call these in loops, and swift-argument-parser's reflection takes 3 to 5 ms, a half of what a token in memory
/// takes. What is not understood here, however little, goes to it, with its messages.
struct QuickCommand {
    var command: any ParsableCommand
    // Said here: to ask a value for its protocols is a search through all types of the program.
    var isListing = false

    static func parse(_ arguments: [String]) -> QuickCommand? {
        if arguments.first == "sign" { return sign(arguments.dropFirst()) }
        guard arguments.count >= 2 else { return nil }
        let rest = arguments.dropFirst(2)
        switch (arguments[0], arguments[1]) {
        case ("key", "list"): return listing(KeyList(), rest)
        case ("container", "list"): return listing(ContainerList(), rest)
        case ("token", "list"): return listing(TokenList(), rest)
        case ("key", "generate"): return generate(rest)
        default: return nil
        }
    }

    private static func listing(_ command: some ListingCommand, _ arguments: ArraySlice<String>) -> QuickCommand? {
        guard let options = QuickOptions(arguments), let global = options.global else { return nil }
        var command = command
        command.global = global
        return QuickCommand(command: command, isListing: true)
    }

    private static func sign(_ arguments: ArraySlice<String>) -> QuickCommand? {
        let options = QuickOptions(
            arguments, values: ["--container", "--spec", "--hash", "--in", "--out"], flags: ["--little-endian"])
        guard let options, let global = options.global, let spec = options.spec,
            let hash = HashAlgorithm(rawValue: options["--hash"] ?? HashAlgorithm.sha256.rawValue)
        else { return nil }
        var selection = KeySelection()
        (selection.container, selection.spec) = (options["--container"], spec)
        guard QuickOptions.isValid(&selection) else { return nil }
        var data = DataOptions()
        (data.selection, data.hash, data.input) = (selection, hash, options["--in"])
        data.littleEndian = options.has("--little-endian")
        var command = SignCommand()
        (command.data, command.out, command.global) = (data, options["--out"], global)
        return QuickOptions.isValid(&command) ? QuickCommand(command: command) : nil
    }

    private static func generate(_ arguments: ArraySlice<String>) -> QuickCommand? {
        let options = QuickOptions(
            arguments, values: ["--container", "--spec", "--algorithm", "--bits"],
            flags: [
                "--exportable", "--archivable", "--user-protected", "--force-high-protection", "--ephemeral",
                "--replace", "--yes",
            ])
        guard let options, let global = options.global, let spec = options.spec else { return nil }
        var generation = GenerationOptions()
        (generation.container, generation.spec) = (options["--container"], spec)
        generation.algorithm = options["--algorithm"].flatMap(KeyAlgorithm.init(rawValue:))
        generation.bits = options["--bits"].flatMap { try? KeyLength.parse($0) }
        guard options["--algorithm"] == nil || generation.algorithm != nil,
            options["--bits"] == nil || generation.bits != nil
        else { return nil }
        generation.exportable = options.has("--exportable")
        generation.archivable = options.has("--archivable")
        generation.userProtected = options.has("--user-protected")
        generation.forceHighProtection = options.has("--force-high-protection")
        generation.ephemeral = options.has("--ephemeral")
        guard QuickOptions.isValid(&generation) else { return nil }
        var command = KeyGenerate()
        (command.generation, command.global) = (generation, global)
        (command.replace, command.yes) = (options.has("--replace"), options.has("--yes"))
        (command.ceremony, command.request) = (.plain, .plain)
        return QuickOptions.isValid(&command) ? QuickCommand(command: command) : nil
    }
}

/// A command line of options by their whole names, each with its value behind it, and of flags.
private struct QuickOptions {
    private var values: [String: String] = [:]
    private var flags: Set<String> = []

    /// Nil where anything else stands there. The options of every command are taken as well.
    init?(_ arguments: ArraySlice<String>, values names: [String] = [], flags flagNames: [String] = []) {
        let names = names + ["--token", "--provider", "--pin-source"]
        let flagNames = flagNames + ["--json", "--machine"]
        var rest = arguments
        while let argument = rest.popFirst() {
            if flagNames.contains(argument) {
                flags.insert(argument)
            } else if names.contains(argument), let value = rest.popFirst(), !value.hasPrefix("-"),
                values.updateValue(value, forKey: argument) == nil
            {
                continue
            } else {
                return nil
            }
        }
    }

    subscript(name: String) -> String? { values[name] }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    /// `--spec`, which may be left out; nil where its value is none.
    var spec: KeySpecArgument?? {
        guard let text = self["--spec"] else { return .some(nil) }
        return KeySpecArgument(rawValue: text).map { .some($0) }
    }

    /// Nil where the parser has something to say, with the command's usage.
    var global: GlobalOptions? {
        var global = GlobalOptions.plain
        (global.token, global.provider) = (self["--token"], self["--provider"])
        global.pinSource = self["--pin-source"].map { PINSourceArgument.parse($0) }
        (global.json, global.machine) = (has("--json"), has("--machine"))
        return Self.isValid(&global) ? global : nil
    }

    static func isValid(_ options: inout some ParsableArguments) -> Bool {
        (try? options.validate()) != nil
    }
}

// MARK: - As the parser makes them of a command line without options

// Each must be set before it is read.
extension GlobalOptions {
    static var plain: GlobalOptions {
        var options = GlobalOptions()
        (options.token, options.provider, options.pinSource) = (nil, nil, nil)
        (options.json, options.machine, options.color) = (false, false, .auto)
        return options
    }
}

extension CeremonyOptions {
    fileprivate static var plain: CeremonyOptions {
        var options = CeremonyOptions()
        (options.count, options.start, options.manifest, options.note) = (nil, 1, nil, nil)
        (options.append, options.replaceManifest) = (false, false)
        return options
    }
}

extension KeyRequestOptions {
    fileprivate static var plain: KeyRequestOptions {
        var content = CertificateContentOptions()
        (content.subject, content.pathLength, content.hash) = (nil, nil, nil)
        (content.san, content.keyUsage, content.extendedKeyUsage, content.extensions) = ([], [], [], [])
        content.isAuthority = false
        var options = KeyRequestOptions()
        (options.content, options.requestOut) = (content, nil)
        return options
    }
}
