/// What a provider name stands for: its type, its algorithms with their lengths, its rules.
public struct ProviderProfile: Sendable {
    /// The name that CryptAcquireContext takes.
    public let name: String
    public let type: ProviderType
    let algorithms: [ProviderAlgorithm]
    /// Whether CRYPT_VERIFYCONTEXT takes a container name: public information without a PIN, the smart-card rule.
    let verifiesContainers: Bool
    let saltRule: SaltRule

    /// How RC2 and RC4 keys below 128 bits are filled up, where providers differ.
    enum SaltRule: Sendable {
        /// Salt fills a key up to 128 bits; an effective length beyond 56 bits is refused.
        case base
        /// Salt fills a key up to 128 bits.
        case strong
        /// A 40-bit key takes no salt that the program asks for.
        case enhanced
    }

    init(
        name: String, type: ProviderType, algorithms: [ProviderAlgorithm], verifiesContainers: Bool,
        saltRule: SaltRule = .strong
    ) {
        self.name = name
        self.type = type
        self.algorithms = algorithms
        self.verifiesContainers = verifiesContainers
        self.saltRule = saltRule
    }

    /// The algorithm that a key spec means: the first of the provider's that a container keeps.
    func pairAlgorithm(_ spec: KeySpec) -> PairAlgorithm? {
        for algorithm in algorithms {
            if let pair = PairAlgorithm.all[algorithm.id], pair.spec == spec, !pair.isEphemeral { return pair }
        }
        return nil
    }

    func algorithm(_ id: AlgorithmID) -> ProviderAlgorithm? {
        algorithms.first { $0.id == id }
    }
}

// MARK: - The table

extension ProviderProfile {
    /// All of them, in the order of CryptEnumProviders; the first of a type is its default.
    public static let all: [ProviderProfile] = [
        // Our own names: a default length of today, nothing below 1024 bits.
        ProviderProfile(
            name: "TokenCSP RSA and AES Provider",
            type: .rsaAES,
            algorithms: rsaAES(3072, 1024...16384),
            verifiesContainers: true
        ),
        ProviderProfile(
            name: "TokenCSP RSA Provider",
            type: .rsaFull,
            algorithms: rsaFull(ProviderAlgorithm.strongCiphers, 3072, 1024...16384),
            verifiesContainers: true
        ),
        ProviderProfile(
            name: "TokenCSP Elliptic Curve Provider",
            type: .ecdsaFull,
            algorithms: ProviderAlgorithm.ellipticCurve + ProviderAlgorithm.aes + ProviderAlgorithm.sha
                + ProviderAlgorithm.sha2,
            verifiesContainers: true
        ),
        // Microsoft's names, so that unchanged programs run. Their default RSA lengths of 512 and 1024 bits are not repeated.
        microsoft("Microsoft Strong Cryptographic Provider", 384...16384),
        microsoft("Microsoft Enhanced Cryptographic Provider v1.0", 384...16384, .enhanced),
        ProviderProfile(
            name: "Microsoft Base Cryptographic Provider v1.0",
            type: .rsaFull,
            algorithms: rsaFull(ProviderAlgorithm.baseCiphers, 2048, 384...16384),
            verifiesContainers: false,
            saltRule: .base
        ),
        ProviderProfile(
            name: "Microsoft Base Smart Card Crypto Provider",
            type: .rsaFull,
            algorithms: rsaAES(2048, 1024...16384),
            verifiesContainers: true
        ),
        microsoftAES("Microsoft Enhanced RSA and AES Cryptographic Provider"),
        microsoftAES("Microsoft Enhanced RSA and AES Cryptographic Provider (Prototype)"),
        ProviderProfile(
            name: "Microsoft Base DSS Cryptographic Provider",
            type: .dss,
            algorithms: ProviderAlgorithm.dss(1024, 512...1024) + ProviderAlgorithm.dssHashes,
            verifiesContainers: false
        ),
        ProviderProfile(
            name: "Microsoft Enhanced DSS and Diffie-Hellman Cryptographic Provider",
            type: .dssDH,
            algorithms: dssDH(1024, 512...1024, 1024, 512...4096),
            verifiesContainers: false
        ),
        ProviderProfile(
            name: "Microsoft Base DSS and Diffie-Hellman Cryptographic Provider",
            type: .dssDH,
            algorithms: ProviderAlgorithm.dss(1024, 512...1024)
                + ProviderAlgorithm.diffieHellman(1024, 512...1024) + ProviderAlgorithm.baseCiphers
                + ProviderAlgorithm.dssHashes,
            verifiesContainers: false,
            saltRule: .base
        ),
        // Behind Microsoft's: who asks for DSS by its type alone is an old program, and expects signatures of 40 bytes.
        ProviderProfile(
            name: "TokenCSP DSS Provider",
            type: .dss,
            algorithms: ProviderAlgorithm.dss(2048, 1024...3072) + ProviderAlgorithm.sha + ProviderAlgorithm.sha2,
            verifiesContainers: true
        ),
        ProviderProfile(
            name: "TokenCSP DSS and Diffie-Hellman Provider",
            type: .dssDH,
            algorithms: dssDH(2048, 1024...3072, 2048, 1024...8192) + ProviderAlgorithm.sha2,
            verifiesContainers: true
        ),
    ]

    private static func microsoft(
        _ name: String, _ rsaBits: ClosedRange<Int>, _ saltRule: SaltRule = .strong
    ) -> ProviderProfile {
        ProviderProfile(
            name: name,
            type: .rsaFull,
            algorithms: rsaFull(ProviderAlgorithm.strongCiphers, 2048, rsaBits),
            verifiesContainers: false,
            saltRule: saltRule
        )
    }

