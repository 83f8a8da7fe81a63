internal import PKCS11

/// The kinds of key pairs; a container may have a pair of each kind for each key spec, and a provider sees its own.
enum PairFamily: Sendable, Hashable {
    case rsa, dsa, diffieHellman, ellipticCurve

    init?(_ keyType: KeyType) {
        switch keyType {
        case .rsa: self = .rsa
        case .dsa: self = .dsa
        case .dh: self = .diffieHellman
        case .ec, .ecEdwards: self = .ellipticCurve
        default: return nil
        }
    }
}

/// What an algorithm of key pairs is on a token.
struct PairAlgorithm: Sendable {
    let id: AlgorithmID
    let spec: KeySpec
    let family: PairFamily
    let keyType: KeyType
    let generation: MechanismType
    /// What the private half does, true or false for each of the four.
    let privateUses: [(AttributeType, Bool)]
    let publicUses: [(AttributeType, Bool)]
    /// CALG_…_EPHEM: session objects, which no container keeps.
    var isEphemeral = false

    /// Diffie-Hellman: keys that agree on a secret, and do nothing else.
    var agrees: Bool { family == .diffieHellman || family == .ellipticCurve && spec == .keyExchange }

    /// What signs the least, to find out by trying whether a key asks for its PIN; nil for keys that do not sign.
    var trialSignature: Mechanism? {
        switch family {
        case _ where agrees: nil
        case .rsa: .rsaPKCS
        case .dsa: Mechanism(.dsa)
        case .diffieHellman: nil
        case .ellipticCurve: keyType == .ecEdwards ? Mechanism(.edDSA) : Mechanism(.ecdsa)
        }
    }

    static let all: [AlgorithmID: PairAlgorithm] = [
        .rsaKeyExchange: PairAlgorithm(
            id: .rsaKeyExchange, spec: .keyExchange, family: .rsa, keyType: .rsa, generation: .rsaPKCSKeyPairGen,
            privateUses: [(.sign, true), (.decrypt, true), (.unwrap, true)],
            publicUses: [(.verify, true), (.encrypt, true), (.wrap, true)]
        ),
        .rsaSign: PairAlgorithm(
            id: .rsaSign, spec: .signature, family: .rsa, keyType: .rsa, generation: .rsaPKCSKeyPairGen,
            privateUses: [(.sign, true), (.decrypt, false), (.unwrap, false)],
            publicUses: [(.verify, true), (.encrypt, false), (.wrap, false)]
        ),
        .dssSign: signing(.dssSign, .dsa, .dsa, .dsaKeyPairGen),
        .dhSF: agreeing(.dhSF, .diffieHellman, .dh, .dhPKCSKeyPairGen),
        .dhEphemeral: agreeing(.dhEphemeral, .diffieHellman, .dh, .dhPKCSKeyPairGen, isEphemeral: true),
        .ecdsa: signing(.ecdsa, .ellipticCurve, .ec, .ecKeyPairGen),
        .ed25519: signing(.ed25519, .ellipticCurve, .ecEdwards, .ecEdwardsKeyPairGen),
        .ecdh: agreeing(.ecdh, .ellipticCurve, .ec, .ecKeyPairGen),
        .ecdhEphemeral: agreeing(.ecdhEphemeral, .ellipticCurve, .ec, .ecKeyPairGen, isEphemeral: true),
    ]

    private static func signing(
        _ id: AlgorithmID, _ family: PairFamily, _ keyType: KeyType, _ generation: MechanismType
    ) -> PairAlgorithm {
        PairAlgorithm(
            id: id, spec: .signature, family: family, keyType: keyType, generation: generation,
            privateUses: [(.sign, true), (.decrypt, false), (.unwrap, false)],
            publicUses: [(.verify, true), (.encrypt, false), (.wrap, false)]
        )
    }

    private static func agreeing(
        _ id: AlgorithmID, _ family: PairFamily, _ keyType: KeyType, _ generation: MechanismType,
        isEphemeral: Bool = false
    ) -> PairAlgorithm {
        PairAlgorithm(
            id: id, spec: .keyExchange, family: family, keyType: keyType, generation: generation,
            privateUses: [(.derive, true), (.sign, false), (.decrypt, false), (.unwrap, false)],
            publicUses: [(.derive, true), (.verify, false), (.encrypt, false), (.wrap, false)], isEphemeral: isEphemeral
        )
    }

    /// The algorithm of a stored pair: of a foreign one that serves both specs, the one that is asked for.
    static func algorithm(of pair: StoredPair, _ spec: KeySpec) -> AlgorithmID {
        switch PairFamily(pair.keyType) {
        case .dsa: .dssSign
        case .diffieHellman: .dhSF
        case .ellipticCurve: pair.keyType == .ecEdwards ? .ed25519 : spec == .keyExchange ? .ecdh : .ecdsa
        case .rsa, nil: spec.rsaAlgorithm
        }
    }
}
