internal import CPKCS11

/// A mechanism with its parameter.
public struct Mechanism: Sendable {
    enum Parameter: Sendable {
        case none
        case bytes([UInt8])
        case pss(hash: MechanismType, mgf: UInt, saltLength: UInt)
        case oaep(hash: MechanismType, mgf: UInt, label: [UInt8])
        case ecdh1(publicPoint: [UInt8])
    }

    public let type: MechanismType
    let parameter: Parameter

    /// A mechanism without a parameter, or with one of plain bytes (an initialization vector).
    public init(_ type: MechanismType, parameter: [UInt8] = []) {
        self.type = type
        self.parameter = parameter.isEmpty ? .none : .bytes(parameter)
    }

    private init(_ type: MechanismType, _ parameter: Parameter) {
        self.type = type
        self.parameter = parameter
    }

    public static let rsaPKCS = Mechanism(.rsaPKCS)

    /// RSASSA-PSS over a hash value. `mgf` is CKG_MGF1_…; salt length in bytes.
    public static func rsaPSS(hash: MechanismType, mgf: UInt, saltLength: Int) -> Mechanism {
        Mechanism(.rsaPKCSPSS, .pss(hash: hash, mgf: mgf, saltLength: UInt(clamping: saltLength)))
    }

    /// RSAES-OAEP. `mgf` is CKG_MGF1_….
    public static func rsaOAEP(hash: MechanismType, mgf: UInt, label: [UInt8] = []) -> Mechanism {
        Mechanism(.rsaPKCSOAEP, .oaep(hash: hash, mgf: mgf, label: label))
    }

    /// Diffie-Hellman on an elliptic curve; the secret is the x-coordinate itself (CKD_NULL).
    ///
    /// - Parameter publicPoint: the other's point as it is, in no OCTET STRING.
    public static func ecdh1(publicPoint: [UInt8]) -> Mechanism {
        Mechanism(.ecdh1Derive, .ecdh1(publicPoint: publicPoint))
    }

    /// Lends the mechanism as a CK_MECHANISM whose parameter lives as long as the call.
    func withUnsafeMechanism<R>(_ body: (UnsafeMutablePointer<CK_MECHANISM>) -> R) -> R {
        func lend(_ pointer: UnsafeMutableRawPointer?, _ size: Int) -> R {
            var mechanism = CK_MECHANISM(mechanism: type.rawValue, pParameter: pointer, ulParameterLen: UInt(size))
            return withUnsafeMutablePointer(to: &mechanism, body)
        }
        switch parameter {
        case .none:
            return lend(nil, 0)
        case .bytes(var bytes):
            return bytes.withUnsafeMutableBytes { lend($0.baseAddress, $0.count) }
        case .pss(let hash, let mgf, let saltLength):
            var parameters = CK_RSA_PKCS_PSS_PARAMS(hashAlg: hash.rawValue, mgf: mgf, sLen: saltLength)
            return withUnsafeMutableBytes(of: &parameters) { lend($0.baseAddress, $0.count) }
        case .oaep(let hash, let mgf, var label):
            return label.withUnsafeMutableBytes { label in
                var parameters = CK_RSA_PKCS_OAEP_PARAMS(
                    hashAlg: hash.rawValue,
                    mgf: mgf,
                    source: UInt(CKZ_DATA_SPECIFIED),
                    pSourceData: label.count > 0 ? label.baseAddress : nil,
                    ulSourceDataLen: UInt(label.count)
                )
                return withUnsafeMutableBytes(of: &parameters) { lend($0.baseAddress, $0.count) }
            }
        case .ecdh1(var point):
            return point.withUnsafeMutableBytes { point in
                var parameters = CK_ECDH1_DERIVE_PARAMS(
                    kdf: UInt(CKD_NULL), ulSharedDataLen: 0, pSharedData: nil, ulPublicDataLen: UInt(point.count),
                    pPublicData: point.baseAddress?.assumingMemoryBound(to: UInt8.self)
                )
                return withUnsafeMutableBytes(of: &parameters) { lend($0.baseAddress, $0.count) }
            }
        }
    }
}

/// What a token says of a mechanism (C_GetMechanismInfo).
public struct MechanismInfo: Sendable {
    /// Smallest and largest key: bits for RSA, DSA, DH and EC, mostly bytes for secret keys.
    public let minimumKeySize: UInt
    public let maximumKeySize: UInt
    /// CKF_… bits.
    public let flags: UInt

    init(_ info: CK_MECHANISM_INFO) {
        minimumKeySize = info.ulMinKeySize
        maximumKeySize = info.ulMaxKeySize
        flags = info.flags
    }
}
