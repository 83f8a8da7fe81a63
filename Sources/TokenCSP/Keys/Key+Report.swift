internal import PKCS11

extension Key {
    /// The proof of the key: made at generation, or read from the token now.
    ///
    /// A pair's private half is shown where this context may log in; without a PIN only the public half is.
    ///
    /// - Throws: NTE_BAD_KEY for an imported public key, which is on no token.
    public func report() throws(CSPError) -> KeyReport {
        try checkMade()
        if let generationReport { return generationReport.write() }
        guard case .stored(let key) = material else {
            throw CSPError(.badKey, "an imported \(algorithm) key is on no token")
        }
        var notes: [String] = []
        var lines: [KeyReport.Line] = []
        var protectionHolder: KeyReport.Holder?
        if let half = try privateHalf(key, &notes) {
            let values = try read(key, half.handle, Self.privateAttributes)
            // What asks the user we ask ourselves as well; of another program's key we know nothing.
            let unseen: KeyReport.Holder = protection == .none ? .nobody : .csp
            let enforcement = Enforcement(key.token).holders(
                of: half.handle, PairAlgorithm.all[algorithm]?.trialSignature, asksForPIN: half.asksForPIN,
                isKept: !half.isExtractable, unseen: unseen
            )
            if protection != .none { protectionHolder = enforcement[.alwaysAuthenticate] ?? .csp }
            lines += ReadBack(object: "private", template: nil, values: values).facts(
                Self.privateAttributes, enforcement)
        }
        if let handle = key.pair.publicHandle {
            let values = try read(key, handle, Self.publicAttributes)
            lines += ReadBack(object: "public", template: nil, values: values).facts(Self.publicAttributes)
        }
        let info = try onToken { () throws(PKCS11Error) in try key.token.info() }
        return KeyReport(
            container: key.container, spec: spec, algorithm: algorithm, bits: bits, id: key.pair.id, token: info.label,
            tokenSerial: info.serial, mechanism: PairAlgorithm.all[algorithm]?.generation.name ?? "", rung: 0,
            lines: lines, notes: notes, protection: protection, protectionHolder: protectionHolder,
            uri: try? TokenURI.object(on: info, label: key.pair.label, id: key.pair.id)
        )
    }

    private func privateHalf(_ key: StoredKey, _ notes: inout [String]) throws(CSPError) -> StoredKey.PrivateHalf? {
        do throws(CSPError) {
            try context.authenticate()
            return try key.findPrivateHalf()
        } catch {
            guard error.code == .silentContext || error.code == .notAuthenticated else { throw error }
            notes.append("the private half is not shown: \(error.reason)")
            return nil
        }
    }

    private func read(
        _ key: StoredKey, _ handle: ObjectHandle, _ types: [AttributeType]
    ) throws(CSPError) -> AttributeValues {
        try onToken(key.subject) { () throws(PKCS11Error) in
            try key.token.reading { session throws(PKCS11Error) in try session.attributes(of: handle, types) }
        }
    }

    private static let privateAttributes: [AttributeType] =
        [
            .objectClass, .keyType, .token, .isPrivate, .label, .id, .sensitive, .extractable, .alwaysAuthenticate,
            .sign,
            .decrypt, .unwrap, .signRecover, .derive,
        ] + ReadBack.facts

    private static let publicAttributes: [AttributeType] = [
        .objectClass, .keyType, .token, .isPrivate, .label, .id,
        .modulusBits, .publicExponent, .ecParams, .prime, .subprime, .base, .verify, .encrypt,
        .wrap,
        .verifyRecover, .derive,
    ]
}
