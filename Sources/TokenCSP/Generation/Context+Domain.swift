internal import PKCS11

extension Context {
    /// A request with the domain parameters that DSA and Diffie-Hellman keys are made from.
    ///
    /// Diffie-Hellman has published groups for the common lengths. Others, and those of DSA, the token makes, once for a
    /// context: they are no secret, and making them takes seconds.
    func withDomain(_ request: GenerationRequest) throws(CSPError) -> GenerationRequest {
        guard request.domain == nil, let pair = request.pair else { return request }
        switch pair.family {
        case .rsa, .ellipticCurve: return request
        case .dsa: break
        case .diffieHellman:
            if let group = DiffieHellmanGroup.parameters(bits: request.bits) { return request.with(group) }
            guard request.bits <= 1024 else {
                throw CSPError(
                    .invalidParameter,
                    "a Diffie-Hellman prime of \(request.bits) bits would take minutes to find; \(DiffieHellmanGroup.lengths.map(String.init).joined(separator: ", ")) bits have published ones"
                )
            }
        }
        let known = state.withLock { $0.domains[pair.family]?[request.bits] }
        if let known { return request.with(known) }
        let generator = KeyGenerator(token: try token(), request: request, container: containerName)
        try generator.checkToken(pair.generation)
        // What the container's pair wants comes before the seconds of work, and silence before the token is touched.
        if !request.isEphemeral {
            _ = try namedContainer()
            try authenticate()
        }
        let made = try loggingInIfNeeded { () throws(CSPError) in try generator.domainParameters(pair.family) }
        state.withLock { $0.domains[pair.family, default: [:]][request.bits] = made }
        return request.with(made)
    }
}

extension GenerationRequest {
    fileprivate func with(_ domain: DomainParameters) -> GenerationRequest {
        var request = self
        request.domain = domain
        return request
    }
}

extension KeyGenerator {
    /// Domain parameters that the token makes as a session object, which goes again.
    fileprivate func domainParameters(_ family: PairFamily) throws(CSPError) -> DomainParameters {
        let mechanism: MechanismType = family == .dsa ? .dsaParameterGen : .dhPKCSParameterGen
        try checkToken(mechanism)
        let bits = request.bits
        let template: Template = [
            Attribute(.domainParameters), Attribute(family == .dsa ? .dsa : .dh), Attribute(.token, false),
            Attribute(.isPrivate, false), Attribute(.primeBits, UInt(clamping: bits)),
        ]
        // FIPS 186-4, section 4.2. SoftHSM, which does not know the attribute, makes this length unasked.
        let subprime = Attribute(.subPrimeBits, bits < 2048 ? 160 : 256)
        let full = family == .dsa ? template + [subprime] : template
        let values = try refusing { () throws(PKCS11Error) in
            try token.writing { session throws(PKCS11Error) in
                let object = try Self.generate(session, Mechanism(mechanism), full, orElse: template)
                defer { try? session.destroy(object) }
                return try session.attributes(of: object, [.prime, .subprime, .base])
            }
        }
        guard let prime = values.bytes(.prime), let base = values.bytes(.base) else {
            throw CSPError(.notSupported, "the token does not tell the domain parameters that it made")
        }
        let made = DomainParameters(
            prime: prime, subprime: family == .dsa ? values.bytes(.subprime) : nil, base: base)
        try made.check(family)
        guard made.bits == bits else {
            throw CSPError(.notSupported, "the token made parameters of \(made.bits) bits instead of \(bits)")
        }
        return made
    }
    /// Where the token does not know an attribute of the full template, by the lesser one.
    private static func generate(
        _ session: borrowing Session, _ mechanism: Mechanism, _ full: Template, orElse lesser: Template
    ) throws(PKCS11Error) -> ObjectHandle {
        do throws(PKCS11Error) {
            return try session.generateKey(mechanism, full)
        } catch {
            guard error.returnValue == .attributeTypeInvalid else { throw error }
            return try session.generateKey(mechanism, lesser)
        }
    }
}
