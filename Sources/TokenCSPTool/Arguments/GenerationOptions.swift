import ArgumentParser
import TokenCSP

/// What `key generate` makes and `explain` explains.
struct GenerationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The container; the default container if left out.", valueName: "name"),
        transform: ContainerName.parse)
    var container: String?

    @Option(help: "Which of the container's two keys (default: signature).")
    var spec: KeySpecArgument?

    @Option(help: "The key's algorithm. All but rsa make keys that live as long as this command.")
    var algorithm: KeyAlgorithm = .rsa

    // .unconditional: "--bits -5" is then a bad value with a name, not a missing one.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The RSA modulus length; the provider's default if left out.", valueName: "number"),
        transform: KeyLength.parse)
    var bits: UInt32?

    @Flag(help: "CRYPT_EXPORTABLE: the private key may leave the token, wrapped.")
    var exportable = false

    @Flag(help: "CRYPT_ARCHIVABLE: exportable until the key's handle is closed.")
    var archivable = false

    @Flag(help: "CRYPT_USER_PROTECTED: the token asks for the PIN at each use.")
    var userProtected = false

    @Flag(help: "CRYPT_FORCE_KEY_PROTECTION_HIGH: the same, and never answered from memory.")
    var forceHighProtection = false

    @Flag(help: "CRYPT_VERIFYCONTEXT: a session object, gone when this command ends.")
    var ephemeral = false

    mutating func validate() throws {
        if algorithm.isSymmetric {
            if spec != nil { throw ValidationError("--spec is for rsa: \(algorithm.rawValue) is in no key slot") }
            if bits != nil {
                throw ValidationError("--bits is for rsa: \(algorithm.rawValue) has the length that its name says")
            }
            if container != nil {
                throw ValidationError("--container is for rsa: a symmetric key is a session object, in no container")
            }
        }
        if ephemeral, container != nil {
            throw ValidationError("--ephemeral and --container exclude each other: a session object is in no container")
        }
    }

    var keySpec: KeySpec { (spec ?? .signature).keySpec }

    /// CALG_RSA_SIGN, CALG_AES_256 …
    var algorithmID: AlgorithmID { algorithm.algorithmID(keySpec) }

    /// True for keys that no container keeps.
    var isSessionObject: Bool { ephemeral || algorithm.isSymmetric }

    /// CryptGenKey's dwFlags: the options' bits, the length in the high word.
    var flags: UInt32 {
        var flags: KeyFlags = []
        if exportable { flags.insert(.exportable) }
        if archivable { flags.insert(.archivable) }
        if userProtected { flags.insert(.userProtected) }
        if forceHighProtection { flags.insert(.forceKeyProtectionHigh) }
        return flags.rawValue | (bits ?? 0) << 16
    }

    /// The plan, made without a token: it throws for every combination that no token could make legal.
    func plan(_ global: GlobalOptions, addingFlags raw: UInt32 = 0) throws(CSPError) -> GenerationPlan {
        try GenerationPlan(
            algorithmID, flags: flags | raw, container: container, provider: global.provider,
            contextFlags: isSessionObject ? [.verifyContext, global.keySet] : global.keySet)
    }
}
