internal import PKCS11

/// Makes keys on one token as a request says, reads them back, and destroys what is not as asked.
struct KeyGenerator {
    let token: Token
    let request: GenerationRequest
    /// The container's name, for messages and the report.
    let container: String?
    /// The token does not take CKA_ALWAYS_AUTHENTICATE: the CSP alone asks at each use.
    var asksByItself = false

    /// - Throws: NTE_BAD_ALGID where the token lacks the mechanism, ERROR_INVALID_PARAMETER where it lacks the length.
    func checkToken(_ mechanism: MechanismType) throws(CSPError) {
        let info = try onToken(subject) { () throws(PKCS11Error) in try token.mechanismInfo(mechanism) }
        guard let info else {
            throw CSPError(
                .badAlgID, "\(subject): the token cannot generate \(request.algorithm) keys, it lacks \(mechanism)")
        }
        // Secret keys: some tokens count bits here, others bytes.
        // Curves: tokens tell every kind of number.
        guard case .pair = request.kind, request.curve == nil, info.maximumKeySize > 0 else { return }
        guard
            (info.minimumKeySize...max(info.minimumKeySize, info.maximumKeySize)).contains(UInt(clamping: request.bits))
        else {
            throw CSPError(
                .invalidParameter,
                "a key length of \(request.bits) bits: this token makes \(info.minimumKeySize) to \(info.maximumKeySize)"
            )
        }
    }

    private var subject: String { container.map { "container \"\($0)\"" } ?? "\(request.algorithm) key" }
}

// MARK: - Key pairs

extension KeyGenerator {
    /// A pair that was made as session objects, or the extractable twin of one on the token.
    typealias SessionPair = KeyPair<SessionObject>

    /// Makes a pair on the token under a label and id.
    ///
    /// For CRYPT_ARCHIVABLE the pair is made as session objects that can be extracted, and copied onto the token as one
    /// that cannot; the twin lives until the handle is closed. So at no time is an extractable key on the token.
    func storedPair(
        _ spec: KeySpec, label: String, id: KeyIdentifier
    ) throws(CSPError) -> (pair: StoredPair, twin: SessionObject?, report: UnwrittenReport) {
        let templates = templates(spec, GenerationPlan.identity(label, id.bytes))
        var twin: SessionPair?
        let rung: Int
        let pair: KeyPair<ObjectHandle>
        if request.isArchivable {
            let made = try sessionPair(
                templates, publicChanges: [Attribute(.token, false)],
                privateChanges: [Attribute(.token, false), Attribute(.extractable, true)]
            )
            rung = made.rung
            twin = made.keys
            pair = try copyToToken(made.keys)
        } else {
            (rung, pair) = try generate(templates, [], [], lasting: true) { _, pair in pair }
        }
        do throws(CSPError) {
            let verified = try verified(templates, pair, rung: rung, spec: spec, id: id.bytes)
            return (verified.pair, twin?.privateKey, verified.report)
        } catch {
            destroy(pair)
            throw error
        }
    }

    /// Makes a pair of session objects (CRYPT_VERIFYCONTEXT).
    func ephemeralPair(_ spec: KeySpec) throws(CSPError) -> (pair: EphemeralPair, report: UnwrittenReport) {
        let templates = templates(spec, [])
        let made = try sessionPair(templates, publicChanges: [], privateChanges: [])
        let handles = KeyPair(publicKey: made.keys.publicKey.handle, privateKey: made.keys.privateKey.handle)
        let verified = try verified(templates, handles, rung: made.rung, spec: spec, id: [])
        return (
            EphemeralPair(
                objects: made.keys, numbers: verified.numbers, algorithm: request.algorithm,
                flags: request.flags.intersection(.exportable)
            ), verified.report
        )
    }

    typealias Templates = (publicKey: KeyTemplate, privateKey: KeyTemplate)

    /// The algorithm of the pair; a request for a pair has one.
    private func algorithm() throws(CSPError) -> PairAlgorithm {
        guard let pair = request.pair else { throw CSPError(.badAlgID, "\(request.algorithm) keys are no pairs") }
        return pair
    }

    private func templates(_ spec: KeySpec, _ identity: Template) -> Templates {
        (.publicKey(request, spec, identity), privateTemplate(spec, identity))
    }

    func privateTemplate(_ spec: KeySpec, _ identity: Template) -> KeyTemplate {
        let template = KeyTemplate.privateKey(request, spec, identity)
        return asksByItself ? template.holding(.alwaysAuthenticate) : template
    }

