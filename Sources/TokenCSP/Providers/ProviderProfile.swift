/// What a provider name stands for: its type, its algorithms with their lengths, its rules.
public struct ProviderProfile: Sendable {
    /// The name that CryptAcquireContext takes.
    public let name: String
    public let type: ProviderType
    let algorithms: [ProviderAlgorithm]
    /// Whether CRYPT_VERIFYCONTEXT takes a container name: public information without a PIN, the smart-card rule.
    let verifiesContainers: Bool

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
            algorithms: ProviderAlgorithm.rsa(3072, 1024...16384) + ProviderAlgorithm.aes + ProviderAlgorithm.tripleDES
                + ProviderAlgorithm.legacyHashes + ProviderAlgorithm.sha2,
            verifiesContainers: true
        ),
        ProviderProfile(
            name: "TokenCSP RSA Provider",
            type: .rsaFull,
            algorithms: ProviderAlgorithm.rsa(3072, 1024...16384) + ProviderAlgorithm.tripleDES
                + ProviderAlgorithm.legacyHashes,
            verifiesContainers: true
        ),
        // Microsoft's names, so that unchanged programs run. Their default RSA lengths of 512 and 1024 bits are not repeated.
        microsoft("Microsoft Strong Cryptographic Provider", 384...16384),
        microsoft("Microsoft Enhanced Cryptographic Provider v1.0", 384...16384),
        ProviderProfile(
            name: "Microsoft Base Cryptographic Provider v1.0",
            type: .rsaFull,
            algorithms: ProviderAlgorithm.rsa(2048, 384...16384) + ProviderAlgorithm.legacyHashes,
            verifiesContainers: false
        ),
        ProviderProfile(
            name: "Microsoft Base Smart Card Crypto Provider",
            type: .rsaFull,
            algorithms: ProviderAlgorithm.rsa(2048, 1024...16384) + ProviderAlgorithm.aes + ProviderAlgorithm.tripleDES
                + ProviderAlgorithm.legacyHashes + ProviderAlgorithm.sha2,
            verifiesContainers: true
        ),
        microsoftAES("Microsoft Enhanced RSA and AES Cryptographic Provider"),
        microsoftAES("Microsoft Enhanced RSA and AES Cryptographic Provider (Prototype)"),
    ]

    private static func microsoft(_ name: String, _ rsaBits: ClosedRange<Int>) -> ProviderProfile {
        ProviderProfile(
            name: name,
            type: .rsaFull,
            algorithms: ProviderAlgorithm.rsa(2048, rsaBits) + ProviderAlgorithm.tripleDES + ProviderAlgorithm.legacyHashes,
            verifiesContainers: false
        )
    }

    private static func microsoftAES(_ name: String) -> ProviderProfile {
        ProviderProfile(
            name: name,
            type: .rsaAES,
            algorithms: ProviderAlgorithm.rsa(2048, 384...16384) + ProviderAlgorithm.aes + ProviderAlgorithm.tripleDES
                + ProviderAlgorithm.legacyHashes + ProviderAlgorithm.sha2,
            verifiesContainers: false
        )
    }

    /// The types that CryptEnumProviderTypes tells, with Microsoft's names for them.
    public static let types: [(type: ProviderType, name: String)] = [
        (.rsaFull, "RSA Full (Signature and Key Exchange)"),
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
            let type = type ?? .rsaAES
            guard let profile = all.first(where: { $0.type == type }) else {
                throw CSPError(.provTypeNotDef, "no provider has type \(type.rawValue); types are \(knownTypes)")
            }
            return profile
        }
        guard let profile = all.first(where: { $0.name == name }) else {
            throw CSPError(.keysetNotDef, "there is no provider \"\(name)\"; `tokencsp providers` lists them")
        }
        guard type == nil || type == profile.type else {
            throw CSPError(.provTypeNoMatch, "provider \"\(name)\" has type \(profile.type.rawValue), not \(type?.rawValue ?? 0)")
        }
        return profile
    }

    /// CryptGetDefaultProvider: the name of the provider that a type alone means.
    ///
    /// - Parameter flags: CRYPT_MACHINE_DEFAULT (1) or CRYPT_USER_DEFAULT (2).
    public static func defaultName(type: UInt32, flags: UInt32) throws(CSPError) -> String {
        guard flags == 1 || flags == 2 else {
            throw CSPError(.badFlags, "flags \(hexadecimal(flags)): one of CRYPT_MACHINE_DEFAULT (1) and CRYPT_USER_DEFAULT (2)")
        }
        return try find(name: nil, type: ProviderType(rawValue: type)).name
    }

    /// The key lengths in bits that a provider (nil: the default one) allows for an algorithm.
    package static func keyLengths(_ algorithm: AlgorithmID, provider: String?) throws(CSPError) -> ClosedRange<Int> {
        let profile = try find(name: provider, type: nil)
        guard let entry = profile.algorithm(algorithm) else {
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
