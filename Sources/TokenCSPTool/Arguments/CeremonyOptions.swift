import ArgumentParser

/// Many keys at once, and the record of what was made.
struct CeremonyOptions: ParsableArguments {
    static let maximumCount = 10_000

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many keys to make, in containers NAME-1, NAME-2 … or by a pattern such as 'tls-%03d'.",
            valueName: "number"))
    var count: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("The first container's number.", valueName: "number"))
    var start = 1

    @Option(help: ArgumentHelp("A JSON file for what was made: see 'tokencsp key attest'.", valueName: "file"))
    var manifest: String?

    @Flag(help: "Add to the manifest that is there.")
    var append = false

    @Flag(help: "Put a new manifest in the place of the one that is there, after a question.")
    var replaceManifest = false

    @Option(help: ArgumentHelp("A remark for the manifest.", valueName: "text"))
    var note: String?

    mutating func validate() throws {
        if let count, !(1...Self.maximumCount).contains(count) {
            throw ValidationError("--count is a number from 1 to \(Self.maximumCount)")
        }
        guard (0...999_999_999).contains(start) else {
            throw ValidationError("--start is a number from 0 to 999999999")
        }
        if start != 1, count == nil { throw ValidationError("--start goes with --count") }
        if append, replaceManifest { throw ValidationError("--append and --replace-manifest exclude each other") }
        if manifest == nil, append || replaceManifest || note != nil {
            throw ValidationError("--append, --replace-manifest and --note go with --manifest FILE")
        }
        if manifest == "" || manifest == "-" {
            throw ValidationError("--manifest names a file: what is kept for an auditor is written in one step")
        }
        if let note, note.utf8.count > 4096 { throw ValidationError("--note: 4096 bytes are the most") }
    }

    /// The containers to make, which are one without `--count`.
    func containers(_ name: String?) throws -> [String?] {
        guard let count else { return [name] }
        guard let name else { throw ValidationError("--count wants --container NAME, or a pattern such as 'tls-%03d'") }
        let pattern = try ContainerPattern(name)
        return (0..<count).map { pattern.name(start + $0) }
    }

    /// Where the manifest goes; nil where none is wanted.
    func file() throws -> ManifestFile? {
        guard let manifest else { return nil }
        return try ManifestFile(manifest, append ? .append : replaceManifest ? .replace : .create)
    }
}
