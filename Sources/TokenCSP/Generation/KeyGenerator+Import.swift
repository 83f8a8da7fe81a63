internal import PKCS11

extension KeyGenerator {
    /// Puts a pair that the caller has the numbers of onto the token (C_CreateObject), and reads it back.
    ///
    /// CRYPT_ARCHIVABLE makes a second private key, a session object that can be extracted, which goes with the handle.
    func importedPair(
        _ spec: KeySpec, _ numbers: PrivateNumbers, label: String, id: KeyIdentifier
    ) throws(CSPError) -> PairReplacement.Made {
        let templates = importTemplates(spec, numbers.publicKey, GenerationPlan.identity(label, id.bytes))
        // Wrapping on the token would be better where it can; creating is what every token does that imports at all.
        let made = try create(templates, numbers, lasting: true) { session, pair, twin in
            (pair: pair, twin: twin.map { session.own($0) })
        }
        do throws(CSPError) {
            let verified = try verified(templates, made.keys.pair, rung: made.rung, spec: spec, id: id.bytes)
            return (verified.pair, made.keys.twin, verified.report)
        } catch {
            destroy(made.keys.pair)
            throw error
        }
    }

    /// The same as session objects (CRYPT_VERIFYCONTEXT, and keys of the algorithms that no container keeps).
    func importedEphemeralPair(
        _ spec: KeySpec, _ numbers: PrivateNumbers
    ) throws(CSPError) -> (pair: EphemeralPair, report: UnwrittenReport) {
        let templates = importTemplates(spec, numbers.publicKey, [])
        let made = try create(templates, numbers, lasting: false) { session, pair, _ in
            KeyPair(publicKey: session.own(pair.publicKey), privateKey: session.own(pair.privateKey))
        }
        let handles = KeyPair(publicKey: made.keys.publicKey.handle, privateKey: made.keys.privateKey.handle)
        let verified = try verified(templates, handles, rung: made.rung, spec: spec, id: [])
        let pair = EphemeralPair(
            objects: made.keys, numbers: verified.numbers, algorithm: request.algorithm,
            flags: request.flags.intersection(.exportable)
        )
        return (pair, verified.report)
    }

    func importTemplates(_ spec: KeySpec, _ key: PublicKey, _ identity: Template) -> Templates {
        let publicKey = KeyTemplate.publicKey(request, spec, identity)
        // The exponent is the caller's, not the one of generation.
        let exponent = key.attributes[.publicExponent]
        return (exponent.map { publicKey.changing($0) } ?? publicKey, privateTemplate(spec, identity))
    }

    private func create<Kept>(
        _ templates: Templates, _ numbers: PrivateNumbers, lasting: Bool,
        _ keep: (borrowing Session, KeyPair<ObjectHandle>, ObjectHandle?) -> Kept
    ) throws(CSPError) -> (rung: Int, keys: Kept) {
        try refusing { () throws(PKCS11Error) in
            try token.writing(lasting: lasting) { session throws(PKCS11Error) in
                try climbingDown { rung throws(PKCS11Error) in
                    let publicKey = try session.create(
                        templates.publicKey.creating(rung: rung, with: numbers.publicKey.attributes))
                    do throws(PKCS11Error) {
                        let template = templates.privateKey.creating(rung: rung, with: numbers.privateAttributes)
                        let made = try privateKey(template, in: session)
                        return keep(session, KeyPair(publicKey: publicKey, privateKey: made.key), made.twin)
                    } catch {
                        try? session.destroy(publicKey)
                        throw error
                    }
                }
            }
        }
    }

    private func privateKey(
        _ template: Template, in session: borrowing Session
    ) throws(PKCS11Error) -> (key: ObjectHandle, twin: ObjectHandle?) {
        let key = try session.create(template)
        guard request.isArchivable, !request.isEphemeral else { return (key, nil) }
        do throws(PKCS11Error) {
            let changes = [Attribute(.token, false), Attribute(.extractable, true)]
            return (key, try session.create(template.map { changes[$0.type] ?? $0 }))
        } catch {
            try? session.destroy(key)
            throw error
        }
    }
}

extension KeyTemplate {
    /// For C_CreateObject: class and key type always, the numbers, and without what the numbers say.
    func creating(rung: Int, with numbers: Template) -> Template {
        let kept = attributes(rung: rung).filter { $0.type != .modulusBits && numbers[$0.type] == nil }
        let always = lines.map(\.attribute).filter {
            ($0.type == .objectClass || $0.type == .keyType) && kept[$0.type] == nil
        }
        return always + kept + numbers
    }
}
