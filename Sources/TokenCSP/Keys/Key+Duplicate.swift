internal import PKCS11

extension Key {
    /// A second handle to a session key, at the same place of the message (CryptDuplicateKey); of other keys, one more way
    /// to them.
    public func duplicate() throws(CSPError) -> Key {
        try checkAlive()
        var copy = material
        if case .session(let key) = material {
            copy = .session(key.duplicate())
            // Each of the two can be destroyed without the other.
            if case .token(_, let object) = key.place { object.share() }
        }
        let duplicate = Key(context, copy, algorithm, spec: spec, bits: bits, flags: flags, report: generationReport)
        let (label, hash) = state.withLock { ($0.oaepLabel, $0.oaepHash) }
        duplicate.state.withLock { ($0.oaepLabel, $0.oaepHash) = (label, hash) }
        return duplicate
    }
}
