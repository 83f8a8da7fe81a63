extension GenerationPlan {
    /// What ``Context/generateKey(_:bits:flags:)`` would ask a token, without touching one.
    ///
    /// - Parameters:
    ///   - spec: which of the container's two pairs.
    ///   - bits: the key length in bits; nil for the provider's default.
    ///   - container: the container's name; nil for the default one.
    /// - Throws: as the generation would.
    public init(
        _ spec: KeySpec, bits: Int? = nil, flags: KeyFlags = [], container: String? = nil, provider: String? = nil,
        type: ProviderType? = nil, contextFlags: Context.Flags = []
    ) throws(CSPError) {
        try self.init(
            AlgorithmID(rawValue: spec.rawValue), flags: flags.raw(bits: bits), container: container,
            provider: provider, type: type, contextFlags: contextFlags)
    }

    /// What ``Context/generateKey(cipher:bits:flags:)`` would ask a token, without touching one.
    public init(
        cipher: AlgorithmID, bits: Int? = nil, flags: KeyFlags = [], provider: String? = nil, type: ProviderType? = nil
    ) throws(CSPError) {
        try self.init(
            cipher, flags: flags.raw(bits: bits), container: nil, provider: provider, type: type,
            contextFlags: .verifyContext)
    }
}
