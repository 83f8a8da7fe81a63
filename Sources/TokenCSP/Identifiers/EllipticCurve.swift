/// A curve that keys can be on.
public enum EllipticCurve: String, Sendable, Hashable, CaseIterable {
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"
    /// For EdDSA alone (RFC 8032).
    case ed25519 = "Ed25519"

    /// The key length in bits, as CryptGenKey's high word has it.
    public var bits: Int {
        switch self {
        case .p256: 256
        case .p384: 384
        case .p521: 521
        case .ed25519: 255
        }
    }

    /// Bytes of a coordinate and of a private key.
    var size: Int { (bits + 7) / 8 }

    /// The object identifier in DER, complete with tag: CKA_EC_PARAMS.
    var parameters: [UInt8] {
        switch self {
        case .p256: [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        case .p384: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]
        case .p521: [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23]
        case .ed25519: [0x06, 0x03, 0x2B, 0x65, 0x70]
        }
    }

    /// The curve of a token's key. Some tokens name Ed25519 by its PrintableString (PKCS#11, section 6.3.5).
    init?(parameters: [UInt8]) {
        if parameters == [0x13, 0x0C] + Array("edwards25519".utf8) {
            self = .ed25519
            return
        }
        guard let curve = Self.allCases.first(where: { $0.parameters == parameters }) else { return nil }
        self = curve
    }
}
