internal import PKCS11

extension Context {
    /// CryptGenKey.
    ///
    /// - Parameters:
    ///   - algorithm: an ALG_ID, or AT_KEYEXCHANGE (1) or AT_SIGNATURE (2) as one.
    ///   - flags: dwFlags: `KeyFlags` in the low word, the key length in bits in the high word, 0 for the default.
    /// - Throws: ERROR_INVALID_PARAMETER (length), NTE_BAD_ALGID, NTE_BAD_FLAGS, NTE_SILENT_CONTEXT, NTE_NOT_SUPPORTED,
    ///   NTE_TOKEN_KEYSET_STORAGE_FULL, and what a login throws. The token is then as it was.
    package func generateKey(_ algorithm: AlgorithmID, flags: UInt32) throws(CSPError) -> Key {
        try checkAlive()
        let request = try GenerationRequest(algorithm, rawFlags: flags, profile: profile, context: self.flags)
        switch request.kind {
        case .pair(let spec):
            guard !request.isEphemeral || mayUsePrivateKeys else {
                throw CSPError(
                    .permission,
                    "CRYPT_VERIFYCONTEXT with a container's name only reads: leave the name out for session key pairs")
            }
            if request.flags.contains(.preGenerate) {
                let draft = Key.Material.draft(PairDraft(request))
                return Key(self, draft, request.algorithm, spec: spec, bits: request.bits, flags: request.flags)
            }
            return try generatePair(request, spec)
        case .secret:
            return try generateSessionKey(request)
        }
    }

    /// Generates a key pair: in the container on the token, or of a context without a container as one that goes with the
    /// context (CryptGenKey). The kind of key is the provider's: RSA of all but the DSS, Diffie-Hellman and elliptic curve
    /// providers.
    ///
    /// A pair of ours that the container has for this key spec is replaced once the new one is complete. ``Key/report()``
    /// says what the token holds afterwards.
    ///
    /// - Parameters:
    ///   - spec: which of the container's two pairs: `.signature` signs, `.keyExchange` decrypts too.
    ///   - bits: the key length in bits; nil for the provider's default.
    ///   - flags: the policy that the token is to hold the key to.
    /// - Throws: ERROR_INVALID_PARAMETER (length), NTE_BAD_ALGID, NTE_BAD_FLAGS (a policy that the token cannot hold),
    ///   NTE_SILENT_CONTEXT, NTE_NOT_SUPPORTED, NTE_TOKEN_KEYSET_STORAGE_FULL, and what a login throws. The token is then
    ///   as it was.
    public func generateKey(_ spec: KeySpec, bits: Int? = nil, flags: KeyFlags = []) throws(CSPError) -> Key {
        let rawFlags = try flags.raw(bits: bits, allowed: "1024 to 16384 in steps of 8")
        return try generateKey(AlgorithmID(rawValue: spec.rawValue), flags: rawFlags)
    }

    /// Generates a session key: a secret key that is gone with its last reference (CryptGenKey). AES and 3DES keys are made
    /// on the token where it can, others on the host; ``Key/placement`` says where it is.
    ///
    /// - Parameters:
    ///   - cipher: `.aes128`, `.aes192`, `.aes256`, `.tripleDES`, `.tripleDES112`, `.des`, `.rc2` or `.rc4`, as the provider
    ///     has them.
    ///   - bits: the key length, of RC2 and RC4; nil for the provider's default.
    ///   - flags: `.exportable` lets the key be exported.
    /// - Throws: NTE_BAD_ALGID, NTE_BAD_FLAGS, ERROR_INVALID_PARAMETER (length), and what the token throws.
    public func generateKey(cipher: AlgorithmID, bits: Int? = nil, flags: KeyFlags = []) throws(CSPError) -> Key {
        guard SessionAlgorithm.all[cipher] != nil else {
            throw CSPError(.badAlgID, "\(cipher) is no cipher that keys are made for")
        }
        return try generateKey(cipher, flags: flags.raw(bits: bits))
    }

    /// Generates a key by its algorithm: what the other two cannot name, such as Diffie-Hellman pairs that go with their
    /// last reference (CryptGenKey).
    ///
    /// - Parameters:
    ///   - algorithm: as the provider has it.
    ///   - bits: the key length in bits; nil for the provider's default.
    /// - Throws: as they do.
    public func generateKey(
        algorithm: AlgorithmID, bits: Int? = nil, flags: KeyFlags = []
    ) throws(CSPError) -> Key {
        try generateKey(algorithm, flags: flags.raw(bits: bits))
    }

