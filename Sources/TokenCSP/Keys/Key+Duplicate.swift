extension Key {
    /// A second handle to a session key, at the same place of the message (CryptDuplicateKey); of other keys, one more way
    /// to them.
    public func duplicate() throws(CSPError) -> Key {
        try checkAlive()
        let copy: Material =
            if case .session(let key) = material { .session(key.duplicate()) } else { material }
        return Key(context, copy, algorithm, spec: spec, bits: bits, flags: flags, report: generationReport)
    }
}
