import ArgumentParser
import TokenCSP

/// What `key generate` makes and `explain` explains.
struct GenerationOptions: ParsableArguments {
    @Option(help: ContainerName.help, completion: Completion.containers)
    var container: String?

    @Option(help: "Which of the container's two keys (default: signature).")
    var spec: KeySpecArgument?

    @Option(
        help:
            "The key's algorithm (default: the provider's for this spec). The symmetric ones make keys that live as long as this command."
    )
    var algorithm: KeyAlgorithm?

    // .unconditional: "--bits -5" is then a bad value with a name, not a missing one.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The key length: of RSA 1024 to 16384 in steps of 8, of curves 256, 384 or 521; the provider's default if left out.",
            valueName: "number"),
        transform: KeyLength.parse)
    var bits: Int?

    @Flag(help: "CRYPT_EXPORTABLE: the private key may leave the token, wrapped.")
    var exportable = false

    @Flag(help: "CRYPT_ARCHIVABLE: exportable until the key's handle is closed.")
    var archivable = false

    @Flag(help: "CRYPT_USER_PROTECTED: the user is asked for consent at each use.")
    var userProtected = false

    @Flag(help: "CRYPT_FORCE_KEY_PROTECTION_HIGH: the PIN is entered for each use, never from a cache.")
    var forceHighProtection = false

    @Flag(help: "CRYPT_VERIFYCONTEXT: a session object, gone when this command ends.")
    var ephemeral = false

    mutating func validate() throws {
        try ContainerName.validate(container)
        if let algorithm, algorithm.isSymmetric {
            if spec != nil { throw ValidationError("--spec is for key pairs: \(algorithm.rawValue) is in no key slot") }
            if bits != nil {
                throw ValidationError(
                    "--bits is for key pairs: \(algorithm.rawValue) has the length that its name says")
            }
            if container != nil {
                throw ValidationError(
                    "--container is for key pairs: a symmetric key is a session object, in no container")
            }
        }
        if let spec, let only = algorithm?.spec, only != spec {
            throw ValidationError("\(algorithm?.rawValue ?? "") keys are of --spec \(only.rawValue)")
        }
        if ephemeral, container != nil {
            throw ValidationError("--ephemeral and --container exclude each other: a session object is in no container")
        }
    }

    var keySpec: KeySpec { (spec ?? algorithm?.spec ?? .signature).keySpec }

    /// CALG_RSA_SIGN, CALG_AES_256 …; AT_SIGNATURE or AT_KEYEXCHANGE, which mean the provider's.
    var algorithmID: AlgorithmID { algorithm?.algorithmID(keySpec) ?? AlgorithmID(rawValue: keySpec.rawValue) }

    /// True for keys that no container keeps.
    var isSessionObject: Bool { ephemeral || algorithm?.isSymmetric == true }

    /// CryptGenKey's dwFlags: the options' bits, the length in the high word.
    var flags: UInt32 {
        var flags: KeyFlags = []
        if exportable { flags.insert(.exportable) }
        if archivable { flags.insert(.archivable) }
        if userProtected { flags.insert(.userProtected) }
        if forceHighProtection { flags.insert(.forceKeyProtectionHigh) }
        return flags.rawValue | UInt32(UInt16(clamping: bits ?? 0)) << 16
    }

    /// The plan, made without a token: it throws for every combination that no token could make legal.
    func plan(
        _ global: GlobalOptions, addingFlags raw: UInt32 = 0, container name: String? = nil
    ) throws(CSPError) -> GenerationPlan {
        if let bits, bits == 0 || bits > UInt16.max {
            // The high word cannot say these: 0 in it means the default.
            let allowed = try ProviderProfile.keyLengths(algorithmID, provider: global.provider)
            throw CSPError(
                .invalidParameter,
                "a key length of \(bits) bits for \(algorithmID): \(allowed.lowerBound) to \(allowed.upperBound) in steps "
                    + "of 8 are allowed")
        }
        return try GenerationPlan(
            algorithmID, flags: flags | raw, container: name ?? container, provider: global.provider,
            contextFlags: isSessionObject ? [.verifyContext, global.keySet] : global.keySet)
    }
}
