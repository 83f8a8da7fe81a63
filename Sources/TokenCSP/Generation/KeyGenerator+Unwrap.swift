internal import PKCS11

extension KeyGenerator {
    /// C_UnwrapKey with a template of ours.
    typealias Unwrapping = (borrowing Session, Template) throws(PKCS11Error) -> ObjectHandle

    /// Puts a pair onto the token whose private half is unwrapped there, and reads it back.
    func unwrappedPair(
        _ spec: KeySpec, _ publicKey: PublicKey, label: String, id: KeyIdentifier, _ unwrap: @escaping Unwrapping
    ) throws(CSPError) -> PairReplacement.Made {
        guard !request.isArchivable else {
            throw CSPError(.badFlags, "a key that is unwrapped on the token has no archivable twin")
        }
        let templates = importTemplates(spec, publicKey, GenerationPlan.identity(label, id.bytes))
        let made = try refusing { () throws(PKCS11Error) in
            try token.writing(lasting: true) { session throws(PKCS11Error) in
                try climbingDown { rung throws(PKCS11Error) in
                    // The private half first: it is the one that may be refused.
                    let privateKey = try unwrap(session, templates.privateKey.creating(rung: rung, with: []))
                    do throws(PKCS11Error) {
                        try correct(privateKey, as: templates.privateKey, in: session)
                        let half = try session.create(
                            templates.publicKey.creating(rung: rung, with: publicKey.attributes))
                        return KeyPair(publicKey: half, privateKey: privateKey)
                    } catch {
                        try? session.destroy(privateKey)
                        throw error
                    }
                }
            }
        }
        do throws(CSPError) {
            try checkBelongs(made.keys.privateKey, to: publicKey)
            let verified = try verified(templates, made.keys, rung: made.rung, spec: spec, id: id.bytes)
            return (verified.pair, nil, verified.report)
        } catch {
            destroy(made.keys)
            throw error
        }
    }

    /// NSS gives an unwrapped RSA key every use, whatever the template says. What it keeps all the same, reading back finds.
    private func correct(
        _ key: ObjectHandle, as template: KeyTemplate, in session: borrowing Session
    ) throws(PKCS11Error) {
        let uses: [AttributeType] = [.sign, .decrypt, .unwrap, .signRecover, .derive]
        let found = try session.attributes(of: key, uses)
        let wrong = template.lines.map(\.attribute).filter { asked in
            uses.contains(asked.type) && found.bytes(asked.type).map { $0 != asked.bytes } == true
        }
        if !wrong.isEmpty { try? session.set(wrong, of: key) }
    }

    /// That the unwrapped half is the public one's: who could exchange the latter would read what is encrypted with it. Of
    /// RSA the token tells the modulus; others sign, unless they agree or ask their user.
    private func checkBelongs(_ privateKey: ObjectHandle, to publicKey: PublicKey) throws(CSPError) {
        let isRight: Bool
        if let rsa = publicKey.rsa {
            let modulus = try onToken { () throws(PKCS11Error) in
                try token.reading { session throws(PKCS11Error) in
                    try session.attributes(of: privateKey, [.modulus]).bytes(.modulus)
                }
            }
            isRight = modulus.map { Array($0.drop { $0 == 0 }) } == rsa.modulus
        } else if let mechanism = request.pair?.trialSignature, !request.isUserProtected {
            let digest = [UInt8](repeating: 0x5A, count: 20)
            let signature = try onToken { () throws(PKCS11Error) in
                try token.withSession { session throws(PKCS11Error) in
                    try session.sign(digest, with: privateKey, mechanism, maximumSize: 2048)
                }
            }
            isRight = try lending(digest) { digest throws(CSPError) in
                try publicKey.verify(
                    signature, SignatureMessage(value: digest, kind: nil, padding: .pkcs1WithoutHashName))
            }
        } else {
            return
        }
        guard isRight else { throw CSPError(.badData, "the wrapped key is not the private half of the public key") }
    }
}