    /// Opens the container's key pair (CryptGetUserKey). Asks for no PIN.
    ///
    /// - Parameter spec: which of the two.
    /// - Throws: NTE_NO_KEY where the container has none for this spec.
    public func userKey(_ spec: KeySpec) throws(CSPError) -> Key {
        try checkAlive()
        if let pair = state.withLock({ $0.ephemeral[spec] }) {
            return Key(
                self, .ephemeral(pair), pair.algorithm, spec: spec, bits: pair.numbers.bits, flags: pair.flags)
        }
        if let host = state.withLock({ $0.hostKeys[spec] }) {
            return Key(
                self, .hostPrivate(host.key), spec.rsaAlgorithm, spec: spec, bits: host.key.publicKey.bits,
                flags: host.flags
            )
        }
        let key = try storedKey(spec)
        return Key(self, .stored(key), key.algorithm, spec: spec, bits: key.publicKey.bits)
    }

    private func storedKey(_ spec: KeySpec) throws(CSPError) -> StoredKey {
        guard spec == .keyExchange || spec == .signature else {
            throw CSPError(.badKey, "\(spec): a container has an AT_KEYEXCHANGE (1) and an AT_SIGNATURE (2) pair")
        }
        // CRYPT_VERIFYCONTEXT without a name: there is no key, whether there is a token or not.
        if containerID == nil { _ = try namedContainer() }
        let token = try token()
        let pair = try currentPair(spec)
        return try StoredKey(token: token, container: containerName ?? "", spec: spec, pair: pair)
    }

    /// The container's pair of this spec.
    ///
    /// - Throws: NTE_NO_KEY where there is none.
    func currentPair(_ spec: KeySpec) throws(CSPError) -> StoredPair {
        if let family = profile.pairAlgorithm(spec)?.family {
            let known = try knownContents()
            if let pair = known.current(spec, family) { return pair }
            // Somebody may have made it meanwhile.
            if !known.isSearched, let pair = try contents().current(spec, family) { return pair }
        }
        throw CSPError(.noKey, "container \"\(containerName ?? "")\" has no \(spec) key")
    }
}

// MARK: - Generating

extension Context {
    private func generateSessionKey(_ request: GenerationRequest) throws(CSPError) -> Key {
        guard let algorithm = SessionAlgorithm.all[request.algorithm] else {
            throw CSPError(.badAlgID, "CryptGenKey makes no keys for \(request.algorithm)")
        }
        guard let cipher = algorithm.onToken, let token = try tokenForSessionKeys(cipher.generation) else {
            return try generateHostKey(request, algorithm)
        }
        let generator = KeyGenerator(token: token, request: request, container: nil)
        let made = try loggingInIfNeeded { () throws(CSPError) in try generator.sessionKey(cipher) }
        let key = SessionKey(algorithm, .token(token, made.key), bytes: algorithm.bytes ?? request.bits / 8)
        return Key(
            self, .session(key), request.algorithm, spec: nil, bits: request.bits, flags: request.flags,
            report: made.report
        )
    }

    /// The token, where session keys are to be on it and it can make them; nil for the host.
    private func tokenForSessionKeys(_ mechanism: MechanismType) throws(CSPError) -> Token? {
        let placement = locator.configuration.sessionKeys
        guard placement != .host else { return nil }
        do throws(CSPError) {
            let token = try token()
            let info = try onToken { () throws(PKCS11Error) in try token.mechanismInfo(mechanism) }
            if info != nil { return token }
            guard placement == .token else { return nil }
            throw CSPError(.badAlgID, "session-keys = token: the token cannot generate this key, it lacks \(mechanism)")
        } catch {
            // CRYPT_VERIFYCONTEXT serves programs without any token.
            guard placement == .automatic, container == nil, containerID == nil else { throw error }
            return nil
        }
    }

    private func generateHostKey(_ request: GenerationRequest, _ algorithm: SessionAlgorithm) throws(CSPError) -> Key {
        let count = algorithm.bytes ?? request.bits / 8
        var failure: CSPError?
        let value = Secret(count: count) { value in
            do throws(CSPError) { try random(into: value) } catch { failure = error }
            algorithm.setParity(value)
        }
        if let failure { throw failure }
        let salt = try salt(algorithm, bytes: count, request.flags) { count throws(CSPError) in try random(count) }
        let key = SessionKey(algorithm, .host(value), bytes: count, salt: salt)
        return Key(
            self, .session(key), request.algorithm, spec: nil, bits: request.bits, flags: request.flags,
            report: UnwrittenReport { KeyReport(hostKey: request) }
        )
    }

    /// What fills an RC2 or RC4 key below 128 bits up to 16 bytes.
    ///
    /// Measured on Windows: a 40-bit key without a flag has eleven zero bytes; CRYPT_CREATE_SALT takes `bytes` instead,
    /// but for a 40-bit key under the Enhanced provider; CRYPT_NO_SALT, and longer keys without a flag, have none.
    func salt(
        _ algorithm: SessionAlgorithm, bytes: Int, _ flags: KeyFlags, _ source: (Int) throws(CSPError) -> [UInt8]
    ) throws(CSPError) -> [UInt8] {
        guard algorithm.hasSalt, bytes < 16, !flags.contains(.noSalt) else { return [] }
        guard flags.contains(.createSalt) else {
            return bytes == 5 ? [UInt8](repeating: 0, count: 11) : []
        }
        if bytes == 5, profile.saltRule == .enhanced { return [] }
        return try source(16 - bytes)
    }