    /// Makes a pair; where consent is asked for (CRYPT_USER_PROTECTED) and the token does not take
    /// CKA_ALWAYS_AUTHENTICATE, or does not keep it, one that the CSP alone asks for.
    func protecting<R>(_ make: (KeyGenerator) throws(CSPError) -> R) throws(CSPError) -> R {
        do throws(CSPError) {
            return try make(self)
        } catch {
            guard request.protection == .consent, error.code == .badFlags else { throw error }
            var asking = self
            asking.asksByItself = true
            // Where that is not it, the first answer says what is.
            do throws(CSPError) { return try make(asking) } catch _ { throw error }
        }
    }

    private func sessionPair(
        _ templates: Templates, publicChanges: Template, privateChanges: Template
    ) throws(CSPError) -> (rung: Int, keys: SessionPair) {
        try generate(templates, publicChanges, privateChanges) { session, pair in
            KeyPair(publicKey: session.own(pair.publicKey), privateKey: session.own(pair.privateKey))
        }
    }

    private func generate<Pair>(
        _ templates: Templates, _ publicChanges: Template, _ privateChanges: Template, lasting: Bool = false,
        _ keep: (borrowing Session, KeyPair<ObjectHandle>) -> Pair
    ) throws(CSPError) -> (rung: Int, keys: Pair) {
        let mechanism = Mechanism(try algorithm().generation)
        return try refusing { () throws(PKCS11Error) in
            try token.writing(lasting: lasting) { session throws(PKCS11Error) in
                try climbingDown { rung throws(PKCS11Error) in
                    keep(
                        session,
                        try session.generateKeyPair(
                            mechanism,
                            publicKey: templates.publicKey.attributes(rung: rung, changing: publicChanges),
                            privateKey: templates.privateKey.attributes(rung: rung, changing: privateChanges)
                        )
                    )
                }
            }
        }
    }

    private func copyToToken(_ twin: SessionPair) throws(CSPError) -> KeyPair<ObjectHandle> {
        try refusing { () throws(PKCS11Error) in
            try token.writing(lasting: true) { session throws(PKCS11Error) in
                let publicKey = try session.copy(twin.publicKey.handle, [Attribute(.token, true)])
                do throws(PKCS11Error) {
                    let changes = [Attribute(.token, true), Attribute(.extractable, false)]
                    return KeyPair(publicKey: publicKey, privateKey: try session.copy(twin.privateKey.handle, changes))
                } catch {
                    try? session.destroy(publicKey)
                    throw error
                }
            }
        }
    }

    func destroy(_ pair: KeyPair<ObjectHandle>) {
        try? token.writing(lasting: true) { session throws(PKCS11Error) in
            try? session.destroy(pair.privateKey)
            try? session.destroy(pair.publicKey)
        }
    }

    func verified(
        _ templates: Templates, _ pair: KeyPair<ObjectHandle>, rung: Int, spec: KeySpec, id: [UInt8]
    ) throws(CSPError) -> (pair: StoredPair, numbers: PublicKey, report: UnwrittenReport) {
        let halves = try onToken(subject) { () throws(PKCS11Error) in
            try token.reading { session throws(PKCS11Error) in
                [
                    ReadBack(
                        object: "private", template: templates.privateKey,
                        values: try session.attributes(of: pair.privateKey, templates.privateKey.readBack)
                    ),
                    ReadBack(
                        object: "public", template: templates.publicKey,
                        values: try session.attributes(of: pair.publicKey, templates.publicKey.readBack)
                    ),
                ]
            }
        }
        let algorithm = try algorithm()
        let enforcement = try onToken(subject) { () throws(PKCS11Error) in
            try Enforcement(token).holders(
                of: pair.privateKey, algorithm.trialSignature,
                asksForPIN: request.isUserProtected && !asksByItself,
                isKept: !request.isExportable && !request.isEphemeral
            )
        }
        var notes: [String] = []
        // Only of the kind that a module is known not to wrap: where SoftHSM wraps a key on a curve, OpenSSL leaves a copy.
        if request.isExportable, request.algorithm == .ed25519,
            !Enforcement(token).letsOutEd25519(pair.privateKey)
        {
            notes.append("this token cannot wrap Ed25519 keys: the key will not be exported, though its flags allow it")
        }
        let report = try report(halves, rung: rung, spec: spec, id: id, algorithm.generation, enforcement, notes)
        // From what was read: another read could fail when the pair stands already.
        guard var stored = StoredPair(halves[1].values, pair.publicKey), let numbers = stored.publicKey else {
            throw CSPError(.badPublicKey, "\(subject): the token does not tell the new public key")
        }
        stored.privateHandle = pair.privateKey
        return (stored, numbers, report)
    }
}

// MARK: - Session keys

