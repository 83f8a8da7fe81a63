internal import PKCS11

/// What a CryptGenKey call asks for, taken apart and checked against the provider; the token is not touched.
struct GenerationRequest: Sendable {
    enum Kind: Sendable, Equatable {
        case pair(KeySpec)
        case secret
    }

    let algorithm: AlgorithmID
    let kind: Kind
    /// For pairs the modulus; for secret keys without parity.
    let bits: Int
    let flags: KeyFlags
    /// CRYPT_VERIFYCONTEXT: session objects, gone with the context.
    let isEphemeral: Bool
    /// The numbers come from the caller (CryptImportKey).
    let isImport: Bool
    /// DSA and Diffie-Hellman: given by CRYPT_PREGEN or an import, else worked out when the token is at hand.
    var domain: DomainParameters?

    /// What the key pair is on a token; nil for secret keys.
    let pair: PairAlgorithm?

    /// The curve, for pairs on one.
    var curve: EllipticCurve? {
        guard let pair, pair.family == .ellipticCurve else { return nil }
        return pair.keyType == .ecEdwards ? .ed25519 : EllipticCurve.allCases.first { $0.bits == bits }
    }

    /// - Parameters:
    ///   - algorithm: an ALG_ID, AT_KEYEXCHANGE (1) or AT_SIGNATURE (2).
    ///   - rawFlags: dwFlags, the key length in bits in the high word (0: the provider's default).
    /// - Throws: NTE_BAD_FLAGS, NTE_BAD_ALGID, ERROR_INVALID_PARAMETER (length), NTE_SILENT_CONTEXT.
    init(
        _ algorithm: AlgorithmID, rawFlags: UInt32, profile: ProviderProfile, context: Context.Flags
    ) throws(CSPError) {
        flags = KeyFlags(rawValue: rawFlags & 0xFFFF)
        isImport = false
        let unknown = flags.subtracting(.known)
        guard unknown.isEmpty else {
            throw CSPError(.badFlags, "CryptGenKey knows no flag \(hexadecimal(unknown.rawValue))")
        }
        (self.algorithm, kind) = try Self.resolve(algorithm, profile)
        pair = PairAlgorithm.all[self.algorithm]
        isEphemeral = context.isVerifyContext || pair?.isEphemeral == true
        guard let entry = profile.algorithm(self.algorithm) else {
            throw CSPError(
                .badAlgID,
                "provider \"\(profile.name)\" does not generate \(self.algorithm) keys; `tokencsp providers` lists others"
            )
        }
        bits = try Self.bits(Int(rawFlags >> 16), self.algorithm, entry)
        try checkFlags(context)
    }

    /// An import of a private key: EXPORTABLE and the protection flags are honoured.
    init(
        importing algorithm: AlgorithmID, _ spec: KeySpec, bits: Int, _ flags: KeyFlags, context: Context.Flags,
        domain: DomainParameters? = nil
    ) throws(CSPError) {
        self.algorithm = algorithm
        self.bits = bits
        self.flags = flags
        kind = .pair(spec)
        pair = PairAlgorithm.all[algorithm]
        isEphemeral = context.isVerifyContext || pair?.isEphemeral == true
        isImport = true
        self.domain = domain
        try checkFlags(context)
    }

    private static func resolve(
        _ algorithm: AlgorithmID, _ profile: ProviderProfile
    ) throws(CSPError) -> (AlgorithmID, Kind) {
        let spec = KeySpec(rawValue: algorithm.rawValue)
        if spec == .keyExchange || spec == .signature {
            guard let pair = profile.pairAlgorithm(spec) else {
                throw CSPError(.badAlgID, "provider \"\(profile.name)\" has no \(spec) keys")
            }
            return (pair.id, .pair(spec))
        }
        if let pair = PairAlgorithm.all[algorithm] { return (algorithm, .pair(pair.spec)) }
        guard SessionAlgorithm.all[algorithm] != nil else {
            throw CSPError(.badAlgID, "CryptGenKey makes no keys for \(algorithm)")
        }
        return (algorithm, .secret)
    }

