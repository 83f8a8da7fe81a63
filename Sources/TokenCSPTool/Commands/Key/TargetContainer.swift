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

    /// - Parameter replacing: whether a key of this spec may be there already.
    func put(_ spec: KeySpec, replacing: Bool, _ make: (Context) throws -> Key) throws -> Key {
        do {
            if !isNew, !replacing { try requireNoKey(spec) }
            return try make(context)
        } catch {
            if isNew { removeIfEmpty() }
            throw error
        }
    }

    private func requireNoKey(_ spec: KeySpec) throws {
        do throws(CSPError) {
            _ = try context.userKey(spec)
        } catch {
            guard error.code == .noKey else { throw error }
            return
        }
        let container = describe(container: context.containerName ?? name)
        let key = spec == .signature ? "a signature key" : "an exchange key"
        throw CSPError(.exists, "\(key) exists already in \(container); --replace puts this one in its place")
    }

    private func removeIfEmpty() {
        // On a token without data objects there is none without a key.
        guard !context.isTransient else { return }
        let container = context.containerName ?? name
        do {
            for spec in [KeySpec.signature, .keyExchange] where (try? context.userKey(spec)) != nil { return }
            context.release()
            try global.deleteContainer(name)
        } catch {
            Output.writeError("tokencsp: \(describe(container: container)) was created and stays, empty")
        }
    }
}
