import TokenCSP

/// The question before a new key takes the place of an old one, which is destroyed with that.
enum KeyReplacement {
    /// Refuses a key that is there without `--replace`, and asks with it.
    ///
    /// - Parameter what: what `--replace` would put there.
    static func require(
        _ spec: KeySpec, in context: Context, _ container: String?, replacing: Bool, yes: Bool, _ what: String
    ) throws {
        let key: Key
        do throws(CSPError) {
            key = try context.userKey(spec)
        } catch {
            guard error.code == .noKey else { throw error }
            return
        }
        let name = context.containerName ?? container
        let described = describe(container: name)
        guard replacing else {
            let kind = spec == .signature ? "a signature key" : "an exchange key"
            throw CSPError(.exists, "\(kind) exists already in \(described); --replace puts \(what) in its place")
        }
        guard !yes else { return }
        let warning = try warning(spec, in: context, name)
        try Confirmation.require(
            "Replace the \(key.bits)-bit \(spec.argument) key of \(described)? The old key is destroyed."
                + warning, yes: false)
    }

    /// Words to a question about a key that is more than it seems; else none.
    static func warning(_ spec: KeySpec, in context: Context, _ container: String?) throws -> String {
        let summary = try context.keys().first { $0.container == container && $0.specs.contains(spec) }
        let isBoth = summary.map { $0.specs.count > 1 } ?? false
        return isBoth ? " Another tool made it, and it is the container's other key too." : ""
    }
}