    /// A pair on the token, in the container or as session objects.
    func generatePair(_ request: GenerationRequest, _ spec: KeySpec) throws(CSPError) -> Key {
        let request = try withDomain(request)
        return try request.isEphemeral ? generateEphemeralPair(request, spec) : generateStoredPair(request, spec)
    }

    private func generateEphemeralPair(_ request: GenerationRequest, _ spec: KeySpec) throws(CSPError) -> Key {
        try makeEphemeralPair(request, spec) { generator throws(CSPError) in
            if let pair = request.pair { try generator.checkToken(pair.generation) }
            return try generator.ephemeralPair(spec)
        }
    }

    /// A private key from a blob as session objects: no private key but RSA's is ever on the host.
    func importEphemeral(
        _ numbers: PrivateNumbers, _ request: GenerationRequest, _ spec: KeySpec
    ) throws(CSPError) -> Key {
        try makeEphemeralPair(request, spec) { generator throws(CSPError) in
            try generator.importedEphemeralPair(spec, numbers)
        }
    }

    private func makeEphemeralPair(
        _ request: GenerationRequest, _ spec: KeySpec,
        _ make: (KeyGenerator) throws(CSPError) -> (pair: EphemeralPair, report: UnwrittenReport)
    ) throws(CSPError) -> Key {
        let generator = KeyGenerator(token: try token(), request: request, container: nil)
        let made = try loggingInIfNeeded { () throws(CSPError) in try make(generator) }
        let pair = made.pair
        if request.pair?.isEphemeral != true {
            // The pair before it goes outside the lock: it waits for the token.
            let old = state.withLock { state in
                state.hostKeys[spec] = nil
                return state.ephemeral.updateValue(pair, forKey: spec)
            }
            withExtendedLifetime(old) {}
        }
        return Key(
            self, .ephemeral(pair), request.algorithm, spec: spec, bits: pair.numbers.bits, flags: request.flags,
            report: made.report
        )
    }

    /// Session objects need no login on most tokens; where one does, the PIN is used.
    func loggingInIfNeeded<R>(_ work: () throws(CSPError) -> R) throws(CSPError) -> R {
        do throws(CSPError) {
            return try work()
        } catch {
            guard error.code == .notAuthenticated else { throw error }
            try authenticate()
            return try work()
        }
    }

    private func generateStoredPair(_ request: GenerationRequest, _ spec: KeySpec) throws(CSPError) -> Key {
        try makeStoredPair(request, spec) { (generator, label, id) throws(CSPError) in
            try generator.storedPair(spec, label: label, id: id)
        }
    }

    /// Makes a pair in the container, generated or imported, in place of the one that is there.
    func makeStoredPair(
        _ request: GenerationRequest, _ spec: KeySpec,
        _ make: (KeyGenerator, String, KeyIdentifier) throws(CSPError) -> PairReplacement.Made
    ) throws(CSPError) -> Key {
        let name = try namedContainer()
        let store = try store()
        let generator = KeyGenerator(token: store.token, request: request, container: name)
        guard let pair = request.pair else { throw CSPError(.badAlgID, "\(request.algorithm) keys are no pairs") }
        if !request.isImport { try generator.checkToken(pair.generation) }
        try authenticate()

        let info = try onToken { () throws(PKCS11Error) in try store.token.presentInfo() }
        let label = store.keySet.label(name)
        let lock = ContainerLock(info, label: store.lockName(name))
        defer { lock?.end() }
        let known = try store.known(name, lock?.before ?? .unknown)
        let before = try store.repaired(known, name: name, lock)
        guard !before.isEmpty || isTransient else {
            throw CSPError(.badKeyset, "container \"\(name)\" was deleted")
        }

        // Looked for anew also where the replacement fails half-way.
        state.withLock { $0.signers[spec] = nil }
        let replacing = PairReplacement(
            store, name: name, spec: spec, KeyProtection(request.flags), pair.family, before)
        let made = try replacing.carryOut { id throws(CSPError) in
            try generator.protecting { generator throws(CSPError) in try make(generator, label, id) }
        }
        store.remember(replacing.contents(with: made.pair), name, lock)
        let key = try StoredKey(token: store.token, container: name, spec: spec, pair: made.pair)
        state.withLock { $0.signers[spec] = key }
        return Key(
            self, .stored(key), request.algorithm, spec: spec, bits: key.publicKey.bits, flags: request.flags,
            report: made.report, twin: made.twin
        )
    }
}
