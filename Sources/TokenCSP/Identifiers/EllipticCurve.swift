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

    /// Curves that others' keys are on and ours are not, by what stands in their structures.
    private static let others: [(name: String, identifier: [UInt8])] = [
        ("secp256k1", [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x0A]),
        ("P-224", [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x21]),
        ("P-192", [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x01]),
        ("a Brainpool curve", [0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01]),
        ("X25519", [0x06, 0x03, 0x2B, 0x65, 0x6E]), ("X448", [0x06, 0x03, 0x2B, 0x65, 0x6F]),
        ("Ed448", [0x06, 0x03, 0x2B, 0x65, 0x71]),
    ]

    /// Words on a key that cannot be read because of its curve; nil where that is not it.
    ///
    /// - Parameter der: its structure. Any bytes will do.
    package static func unsupported(in der: some Collection<UInt8>) -> String? {
        // Nothing is copied: it may be a private key.
        let beginning = der.prefix(128)
        let found = others.first { other in
            beginning.indices.contains { beginning[$0...].starts(with: other.identifier) }
        }
        return found.map { "the key is on \($0.name): of the curves P-256, P-384, P-521 and Ed25519 are supported" }
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
