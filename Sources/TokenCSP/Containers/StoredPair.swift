internal import PKCS11

/// A key pair as it stands on the token: what its objects tell, public half, private half or both.
struct StoredPair: Sendable {
    let id: [UInt8]
    let label: String
    let keyType: KeyType
    var publicHandle: ObjectHandle?
    var privateHandle: ObjectHandle?
    var modulus: [UInt8]?
    var publicExponent: [UInt8]?
    var curve: [UInt8]?
    /// What the attributes allow, of either half.
    var signs = false
    var decrypts = false

    /// Ours, by its id.
    var identifier: KeyIdentifier? { KeyIdentifier(id) }

    /// The key specs that the pair serves: the one it was made for, or what a foreign pair's attributes allow.
    var specs: [KeySpec] {
        guard keyType == .rsa else { return [] }
        if let identifier { return [identifier.spec] }
        return (decrypts ? [.keyExchange] : []) + (signs ? [.signature] : [])
    }

    var bits: Int {
        if let modulus { return modulus.first.map { modulus.count * 8 - $0.leadingZeroBitCount } ?? 0 }
        return curve.map(Self.bits(ofCurve:)) ?? 0
    }

    var rsaPublicKey: RSAPublicKey? {
        guard let modulus, let publicExponent, publicExponent.count <= 8 else { return nil }
        let exponent = publicExponent.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard exponent <= UInt64(UInt32.max) else { return nil }
        return RSAPublicKey(modulus: Array(modulus.drop { $0 == 0 }), publicExponent: UInt32(exponent))
    }

    // The last bytes of the object identifiers of P-224, P-256, P-384, P-521 (SEC 2).
    private static func bits(ofCurve parameters: [UInt8]) -> Int {
        if parameters.suffix(5) == [0x2B, 0x81, 0x04, 0x00, 0x22] { return 384 }
        if parameters.suffix(5) == [0x2B, 0x81, 0x04, 0x00, 0x23] { return 521 }
        if parameters.suffix(5) == [0x2B, 0x81, 0x04, 0x00, 0x21] { return 224 }
        if parameters.suffix(8) == [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07] { return 256 }
        return 0
    }
}

extension StoredPair {
    /// Read of every object that may belong to a container, in one call each.
    static let attributes: [AttributeType] = [
        .objectClass, .label, .id, .keyType, .modulus, .publicExponent, .ecParams, .sign, .decrypt, .unwrap, .derive,
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
        let isPublic = objectClass == .publicKey
        signs = values.bool(isPublic ? .verify : .sign) ?? false
        decrypts = (isPublic ? [AttributeType.encrypt, .wrap] : [.decrypt, .unwrap, .derive]).contains {
            values.bool($0) ?? false
        }
        if isPublic { publicHandle = handle } else { privateHandle = handle }
    }

    /// Whether the other half belongs to this one: same id, and for foreign keys without one the same numbers.
    func isSamePair(_ other: StoredPair) -> Bool {
        guard label == other.label, id == other.id, keyType == other.keyType else { return false }
        guard let modulus, let otherModulus = other.modulus else { return true }
        return modulus.drop { $0 == 0 } == otherModulus.drop { $0 == 0 }
    }

    mutating func merge(_ other: StoredPair) {
        publicHandle = publicHandle ?? other.publicHandle
        privateHandle = privateHandle ?? other.privateHandle
        modulus = modulus ?? other.modulus
        publicExponent = publicExponent ?? other.publicExponent
        curve = curve ?? other.curve
        // The private half decides where both tell: a foreign public key often allows more.
        if other.privateHandle != nil {
            signs = other.signs
            decrypts = other.decrypts
        }
    }
}