    private static func bits(_ asked: Int, _ algorithm: AlgorithmID, _ entry: ProviderAlgorithm) throws(CSPError) -> Int
    {
        if asked == 0 { return entry.defaultBits }
        if let session = SessionAlgorithm.all[algorithm] {
            guard let bytes = session.bytes else {
                guard (entry.minimumBits...entry.maximumBits).contains(asked), asked % 8 == 0 else {
                    throw CSPError(
                        .badData,
                        "a key length of \(asked) bits for \(algorithm): \(entry.minimumBits) to \(entry.maximumBits) in steps of 8 are allowed"
                    )
                }
                return asked
            }
            // With parity (64, 128, 192) or without (56, 112, 168).
            guard asked == entry.defaultBits || asked == bytes * 8 else {
                throw CSPError(
                    .invalidParameter,
                    "a key length of \(asked) bits for \(algorithm): only \(entry.defaultBits) is allowed")
            }
            return entry.defaultBits
        }
        if PairAlgorithm.all[algorithm]?.family == .ellipticCurve {
            let curves = EllipticCurve.allCases.filter { ($0 == .ed25519) == (algorithm == .ed25519) }
            // 256 for Ed25519 as well: the length of what is stored.
            guard let curve = curves.first(where: { $0.bits == asked || $0.size * 8 == asked }) else {
                throw CSPError(
                    .invalidParameter,
                    "a key length of \(asked) bits for \(algorithm): \(curves.map { String($0.bits) }.joined(separator: ", ")) are allowed"
                )
            }
            return curve.bits
        }
        let step = PairAlgorithm.all[algorithm]?.family == .rsa ? 8 : 64
        guard (entry.minimumBits...entry.maximumBits).contains(asked), asked % step == 0 else {
            throw CSPError(
                .invalidParameter,
                "a key length of \(asked) bits for \(algorithm): \(entry.minimumBits) to \(entry.maximumBits) in steps of \(step) are allowed"
            )
        }
        return asked
    }

    private func checkFlags(_ context: Context.Flags) throws(CSPError) {
        let isProtected = flags.contains(.userProtected) || flags.contains(.forceKeyProtectionHigh)
        if kind == .secret { try flags.checkUnprotected() }
        if isProtected, context.contains(.silent) || context.isVerifyContext {
            throw CSPError(
                .silentContext,
                "a key that asks its user at each use cannot be made in a context with CRYPT_SILENT or CRYPT_VERIFYCONTEXT"
            )
        }
        if isProtected, pair?.agrees == true {
            throw CSPError(
                .badFlags, "CRYPT_USER_PROTECTED with \(algorithm): PKCS#11 asks for no PIN at an agreement")
        }
        let isStepwise = pair?.family == .dsa || pair?.family == .diffieHellman
        if flags.contains(.preGenerate), kind != .secret, !isStepwise {
            throw CSPError(.badFlags, "CRYPT_PREGEN is for Diffie-Hellman and DSS keys, not for \(algorithm)")
        }
    }

    /// The key leaves the token as long as this holds.
    var isExportable: Bool { flags.contains(.exportable) }

    /// Exportable until its handle is closed, and never afterwards.
    var isArchivable: Bool { flags.contains(.archivable) && !flags.contains(.exportable) }

    var protection: KeyProtection { KeyProtection(flags) }

    var isUserProtected: Bool { flags.contains(.userProtected) || flags.contains(.forceKeyProtectionHigh) }

    /// What follows from the flags beyond attributes.
    var notes: [String] {
        var notes: [String] = []
        let ignored = flags.intersection(.unused).names
        if !ignored.isEmpty { notes.append("ignored, as documented: " + ignored.joined(separator: ", ")) }
        if flags.contains(.preGenerate), kind == .secret {
            notes.append("ignored for session keys: CRYPT_PREGEN (CRYPT_INITIATOR)")
        }
        let salts = flags.intersection([.createSalt, .noSalt]).names
        if !salts.isEmpty { notes.append("of no effect on \(algorithm): " + salts.joined(separator: ", ")) }
        if isArchivable {
            let object = kind == .secret || isEphemeral ? "the key" : "a copy that is a session object"
            notes.append(
                "CRYPT_ARCHIVABLE: \(object) is extractable until the handle is closed; what stays on the token never is"
            )
        }
        if pair?.isEphemeral == true {
            notes.append("\(algorithm): session objects, gone with the handle")
        } else if isEphemeral {
            notes.append("CRYPT_VERIFYCONTEXT: session objects, gone with the context")
        }
        if flags.contains(.forceKeyProtectionHigh) {
            notes.append("CRYPT_FORCE_KEY_PROTECTION_HIGH: the PIN is entered for each use of the key")
        } else if flags.contains(.userProtected) {
            notes.append("CRYPT_USER_PROTECTED: the user is asked for consent, or the PIN, at each use of the key")
        }
        return notes
    }

    /// Where the domain parameters come from.
    private var domainNote: String? {
        guard let pair, pair.family == .dsa || pair.family == .diffieHellman, !isImport else { return nil }
        if flags.contains(.preGenerate) { return "CRYPT_PREGEN: the program sets the domain parameters" }
        if pair.family == .diffieHellman, DiffieHellmanGroup.lengths.contains(bits) {
            return "the domain parameters are a published group (RFC 2409, RFC 3526)"
        }
        return "the domain parameters are made by the token, once for a context"
    }
}
