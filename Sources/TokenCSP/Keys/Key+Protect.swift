internal import PKCS11

extension Key {
    /// Makes a container's key stricter: PKCS#11 lets CKA_EXTRACTABLE go and CKA_SENSITIVE come, never the reverse. What the
    /// key asks of its user stands in its id, which TokenCSP holds to.
    ///
    /// This handle is stale afterwards where the protection changed: open the key anew.
    ///
    /// - Parameters:
    ///   - keeping: the key is never to leave the token again.
    ///   - protection: what it is to ask for; nil for no change.
    /// - Throws: NTE_BAD_FLAGS for what would loosen it, or cannot be held; NTE_NOT_SUPPORTED where the token refuses; and
    ///   what a login throws.
    package func tighten(keeping: Bool, protection wanted: KeyProtection?) throws(CSPError) {
        try checkMade()
        guard case .stored(let key) = material, let spec else {
            throw CSPError(.badKey, "only a container's key is made stricter")
        }
        try context.authenticate()
        _ = try key.findPrivateHalf(again: true)
        var id: [UInt8]?
        if let wanted, wanted != protection {
            guard wanted.rawValue > protection.rawValue else {
                throw CSPError(
                    .badFlags,
                    "the key asks for \(protection.name) at each use: that is never loosened to \(wanted.name)")
            }
            guard let identifier = key.pair.identifier else {
                throw CSPError(
                    .badFlags, "another program made this key: its id has no place for what is asked at each use")
            }
            guard PairAlgorithm.all[algorithm]?.agrees != true else {
                throw CSPError(.badFlags, "PKCS#11 asks for no PIN at an agreement, and neither does TokenCSP")
            }
            id = identifier.protected(wanted)
        }
        try context.tighten(key, spec, keeping: keeping, id: id)
    }
}

extension Context {
    fileprivate func tighten(_ key: StoredKey, _ spec: KeySpec, keeping: Bool, id: [UInt8]?) throws(CSPError) {
        let store = try store()
        let info = try onToken { () throws(PKCS11Error) in try store.token.info() }
        let lock = ContainerLock(info, label: store.lockName(key.container))
        defer { lock?.end() }
        let half = try key.findPrivateHalf(again: true)
        try onToken(
            "container \"\(key.container)\", \(spec)",
            [
                .attributeReadOnly: .notSupported, .actionProhibited: .notSupported,
                .functionNotSupported: .notSupported, .templateInconsistent: .notSupported,
            ]
        ) { () throws(PKCS11Error) in
            let certificates = id == nil ? [] : try store.certificates(of: key.pair)
            try store.token.writing { session throws(PKCS11Error) in
                if keeping {
                    let now = try session.attributes(of: half.handle, [.extractable, .sensitive])
                    var changes: Template = []
                    if now.bool(.extractable) != false { changes.append(Attribute(.extractable, false)) }
                    if now.bool(.sensitive) != true { changes.append(Attribute(.sensitive, true)) }
                    if !changes.isEmpty { try session.set(changes, of: half.handle) }
                }
                guard let id else { return }
                // The public half first, which everybody sees: whatever stops this, the pair asks for the more of the two.
                let handles = [key.pair.publicHandle].compactMap { $0 } + [half.handle] + certificates
                for handle in handles { try session.set([Attribute(.id, bytes: id)], of: handle) }
            }
        }
        state.withLock { $0.signers[spec] = nil }
    }
}
