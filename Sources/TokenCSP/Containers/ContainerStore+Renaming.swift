internal import PKCS11

extension ContainerStore {
    /// Gives everything of a container another label.
    ///
    /// Private halves go first. Something that stops it leaves a public half under the old name whose private half is under
    /// the new one; `finishRenaming` brings it there. At no time is an object missing.
    func rename(_ contents: Contents, to name: String) throws(PKCS11Error) {
        let label = keySet.label(name)
        for record in contents.records {
            _ = try create(ContainerRecord(label: label, kind: record.record.kind, current: record.record.current))
        }
        for pair in contents.pairs {
            let certificates = try certificates(of: pair)
            try token.writing { session throws(PKCS11Error) in
                for handle in [pair.privateHandle].compactMap({ $0 }) + certificates
                    + [pair.publicHandle].compactMap({ $0 })
                {
                    try session.set([Attribute(.label, label)], of: handle)
                }
            }
        }
        try destroy([], records: contents.records.map(\.handle))
    }

    /// The certificates of one of our pairs, and of a foreign one those of its id.
    func certificates(of pair: StoredPair) throws(PKCS11Error) -> [ObjectHandle] {
        guard !pair.id.isEmpty else { return [] }
        // Whose protection is being raised may have certificates under the id that it had.
        let ids: [[UInt8]] =
            if let identifier = pair.identifier {
                [identifier.protected(.none), identifier.protected(.consent), identifier.protected(.pin)]
            } else {
                [pair.id]
            }
        return try token.reading { session throws(PKCS11Error) in
            var found: [ObjectHandle] = []
            for id in ids { found += try session.find([Attribute(.certificate), Attribute(.id, bytes: id)]) }
            return found
        }
    }

    /// Completes a renaming that was cut off: the two halves of a pair stand under two labels, and the private one's is the
    /// new. The caller has logged in, and holds the lock of one of the two.
    ///
    /// - Returns: whether there was something to do.
    func finishRenaming(_ contents: Contents) throws(CSPError) -> Bool {
        var isChanged = false
        for pair in contents.pairs {
            guard pair.identifier != nil, (pair.publicHandle == nil) != (pair.privateHandle == nil) else { continue }
            try onToken("finishing a renaming") { () throws(PKCS11Error) in
                try token.writing { session throws(PKCS11Error) in
                    let isPublicHere = pair.publicHandle != nil
                    let other: ObjectClass = isPublicHere ? .privateKey : .publicKey
                    let found = try session.find([
                        Attribute(other), Attribute(.token, true), Attribute(.id, bytes: pair.id),
                    ])
                    guard found.count == 1, let half = found.first else { return }
                    let privateHalf = isPublicHere ? half : pair.privateHandle
                    let publicHalf = isPublicHere ? pair.publicHandle : half
                    guard let privateHalf, let publicHalf else { return }
                    guard let label = try session.attributes(of: privateHalf, [.label]).string(.label),
                        !label.isEmpty
                    else { return }
                    try session.set([Attribute(.label, label)], of: publicHalf)
                    isChanged = true
                }
            }
        }
        return isChanged
    }
}
