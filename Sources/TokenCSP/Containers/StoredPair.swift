internal import PKCS11

/// A key pair as it stands on the token: what its objects tell, public half, private half or both.
struct StoredPair: Sendable {
    /// CKA_ID; of a pair whose protection was being raised when something stopped it, that of the half that asks for more.
    private(set) var id: [UInt8]
    let label: String
    let keyType: KeyType
    var publicHandle: ObjectHandle?
    var privateHandle: ObjectHandle?
    var modulus: [UInt8]?
    var publicExponent: [UInt8]?
    var curve: [UInt8]?
    var point: [UInt8]?
    /// DSA and Diffie-Hellman: of the public half.
    var parameters: DomainParameters?
    var value: [UInt8]?
    /// What the attributes allow, of either half.
    var signs = false
    var decrypts = false

    /// Ours, by its id.
    var identifier: KeyIdentifier? { KeyIdentifier(id) }

    /// What the key asks of its user; of a foreign one the token alone knows.
    var protection: KeyProtection { identifier?.protection ?? .none }

    /// The key specs that the pair serves: the one it was made for, or what a foreign pair's attributes allow.
    var specs: [KeySpec] {
        guard family != nil else { return [] }
        if let identifier { return [identifier.spec] }
        // Of DSA and Diffie-Hellman it is plain; some tokens set every attribute.
        if keyType == .ec { return (signs ? [.signature] : []) + (decrypts ? [.keyExchange] : []) }
        if keyType == .dsa || keyType == .ecEdwards { return [.signature] }
        if keyType == .dh { return [.keyExchange] }
        return (decrypts ? [.keyExchange] : []) + (signs ? [.signature] : [])
    }

    var bits: Int {
        if let modulus { return modulus.first.map { modulus.count * 8 - $0.leadingZeroBitCount } ?? 0 }
        if let parameters { return parameters.bits }
        return curve.map(Self.bits(ofCurve:)) ?? 0
    }

    var family: PairFamily? { PairFamily(keyType) }

    var publicKey: PublicKey? {
        switch family {
        case .rsa: return rsaPublicKey.map(PublicKey.rsa)
        case .dsa:
            guard let parameters, parameters.subprime != nil, let value else { return nil }
            return .dsa(DSAPublicKey(parameters: parameters, value: value))
        case .diffieHellman:
            guard let parameters, let value else { return nil }
            return .diffieHellman(DiffieHellmanPublicKey(parameters: parameters, value: value))
        case .ellipticCurve:
            guard let point, let curve = curve.flatMap(EllipticCurve.init(parameters:)) else { return nil }
            return EllipticCurvePublicKey(curve: curve, tokenPoint: point).map(PublicKey.ellipticCurve)
        case nil: return nil
        }
    }

    private var rsaPublicKey: RSAPublicKey? {
        guard let modulus, let publicExponent, publicExponent.count <= 8 else { return nil }
        let exponent = publicExponent.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard exponent <= UInt64(UInt32.max) else { return nil }
        return RSAPublicKey(modulus: Array(modulus.drop { $0 == 0 }), publicExponent: UInt32(exponent))
    }

    private static func bits(ofCurve parameters: [UInt8]) -> Int {
        if let curve = EllipticCurve(parameters: parameters) { return curve.bits }
        // secp224r1 (SEC 2), which no algorithm here has.
        return parameters.suffix(5) == [0x2B, 0x81, 0x04, 0x00, 0x21] ? 224 : 0
    }
}

extension StoredPair {
    /// Read of every object that may belong to a container, in one call each.
    static let attributes: [AttributeType] = [
        .objectClass, .label, .id, .keyType, .modulus, .publicExponent, .ecParams, .ecPoint, .sign, .decrypt, .unwrap,
        .derive,
        .verify, .encrypt, .wrap,
    ]

    init?(_ values: AttributeValues, _ handle: ObjectHandle) {
        guard let objectClass = values.objectClass, let keyType = values.keyType else { return nil }
        guard objectClass == .publicKey || objectClass == .privateKey else { return nil }
        id = values.bytes(.id) ?? []
        label = values.string(.label) ?? ""
        self.keyType = keyType
        modulus = values.bytes(.modulus)
        publicExponent = values.bytes(.publicExponent)
        curve = values.bytes(.ecParams)
        point = values.bytes(.ecPoint)
        let isPublic = objectClass == .publicKey
        signs = values.bool(isPublic ? .verify : .sign) ?? false
        decrypts = (isPublic ? [AttributeType.encrypt, .wrap, .derive] : [.decrypt, .unwrap, .derive]).contains {
            values.bool($0) ?? false
        }
        if isPublic { publicHandle = handle } else { privateHandle = handle }
        read(values)
    }

    /// Attributes to read beyond `attributes`, of public halves alone: CKA_VALUE of a private half is a secret.
    var moreAttributes: [AttributeType] {
        publicHandle != nil && (keyType == .dsa || keyType == .dh) ? Self.domainAttributes : []
    }

    static let domainAttributes: [AttributeType] = [.prime, .subprime, .base, .value]

    /// What a public DSA or Diffie-Hellman key tells.
    mutating func read(_ values: AttributeValues) {
        guard publicHandle != nil, keyType == .dsa || keyType == .dh else { return }
        guard let prime = values.bytes(.prime), let base = values.bytes(.base) else { return }
        let subprime = keyType == .dsa ? values.bytes(.subprime) : nil
        parameters = DomainParameters(prime: prime, subprime: subprime, base: base)
        value = values.bytes(.value)
    }

    /// Whether the other half belongs to this one: same id, and for foreign keys without one the same numbers.
    func isSamePair(_ other: StoredPair) -> Bool {
        guard label == other.label, KeyIdentifier.identity(id) == KeyIdentifier.identity(other.id),
            keyType == other.keyType
        else { return false }
        guard let modulus, let otherModulus = other.modulus else { return true }
        return modulus.drop { $0 == 0 } == otherModulus.drop { $0 == 0 }
    }

    mutating func merge(_ other: StoredPair) {
        if other.protection.rawValue > protection.rawValue { id = other.id }
        publicHandle = publicHandle ?? other.publicHandle
        privateHandle = privateHandle ?? other.privateHandle
        modulus = modulus ?? other.modulus
        publicExponent = publicExponent ?? other.publicExponent
        curve = curve ?? other.curve
        point = point ?? other.point
        parameters = parameters ?? other.parameters
        value = value ?? other.value
        // The private half decides where both tell: a foreign public key often allows more.
        if other.privateHandle != nil {
            signs = other.signs
            decrypts = other.decrypts
        }
    }
}
