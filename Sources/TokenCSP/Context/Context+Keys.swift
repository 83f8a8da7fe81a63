internal import PKCS11

extension Context {
    /// Generates a key as CryptGenKey does.
    ///
    /// - Parameters:
    ///   - algorithm: an ALG_ID, or AT_KEYEXCHANGE (1) or AT_SIGNATURE (2) as one.
    ///   - flags: dwFlags: `KeyFlags` in the low word, the key length in bits in the high word, 0 for the default.
    /// - Throws: ERROR_INVALID_PARAMETER (length), NTE_BAD_ALGID, NTE_BAD_FLAGS, NTE_SILENT_CONTEXT, NTE_NOT_SUPPORTED,
    ///   NTE_TOKEN_KEYSET_STORAGE_FULL, and what a login throws. The token is then as it was.
    public func generateKey(_ algorithm: AlgorithmID, flags: UInt32) throws(CSPError) -> Key {
        try checkAlive()
        let request = try GenerationRequest(algorithm, rawFlags: flags, profile: profile, context: self.flags)
        switch request.kind {
        case .pair(let spec):
            guard !request.isEphemeral || mayUsePrivateKeys else {
                throw CSPError(.permission, "CRYPT_VERIFYCONTEXT with a container's name only reads: leave the name out for session key pairs")
            }
            return try request.isEphemeral ? generateEphemeralPair(request, spec) : generateStoredPair(request, spec)
        case .secret:
            return try generateSessionKey(request)
        }
    }

    /// Generates an RSA key pair: in the container, or with `verifyContext` as session objects.
    ///
    /// A pair of ours that the container has for this key spec is replaced once the new one is complete.
    ///
    /// - Parameter bits: the modulus; nil for the provider's default.
    public func generateKey(_ spec: KeySpec, bits: Int? = nil, flags: KeyFlags = []) throws(CSPError) -> Key {
        if let bits, !(1...0xFFFF).contains(bits) {
            throw CSPError(.invalidParameter, "a key length of \(bits) bits: 1024 to 16384 in steps of 8 are allowed")
        }
        let length = UInt32(truncatingIfNeeded: bits ?? 0) << 16
        return try generateKey(AlgorithmID(rawValue: spec.rawValue), flags: length | flags.rawValue & 0xFFFF)
    }

    /// Generates a session key on the token: AES or 3DES. It is gone with its handle.
    public func generateKey(cipher: AlgorithmID, flags: KeyFlags = []) throws(CSPError) -> Key {
        guard CipherKey.all[cipher] != nil else { throw CSPError(.badAlgID, "\(cipher) is no cipher that keys are made for") }
        return try generateKey(cipher, flags: flags.rawValue & 0xFFFF)
    }

    /// Opens the container's key pair (CryptGetUserKey). Asks for no PIN.
    ///
    /// - Throws: NTE_NO_KEY where the container has none for this spec.
    public func userKey(_ spec: KeySpec) throws(CSPError) -> Key {
        try checkAlive()
        if let pair = state.withLock({ $0.ephemeral[spec] }) {
            return Key(self, .ephemeral(pair), spec.rsaAlgorithm, spec: spec, bits: pair.numbers.bits)
        }
        let key = try storedKey(spec)
        return Key(self, .stored(key), spec.rsaAlgorithm, spec: spec, bits: key.publicKey.bits)
    }

    private func storedKey(_ spec: KeySpec) throws(CSPError) -> StoredKey {
        guard spec == .keyExchange || spec == .signature else {
            throw CSPError(.badKey, "\(spec): a container has an AT_KEYEXCHANGE (1) and an AT_SIGNATURE (2) pair")
        }
        let token = try token()
        guard let pair = try contents().current(spec) else {
            throw CSPError(.noKey, "container \"\(containerName ?? "")\" has no \(spec) key")
        }
        return try StoredKey(token: token, container: containerName ?? "", spec: spec, pair: pair)
    }

    /// The modulus of the pair that signs. Asks for no PIN.
    func signerBits(_ spec: KeySpec) throws(CSPError) -> Int {
        try checkAlive()
        if let known = state.withLock({ $0.signers[spec] }) { return known.publicKey.bits }
        return try userKey(spec).bits
    }

    /// Signs with the container's pair; one that another context replaced meanwhile is looked for once more.
    func sign(_ encodedMessage: [UInt8], _ spec: KeySpec) throws(CSPError) -> [UInt8] {
        if let known = state.withLock({ $0.signers[spec] }) {
            do throws(CSPError) {
                return try Key(self, .stored(known), spec.rsaAlgorithm, spec: spec, bits: known.publicKey.bits).sign(encodedMessage)
            } catch {
                guard error.code == .noKey else { throw error }
            }
        }
        let key = try userKey(spec)
        if case .stored(let stored) = key.material { state.withLock { $0.signers[spec] = stored } }
        return try key.sign(encodedMessage)
    }

    /// Imports a PUBLICKEYBLOB: to verify with. The token is not touched.
    public func importKey(_ blob: [UInt8]) throws(CSPError) -> Key {
        try checkAlive()
        do throws(RSAPublicKey.BlobError) {
            let (key, rawAlgorithm) = try RSAPublicKey.decode(publicKeyBlob: blob)
            let algorithm = AlgorithmID(rawValue: rawAlgorithm)
            guard algorithm == .rsaSign || algorithm == .rsaKeyExchange else {
                throw RSAPublicKey.BlobError.wrongNumbers
            }
            return Key(self, .publicKey(key), algorithm, spec: nil, bits: key.bits)
        } catch {
            throw CSPError(blobError: error)
        }
    }

