import TokenCSP

/// Makes keys one after the other and keeps the manifest: what is on the token is in the file.
struct Ceremony {
    let maker: KeyMaker
    /// dwFlags of every key.
    let flags: UInt32
    let note: String?
    /// Nil without `--manifest`.
    var file: ManifestFile?

    private(set) var made: [KeyMaker.Made] = []
    private var run: Manifest.Run?

    init(_ maker: KeyMaker, flags: UInt32, note: String?, file: ManifestFile?) {
        (self.maker, self.flags, self.note, self.file) = (maker, flags, note, file)
    }

    /// - Throws: the first failure. `made` and the manifest then have the keys before it.
    mutating func make(_ containers: [String?], isMachine: Bool) throws {
        // Control-C and its relatives end it between two keys: none is left half-made, or out of the manifest.
        if containers.count > 1 { Interruption.watch() }
        for container in containers {
            do {
                guard !Interruption.happened else { throw CSPError(.cancelledByUser, "a signal ended the ceremony") }
                let key = try maker.make(in: container, isRecorded: file != nil)
                made.append(key)
                try record(key, isMachine: isMachine)
                try writeRequest(of: key, isOnly: containers.count == 1)
            } catch {
                // Keys that are not in the file yet.
                if let run { try? file?.write(run) }
                throw Self.telling(error, made: made, of: containers.count, failed: container)
            }
        }
    }

    /// Puts a key into the manifest, which is written before the next key is made.
    private mutating func record(_ key: KeyMaker.Made, isMachine: Bool) throws {
        guard file != nil, let context = maker.root, let final = key.after, let uri = key.uri,
            let publicKey = key.publicKey
        else { return }
        if run == nil {
            run = Manifest.Run(
                try context.tokenDescription(), provider: context.providerName, isMachine: isMachine, note: note)
        }
        run?.keys.append(Manifest.Key(key, final: final, uri: uri, publicKey: publicKey, flags: flags))
        if let run { try file?.write(run) }
    }

    /// Puts the last key's request into its file.
    private mutating func writeRequest(of key: KeyMaker.Made, isOnly: Bool) throws {
        guard let request = key.request, let path = try maker.request.path(key.container) else { return }
        do {
            try NewFile.write(Array(request.utf8), to: path, isSecret: false)
        } catch {
            if isOnly {
                Output.writeError("tokencsp: the key of \(describe(container: key.container)) is made and stays")
            }
            throw error
        }
        made[made.count - 1].requestFile = path
    }

    /// The error with what was made before it.
    private static func telling(_ error: any Error, made: [KeyMaker.Made], of count: Int, failed: String?) -> any Error
    {
        guard count > 1 else { return error }
        let names = made.map { $0.container }
        let list = names.count > 6 ? "\(names[0]) to \(names[names.count - 1])" : names.joined(separator: ", ")
        let before =
            names.isEmpty ? "no key was made" : "\(names.count) of \(count) keys were made and stay: \(list)"
        switch error {
        case let error as CSPError:
            return CSPError(
                error.code, "stopped at \(describe(container: failed)): \(error.reason); \(before)", cause: error.cause)
        case let error as ToolError:
            return ToolError(error.status, "stopped at \(describe(container: failed)): \(error.message); \(before)")
        default: return error
        }
    }

    /// - Throws: a refusal to append keys of another token, or of containers that the manifest has already: one of the two
    ///   entries could only be wrong.
    static func requireFits(
        _ file: ManifestFile, _ containers: [String?], _ spec: KeySpec, _ global: GlobalOptions
    ) throws {
        guard let last = file.runs.last else { return }
        let context = try global.acquireForListing()
        defer { context.release() }
        let token = Manifest.Token(try context.tokenDescription())
        guard token.uri == last.token.uri else {
            throw ToolError(.refused, "\(file.path) is of token \(last.token.uri), and this is \(token.uri)")
        }
        let names = Set(containers.compactMap { $0 })
        let keySet: Manifest.KeySetName = global.machine ? .machine : .user
        for run in file.runs where run.keySet == keySet {
            for key in run.keys where key.spec == spec.argument && names.contains(key.container) {
                throw ToolError(
                    .exists,
                    "\(file.path) has a \(key.spec) key of \(describe(container: key.container)) already: "
                        + "give another manifest")
            }
        }
    }

    /// The containers that have such a key already.
    static func occupied(
        _ containers: [String?], _ plan: GenerationPlan, _ spec: KeySpec, _ global: GlobalOptions
    ) throws -> Set<String> {
        let context = try global.acquireForListing()
        defer { context.release() }
        let names = Set(containers.compactMap { $0 })
        var occupied: Set<String> = []
        for key in try context.keys()
        where key.algorithm == plan.algorithm && key.specs.contains(spec) && names.contains(key.container) {
            occupied.insert(key.container)
        }
        return occupied
    }

    /// Before the first key is made: a refusal where a container has such a key, or one question about all of them.
    static func confirm(_ occupied: Set<String>, _ spec: KeySpec, replacing: Bool, yes: Bool) throws {
        guard let first = occupied.min() else { return }
        guard replacing else {
            throw CSPError(
                .exists,
                "\(describe(container: first)) has such a key already, and no key was made; --replace puts new ones "
                    + "in their place")
        }
        let names = occupied.sorted().prefix(6).map { "\"\(printable($0))\"" }.joined(separator: ", ")
        let list = occupied.count > 6 ? names + " …" : names
        try Confirmation.require(
            "Replace the \(spec.argument) keys of \(occupied.count) containers (\(list))? The old keys are destroyed.",
            yes: yes)
    }
}
