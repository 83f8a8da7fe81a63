internal import PKCS11

extension KeyGenerator {
    /// Puts a pair that the caller has the numbers of onto the token (C_CreateObject), and reads it back.
    ///
    /// CRYPT_ARCHIVABLE makes a second private key, a session object that can be extracted, which goes with the handle.
    func importedPair(
        _ spec: KeySpec, _ numbers: RSAPrivateNumbers, label: String, id: KeyIdentifier
    ) throws(CSPError) -> PairReplacement.Made {
        let identity = GenerationPlan.identity(label, id.bytes)
        let publicTemplate = KeyTemplate.publicKey(request, spec, identity)
        let privateTemplate = KeyTemplate.privateKey(request, spec, identity)
        let publicNumbers = [
            Attribute(.modulus, bytes: numbers.publicKey.modulus),
            Attribute(.publicExponent, bytes: numbers.publicKey.publicExponent.bigEndianBytes),
        ]
        // Wrapping on the token would be better where it can; creating is what every token does that imports at all.
        let made = try refusing { () throws(PKCS11Error) in
            try token.writing { session throws(PKCS11Error) in
                try climbingDown { rung throws(PKCS11Error) in
                    let publicKey = try session.create(
                        publicTemplate.creating(rung: rung, replacing: [.modulusBits, .publicExponent]) + publicNumbers
                    )
                    do throws(PKCS11Error) {
                        let template = privateTemplate.creating(rung: rung, replacing: []) + publicNumbers
                        let made = try privateKey(template + numbers.privateAttributes(), in: session)
                        return (pair: KeyPair(publicKey: publicKey, privateKey: made.key), twin: made.twin)
                    } catch {
                        try? session.destroy(publicKey)
                        throw error
                    }
                }
            }
        }
        do throws(CSPError) {
            // The number of the exponent is the caller's, not the one of generation.
            let exponent = Attribute(.publicExponent, bytes: numbers.publicKey.publicExponent.bigEndianBytes)
            let asked = publicTemplate.changing(exponent)
            let verified = try verified(
                (asked, privateTemplate), made.keys.pair, rung: made.rung, spec: spec, id: id.bytes)
            return (verified.pair, made.keys.twin, verified.report)
        } catch {
            destroy(made.keys.pair)
            throw error
        }
    }
    private func privateKey(
        _ template: Template, in session: borrowing Session
    ) throws(PKCS11Error) -> (key: ObjectHandle, twin: SessionObject?) {
        let key = try session.create(template)
        guard request.isArchivable else { return (key, nil) }
        do throws(PKCS11Error) {
            let changes = [Attribute(.token, false), Attribute(.extractable, true)]
            return (key, session.own(try session.create(template.map { changes[$0.type] ?? $0 })))
        } catch {
            try? session.destroy(key)
            throw error
        }
    }
}

extension KeyTemplate {
    /// For C_CreateObject: class and key type always, and without what the numbers say.
    fileprivate func creating(rung: Int, replacing types: Set<AttributeType>) -> Template {
        let kept = attributes(rung: rung).filter { !types.contains($0.type) }
        let always = lines.map(\.attribute).filter {
            ($0.type == .objectClass || $0.type == .keyType) && kept[$0.type] == nil
        }
        return always + kept
    }
}
