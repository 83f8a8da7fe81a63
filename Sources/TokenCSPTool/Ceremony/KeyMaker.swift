import TokenCSP

/// Makes keys as `key generate`'s options say, one or many with one login.
final class KeyMaker {
    /// A key that was made.
    struct Made {
        let container: String
        /// Of the generation: what was asked.
        let report: KeyReport
        let placement: Key.Placement
        /// What the token holds of the finished key, where it was read once more.
        let after: KeyReport?
        let uri: String?
        let publicKey: PublicKey?
        /// A certificate request in PEM, signed by the key.
        let request: String?
        /// The file that it was written to.
        var requestFile: String?
        let time: String
    }

    private let generation: GenerationOptions
    private let replace: Bool
    private let yes: Bool
    /// Containers whose keys may be replaced: the question was asked.
    private let agreed: Set<String>
    /// The requests that the keys sign, where any are asked for.
    let request: KeyRequestOptions
    private let global: GlobalOptions
    /// The first context: the others share its login.
    private(set) var root: Context?

    init(
        _ generation: GenerationOptions, replace: Bool, yes: Bool, agreed: Set<String>, _ request: KeyRequestOptions,
        _ global: GlobalOptions
    ) {
        (self.generation, self.replace, self.yes, self.agreed) = (generation, replace, yes, agreed)
        (self.request, self.global) = (request, global)
    }

    func end() {
        root?.release()
        root = nil
    }

    /// - Parameter isRecorded: read everything once more, for a manifest.
    func make(in container: String?, isRecorded: Bool) throws -> Made {
        let (context, created) = try openOrCreate(container)
        do {
            if !created {
                let yes = yes || container.map { agreed.contains($0) } ?? false
                try KeyReplacement.require(
                    generation.keySpec, in: context, container, replacing: replace, yes: yes, "a new one")
            }
            let key = try context.generateKey(generation.algorithmID, flags: generation.flags)
            return try finish(key, context, isRecorded: isRecorded)
        } catch {
            if created { TargetContainer.removeIfEmpty(context, container, global) }
            throw error
        }
    }

    /// Reads what there is to say of a key that was made, and has it sign its request where one is asked for.
    private func finish(_ key: Key, _ context: Context, isRecorded: Bool) throws -> Made {
        let name = context.containerName
        var isSigning = false
        do {
            let time = Timestamp.now()
            let (report, placement) = (try key.report(), key.placement)
            try key.destroy()
            // The handle of an archivable key is closed by now, and the key with it: what the token holds has changed.
            guard isRecorded || generation.archivable || request.isAsked else {
                return Made(
                    container: name ?? "", report: report, placement: placement, after: nil, uri: nil, publicKey: nil,
                    request: nil, time: time)
            }
            let final = try context.userKey(generation.keySpec)
            isSigning = true
            let signed = request.isAsked ? try request.request(final, container: name) : nil
            isSigning = false
            let uri = isRecorded ? try final.objectURI() : nil
            return Made(
                container: name ?? "", report: report, placement: placement, after: try final.report(), uri: uri,
                publicKey: try final.publicKey(), request: signed, time: time)
        } catch {
            // A key without its request would be in the way of the next try; with --replace it is in nobody's way, and the
            // old one is gone.
            if isSigning, !replace, (try? context.deleteKey(generation.keySpec)) != nil { throw error }
            let lack = isSigning ? ", without a request" : ""
            Output.writeError("tokencsp: the key of \(describe(container: name)) was made and stays\(lack)")
            throw error
        }
    }

    // MARK: - The container

    private func openOrCreate(_ container: String?) throws -> (context: Context, created: Bool) {
        do {
            return (try open(container), false)
        } catch let error as CSPError where error.code == .badKeyset {
            return (try open(container, .newKeySet), true)
        }
    }

    private func open(_ container: String?, _ flags: Context.Flags = []) throws -> Context {
        if let root, let container {
            return try root.sibling(container: container, flags: flags.union(global.keySet))
        }
        let context = try global.acquire(container: container, flags: flags)
        root = context
        return context
    }
}
