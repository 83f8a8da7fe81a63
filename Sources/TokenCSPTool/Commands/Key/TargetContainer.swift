import TokenCSP

/// The container that a key is put into: opened, or made for it and taken away again where the key does not come to be.
struct TargetContainer {
    let context: Context
    private let global: GlobalOptions
    private let name: String?
    private let isNew: Bool

    init(_ name: String?, _ global: GlobalOptions) throws {
        self.global = global
        self.name = name
        do {
            context = try global.acquire(container: name)
            isNew = false
        } catch let error as CSPError where error.code == .badKeyset {
            context = try global.acquire(container: name, flags: .newKeySet)
            isNew = true
        }
    }

    /// - Parameters:
    ///   - replacing: whether a key of this spec may be there already.
    ///   - yes: do not ask before it is replaced.
    func put(_ spec: KeySpec, replacing: Bool, yes: Bool = false, _ make: (Context) throws -> Key) throws -> Key {
        do {
            if !isNew {
                try KeyReplacement.require(spec, in: context, name, replacing: replacing, yes: yes, "this one")
            }
            return try make(context)
        } catch {
            if isNew { Self.removeIfEmpty(context, name, global) }
            throw error
        }
    }

    /// Takes away a container that was made for a key that then could not be. An empty one goes without a login, so a PIN
    /// that was refused is not sent again.
    static func removeIfEmpty(_ context: Context, _ name: String?, _ global: GlobalOptions) {
        // On a token without data objects there is none without a key.
        guard !context.isTransient else { return }
        let container = context.containerName ?? name
        do {
            guard context.hasNoKeys else { return }
            context.release()
            try global.deleteContainer(name)
        } catch {
            Output.writeError("tokencsp: \(describe(container: container)) was created and stays, empty")
        }
    }
}
