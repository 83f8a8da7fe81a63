// Key agreement with types.

extension Key {
    /// Agrees on a session key with the owner of another key pair, who does the same with this one's public half
    /// (CryptImportKey of a PUBLICKEYBLOB under one's own key, then KP_ALGID). The token computes, the key is on the host.
    ///
    /// The key comes straight from what the two agree on: of Diffie-Hellman the shared number's first bytes in CryptoAPI's
    /// order, of elliptic curves SHA-256 of the shared point's x-coordinate.
    ///
    /// - Parameters:
    ///   - publicKey: the other's public key, of the same kind, group or curve, as ``export(_:under:padding:)`` writes it
    ///     (``KeyBlobType/publicKey``).
    ///   - cipher: what the key is for: `.aes256` and so on, as the provider has them.
    ///   - bits: the key length, of RC2 and RC4; nil for the provider's default.
    ///   - flags: `.exportable` lets the key be exported.
    /// - Throws: NTE_BAD_KEY for keys that agree on nothing, NTE_BAD_DATA for another group or curve and for bytes that are
    ///   no public key, NTE_NO_KEY for a public
    ///   key alone, NTE_BAD_ALGID, and what a login throws.
    public func agree(
        with publicKey: [UInt8], on cipher: AlgorithmID, bits: Int? = nil, flags: KeyFlags = []
    ) throws(CSPError) -> Key {
        try checkAlive()
        guard PairAlgorithm.all[algorithm]?.agrees == true else {
            throw CSPError(.badKey, "a \(algorithm) key agrees on no secret")
        }
        let rawFlags = try flags.raw(bits: bits)
        let asked = flags.intersection(.exportable).rawValue
        let agreed = try lending(publicKey) { (blob) throws(CSPError) in
            try context.importKey(blob, under: self, flags: asked)
        }
        guard case .agreed(let secret) = agreed.material else {
            throw CSPError(.badKey, "a \(algorithm) key agrees on no secret")
        }
        try agreed.activate(secret, cipher, rawFlags: rawFlags)
        return agreed
    }
}

extension Context {
    /// Generates a DSA or Diffie-Hellman key pair from domain parameters that others use too (CryptGenKey with CRYPT_PREGEN).
    ///
    /// - Parameters:
    ///   - algorithm: `.dssSign`, `.dhSF` (the container keeps it) or `.dhEphemeral`, as the provider has them.
    ///   - domain: prime, base, and of DSA the subprime. Their length is the key's.
    /// - Throws: NTE_BAD_DATA where they are no domain parameters; else as ``generateKey(_:bits:flags:)``.
    public func generateKey(
        algorithm: AlgorithmID, domain: DomainParameters, flags: KeyFlags = []
    ) throws(CSPError) -> Key {
        try checkAlive()
        let rawFlags = try flags.raw(bits: domain.bits)
        var request = try GenerationRequest(algorithm, rawFlags: rawFlags, profile: profile, context: self.flags)
        guard case .pair(let spec) = request.kind, let family = request.pair?.family,
            family == .dsa || family == .diffieHellman
        else { throw CSPError(.badAlgID, "\(algorithm) keys have no domain parameters") }
        guard !request.isEphemeral || mayUsePrivateKeys else {
            throw CSPError(.permission, "CRYPT_VERIFYCONTEXT with a container's name only reads")
        }
        try domain.check(family)
        request.domain = domain
        return try generatePair(request, spec)
    }
}
