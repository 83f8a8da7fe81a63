internal import PKCS11

extension Context {
    /// Gives the container another name: CKA_LABEL of its keys, certificates and record. This context stays that of the old
    /// name, where nothing is any more.
    ///
    /// After something stopped it, the same call finishes it; so does the next one that logs in and changes either container.
    ///
    /// - Throws: NTE_BAD_KEYSET_PARAM (no name), NTE_EXISTS, NTE_NOT_SUPPORTED where the token keeps labels as they are, and
    ///   what a login throws.
    package func renameContainer(to newName: String) throws(CSPError) {
        let store = try store()
        let name = try namedContainer()
        let place = try ContainerName(newName)
        guard place.reader == nil, place.uri == nil, place.name == newName else {
            throw CSPError(.badKeysetParam, "a new name is a plain name")
        }
        guard newName != name else { throw CSPError(.exists, "the container is named so already") }
        if try !contents().pairs.isEmpty { try authenticate() }
        let info = try onToken { () throws(PKCS11Error) in try store.token.info() }
        // In one order, whoever else renames the two.
        let locks = [name, newName].sorted().map { ($0, ContainerLock(info, label: store.lockName($0))) }
        defer { for lock in locks { lock.1?.end() } }
        func lock(_ name: String) -> ContainerLock? { locks.first { $0.0 == name }?.1 }
        // Before anything is cleared away: half a pair here may have its other half there.
        for place in [name, newName] { _ = try store.finishRenaming(store.contents(place)) }
        let old = try store.repaired(store.contents(name), name: name, lock(name))
        let new = try store.repaired(store.contents(newName), name: newName, lock(newName))
        // What was cut off is whole now.
        if old.isEmpty, !new.isEmpty { return }
        guard !old.isEmpty else { throw CSPError(.badKeyset, "container \"\(name)\" was deleted") }
        let ids = Set(new.pairs.map(\.id))
        guard new.records.isEmpty || new.pairs.isEmpty && !old.records.isEmpty,
            new.pairs.isEmpty || !ids.isDisjoint(with: old.pairs.map(\.id))
        else { throw CSPError(.exists, "a container \"\(newName)\" is on token \"\(info.label)\" already") }
        try onToken(
            "renaming container \"\(name)\"",
            [
                .attributeReadOnly: .notSupported, .actionProhibited: .notSupported,
                .functionNotSupported: .notSupported,
            ]
        ) { () throws(PKCS11Error) in try store.rename(old, to: newName) }
        state.withLock { $0.signers = Context.Signers() }
    }
}