extension KeyGenerator {
    func sessionKey(_ cipher: SessionAlgorithm.OnToken) throws(CSPError) -> (
        key: SessionObject, report: UnwrittenReport
    ) {
        let template = KeyTemplate.secretKey(request, cipher)
        let made = try refusing { () throws(PKCS11Error) in
            try token.writing { session throws(PKCS11Error) in
                try climbingDown { rung throws(PKCS11Error) in
                    session.own(try session.generateKey(Mechanism(cipher.generation), template.attributes(rung: rung)))
                }
            }
        }
        let readBack = try onToken(subject) { () throws(PKCS11Error) in
            try token.reading { session throws(PKCS11Error) in
                ReadBack(
                    object: "secret", template: template,
                    values: try session.attributes(of: made.keys.handle, template.readBack)
                )
            }
        }
        return (made.keys, try report([readBack], rung: made.rung, spec: nil, id: [], cipher.generation, [:]))
    }
}

// MARK: - The ladder

extension KeyGenerator {
    /// Tries the full template, then ever smaller ones, as long as the token finds fault with an attribute.
    func climbingDown<Result>(
        _ attempt: (Int) throws(PKCS11Error) -> Result
    ) throws(PKCS11Error) -> (rung: Int, keys: Result) {
        var rung = 0
        while true {
            do throws(PKCS11Error) {
                return (rung, try attempt(rung))
            } catch {
                guard let value = error.returnValue, Self.faultsWithAttributes.contains(value),
                    rung + 1 < KeyTemplate.rungs
                else { throw error }
                rung += 1
                Log.debug("template ladder: rung \(rung) after \(error.description)")
            }
        }
    }

    private static let faultsWithAttributes: Set<ReturnValue> = [
        .attributeTypeInvalid, .attributeValueInvalid, .templateInconsistent, .templateIncomplete, .generalError,
    ]

    /// A template that the token refuses is the flag's fault where one asked for an attribute.
    func refusing<R>(_ work: () throws(PKCS11Error) -> R) throws(CSPError) -> R {
        try onToken(
            policyFlags.isEmpty ? subject : subject + " with " + policyFlags.joined(separator: ", "), refusals, work)
    }

    private var refusals: [ReturnValue: ErrorCode] {
        // The PIN at each use is promised by who can keep it, or not at all.
        let isRefusal =
            policyFlags.isEmpty || request.protection == .pin && !request.isExportable && !request.isArchivable
        let code: ErrorCode = isRefusal ? .notSupported : .badFlags
        return [
            .attributeTypeInvalid: code, .attributeValueInvalid: code, .templateInconsistent: code,
            .templateIncomplete: code, .attributeReadOnly: code, .actionProhibited: code,
        ]
    }

    private var policyFlags: [String] {
        request.flags.intersection([.exportable, .archivable, .userProtected, .forceKeyProtectionHigh]).names
    }

    private func report(
        _ objects: [ReadBack], rung: Int, spec: KeySpec?, id: [UInt8], _ mechanism: MechanismType,
        _ enforcement: [AttributeType: KeyReport.Holder], _ notes: [String] = []
    ) throws(CSPError) -> UnwrittenReport {
        for object in objects {
            guard let line = object.violation(rung: rung) else { continue }
            let found = object.values.bytes(line.attribute.type).map { Attribute(line.attribute.type, bytes: $0).text }
            let isPIN = request.protection == .pin && line.attribute.type == .alwaysAuthenticate
            throw CSPError(
                !isPIN && policyFlags.contains { line.because.contains($0) } ? .badFlags : .notSupported,
                "\(subject): the token made the \(object.object) key with \(line.attribute.type) = \(found ?? "(not told)") "
                    + "instead of \(line.attribute.text); the key was destroyed"
            )
        }
        return UnwrittenReport {
            // What it told when it was looked for.
            let info = try? token.knownInfo()
            return KeyReport(
                container: container, spec: spec, algorithm: request.algorithm, bits: request.bits, id: id,
                token: info?.label ?? "", tokenSerial: info?.serial ?? "", mechanism: mechanism.name, rung: rung,
                lines: objects.flatMap { $0.lines(enforcement) },
                notes: request.notes + notes
                    + (asksByItself
                        ? ["the token does not take CKA_ALWAYS_AUTHENTICATE: TokenCSP alone asks before each use"]
                        : []),
                protection: request.protection,
                protectionHolder: asksByItself ? .csp : enforcement[.alwaysAuthenticate],
                uri: id.isEmpty ? nil : info.flatMap { try? TokenURI.object(on: $0, label: label(objects), id: id) }
            )
        }
    }

    private func label(_ objects: [ReadBack]) -> String {
        objects.lazy.compactMap { $0.values.string(.label) }.first ?? ""
    }
}