    /// CryptImportKey.
    package func importKey(_ blob: UnsafeRawBufferPointer, under key: Key?, flags: UInt32) throws(CSPError) -> Key {
        try checkAlive()
        let known: UInt32 = 0x1 | 0x2 | 0x10 | 0x40 | 0x100
        guard flags & ~known == 0 else { throw CSPError(.badFlags, "CryptImportKey knows no flags \(hexadecimal(flags & ~known))") }
        guard let type = blob.first, blob.count >= 8 else { throw CSPError(.badData, "a key blob has a header of 8 bytes, this has \(blob.count)") }
        guard UInt32(type) == BlobType.publicKey else {
            throw CSPError(.badType, "this release imports PUBLICKEYBLOB (6), not a blob of type \(type)")
        }
        guard key == nil else { throw CSPError(.badKey, "a PUBLICKEYBLOB is not encrypted: hPubKey must be 0") }
        // No key of 16384 bits is longer: what follows is not looked at.
        return try importKey([UInt8](blob.prefix(4096)))
    }
}

// MARK: - Generating

extension Context {
    private func generateSessionKey(_ request: GenerationRequest) throws(CSPError) -> Key {
        guard let cipher = CipherKey.all[request.algorithm] else {
            throw CSPError(.badAlgID, "CryptGenKey makes no keys for \(request.algorithm)")
        }
        let generator = KeyGenerator(token: try token(), request: request, container: nil)
        try generator.checkToken(cipher.mechanism)
        let made = try loggingInIfNeeded { () throws(CSPError) in try generator.sessionKey(cipher) }
        return Key(
            self, .secret(made.key), request.algorithm, spec: nil, bits: request.bits, flags: request.flags, report: made.report
        )
    }

    private func generateEphemeralPair(_ request: GenerationRequest, _ spec: KeySpec) throws(CSPError) -> Key {
        let token = try token()
        let generator = KeyGenerator(token: token, request: request, container: nil)
        try generator.checkToken(.rsaPKCSKeyPairGen)
        let made = try loggingInIfNeeded { () throws(CSPError) in try generator.ephemeralPair(spec) }
        let pair = made.pair
        state.withLock { $0.ephemeral[spec] = pair }
        return Key(
            self, .ephemeral(pair), request.algorithm, spec: spec, bits: pair.numbers.bits, flags: request.flags,
            report: made.report
        )
    }

    /// Session objects need no login on most tokens; where one does, the PIN is used.
    private func loggingInIfNeeded<R>(_ work: () throws(CSPError) -> R) throws(CSPError) -> R {
        do throws(CSPError) {
            return try work()
        } catch {
            guard error.code == .notAuthenticated else { throw error }
            try authenticate()
            return try work()
        }
    }

    private func generateStoredPair(_ request: GenerationRequest, _ spec: KeySpec) throws(CSPError) -> Key {
        let name = try namedContainer()
        let store = try store()
        let generator = KeyGenerator(token: store.token, request: request, container: name)
        try generator.checkToken(.rsaPKCSKeyPairGen)
        try authenticate()

        let info = try onToken { () throws(PKCS11Error) in try store.token.info() }
        let label = store.keySet.label(name)
        let lock = ContainerLock(info, label: label)
        defer { lock?.end() }
        let before = try store.repaired(store.contents(name), name: name, lock)
        guard !before.isEmpty || isTransient else {
            throw CSPError(.badKeyset, "container \"\(name)\" was deleted")
        }

        // Looked for anew also where the replacement fails half-way.
        state.withLock { $0.signers[spec] = nil }
        let replacing = PairReplacement(store, name: name, spec: spec, before)
        let made = try replacing.carryOut { id throws(CSPError) in try generator.storedPair(spec, label: label, id: id) }
        let key = try StoredKey(token: store.token, container: name, spec: spec, pair: made.pair)
        state.withLock { $0.signers[spec] = key }
        return Key(
            self, .stored(key), request.algorithm, spec: spec, bits: key.publicKey.bits, flags: request.flags,
            report: made.report, twin: made.twin
        )
    }
}

extension CSPError {
    /// What CryptImportKey answers for a PUBLICKEYBLOB that is none.
    init(blobError: RSAPublicKey.BlobError) {
        switch blobError {
        case .wrongVersion(let version):
            self.init(.badVer, "the blob has version \(version), CUR_BLOB_VERSION is 2")
        case .wrongType(let type):
            self.init(.badType, "the blob has type \(type), a PUBLICKEYBLOB has 6")
        case .tooShort:
            self.init(.badData, "the PUBLICKEYBLOB is cut off")
        case .wrongMagic(let magic):
            self.init(.badData, "the PUBLICKEYBLOB's magic is \(hexadecimal(magic)), that of RSA is 0x31415352")
        case .wrongBitLength(let bits):
            self.init(.badData, "the PUBLICKEYBLOB says \(bits) bits: 384 to 16384 in steps of 8 are allowed")
        case .wrongNumbers:
            self.init(.badData, "the PUBLICKEYBLOB holds no RSA public key")
        }
    }
}