    private static func microsoftAES(_ name: String) -> ProviderProfile {
        ProviderProfile(
            name: name,
            type: .rsaAES,
            algorithms: rsaAES(2048, 384...16384),
            verifiesContainers: false,
            saltRule: .enhanced
        )
    }

    private static func dssDH(
        _ signatureBits: Int, _ signature: ClosedRange<Int>, _ exchangeBits: Int, _ exchange: ClosedRange<Int>
    ) -> [ProviderAlgorithm] {
        ProviderAlgorithm.dss(signatureBits, signature) + ProviderAlgorithm.diffieHellman(exchangeBits, exchange)
            + ProviderAlgorithm.strongCiphers + ProviderAlgorithm.dssHashes
    }

    private static func rsaFull(
        _ ciphers: [ProviderAlgorithm], _ defaultBits: Int, _ rsaBits: ClosedRange<Int>
    ) -> [ProviderAlgorithm] {
        ProviderAlgorithm.rsa(defaultBits, rsaBits) + ciphers + ProviderAlgorithm.legacyHashes
    }

    private static func rsaAES(_ defaultBits: Int, _ rsaBits: ClosedRange<Int>) -> [ProviderAlgorithm] {
        rsaFull(ProviderAlgorithm.strongCiphers + ProviderAlgorithm.aes, defaultBits, rsaBits) + ProviderAlgorithm.sha2
    }

    /// The types that CryptEnumProviderTypes tells, with Microsoft's names for them.
    public static let types: [(type: ProviderType, name: String)] = [
        (.rsaFull, "RSA Full (Signature and Key Exchange)"),
        (.dss, "DSS Signature"),
        (.dssDH, "DSS Signature with Diffie-Hellman Key Exchange"),
        (.ecdsaFull, "ECDSA Signature with ECDH Key Exchange"),
        (.rsaAES, "RSA Full and AES"),
    ]
}

// MARK: - Finding one

extension ProviderProfile {
    /// The provider that CryptAcquireContext means by a name, a type, or both.
    ///
    /// - Throws: NTE_BAD_PROV_TYPE (no such type can be), NTE_PROV_TYPE_NOT_DEF (none of this type here),
    ///   NTE_KEYSET_NOT_DEF (unknown name), NTE_PROV_TYPE_NO_MATCH (known, but of another type).
    static func find(name: String?, type: ProviderType?) throws(CSPError) -> ProviderProfile {
        if let type { try validate(type) }
        guard let name, !name.isEmpty else {
            return try standard(type ?? .rsaAES, [.user, .machine])
        }
        guard let profile = all.first(where: { $0.name == name }) else {
            throw CSPError(.keysetNotDef, "there is no provider \"\(name)\"; `tokencsp providers` lists them")
        }
        guard type == nil || type == profile.type else {
            throw CSPError(
                .provTypeNoMatch, "provider \"\(name)\" has type \(profile.type.rawValue), not \(type?.rawValue ?? 0)")
        }
        return profile
    }

    /// CryptGetDefaultProvider: the name of the provider that a type alone means.
    ///
    /// - Parameter flags: CRYPT_MACHINE_DEFAULT (1) or CRYPT_USER_DEFAULT (2).
    package static func defaultName(type: UInt32, flags: UInt32) throws(CSPError) -> String {
        guard flags == 1 || flags == 2 else {
            throw CSPError(
                .badFlags, "flags \(hexadecimal(flags)): one of CRYPT_MACHINE_DEFAULT (1) and CRYPT_USER_DEFAULT (2)")
        }
        let type = ProviderType(rawValue: type)
        try validate(type)
        return try standard(type, flags == 1 ? [.machine] : [.user, .machine]).name
    }

    /// What CryptSetProvider has set for a type, in the first scope where it was set; else the first of the table.
    private static func standard(
        _ type: ProviderType, _ scopes: [ProviderDefaults.Scope]
    ) throws(CSPError) -> ProviderProfile {
        let profiles = all.filter { $0.type == type }
        for scope in scopes {
            let name = try ProviderDefaults.name(type, scope)
            if let profile = profiles.first(where: { $0.name == name }) { return profile }
        }
        guard let profile = profiles.first else {
            throw CSPError(.provTypeNotDef, "no provider has type \(type.rawValue); types are \(knownTypes)")
        }
        return profile
    }

    /// The key lengths in bits that a provider (nil: the default one) allows for an algorithm.
    package static func keyLengths(_ algorithm: AlgorithmID, provider: String?) throws(CSPError) -> ClosedRange<Int> {
        let profile = try find(name: provider, type: nil)
        let named = profile.pairAlgorithm(KeySpec(rawValue: algorithm.rawValue))?.id ?? algorithm
        guard let entry = profile.algorithm(named) else {
            throw CSPError(.badAlgID, "provider \"\(profile.name)\" does not generate \(algorithm) keys")
        }
        return entry.minimumBits...entry.maximumBits
    }

    private static func validate(_ type: ProviderType) throws(CSPError) {
        guard (1...999).contains(type.rawValue) else {
            throw CSPError(.badProvType, "provider type \(type.rawValue) is not between 1 and 999")
        }
    }

    private static var knownTypes: String {
        types.map { "\($0.type.rawValue) (\($0.name))" }.joined(separator: ", ")
    }
}
