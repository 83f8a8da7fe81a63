internal import PKCS11

/// The PUBLICKEYBLOB and PRIVATEKEYBLOB of a key on an elliptic curve, an extension of ours: behind CryptoAPI's header
/// what CNG calls a BCRYPT_ECCKEY_BLOB (Microsoft, "BCRYPT_ECCKEY_BLOB structure"). `n` is the curve's size in bytes: 32,
/// 48, 66.
///
///     0   1  bType     6, PUBLICKEYBLOB, or 7, PRIVATEKEYBLOB
///     1   1  bVersion  2, CUR_BLOB_VERSION
///     2   2  reserved  0
///     4   4  aiKeyAlg  CALG_ECDSA, CALG_ECDH or CALG_ECDH_EPHEM, CALG_TOKENCSP_ED25519; little-endian
///     8   4  dwMagic   "ECS1" to "ECS6", "ECK1" to "ECK6", of Ed25519 "EDS1" and "EDS2"
///     12  4  cbKey     n, little-endian
///     16  n  x         big-endian; of Ed25519 the 32 bytes of RFC 8032
///         n  y         big-endian; Ed25519 has none
///         n  d         PRIVATEKEYBLOB: the private key, big-endian; of Ed25519 the seed
extension EllipticCurvePublicKey {
    private static let headerSize = 16

    /// The size of the PRIVATEKEYBLOB in bytes.
    var privateKeyBlobSize: Int { Self.headerSize + x.count + y.count + curve.size }

    func publicKeyBlob(_ algorithm: AlgorithmID) throws(CSPError) -> [UInt8] {
        try blob(BlobType.publicKey, algorithm)
    }

    /// The caller wipes it.
    func privateKeyBlob(_ algorithm: AlgorithmID, _ value: Secret) throws(CSPError) -> [UInt8] {
        guard value.count == curve.size else {
            throw CSPError(.badKey, "a private key of \(value.count) bytes is none on \(curve.rawValue)")
        }
        var blob: [UInt8] = []
        // The whole at once: growing would leave copies behind that nobody wipes.
        blob.reserveCapacity(privateKeyBlobSize)
        blob += try self.blob(BlobType.privateKey, algorithm)
        value.withUnsafeBytes { blob += $0 }
        return blob
    }

    private func blob(_ type: UInt32, _ algorithm: AlgorithmID) throws(CSPError) -> [UInt8] {
        guard let magic = Self.magic(type, algorithm, curve) else {
            throw CSPError(.badType, "a \(algorithm) key on \(curve.rawValue) has no such blob")
        }
        return KeyBlob.header(type, algorithm) + littleEndian(magic) + littleEndian(UInt32(clamping: curve.size)) + x
            + y
    }

    // MARK: - Reading

    /// Reads a PUBLICKEYBLOB. Bytes behind it are ignored: programs pass the size of their buffer.
    ///
    /// - Throws: NTE_BAD_TYPE, NTE_BAD_VER; NTE_BAD_DATA for all other faults, a point that is not on the curve too.
    static func decode(publicKeyBlob blob: [UInt8]) throws(CSPError) -> Self {
        let (key, _) = try decode(blob, BlobType.publicKey)
        guard key.isOnCurve else { throw notOnCurve(key.curve) }
        return key
    }

    /// Reads a PRIVATEKEYBLOB; as above, and the private key must be that of the public one.
    static func decode(privateKeyBlob blob: [UInt8]) throws(CSPError) -> PrivateNumbers {
        let (key, rest) = try decode(blob, BlobType.privateKey)
        let size = key.curve.size
        guard rest.count >= size else { throw tooShort(blob.count, key.privateKeyBlobSize) }
        let value = Secret(count: size) { $0.copyBytes(from: rest.prefix(size)) }
        guard key.belongs(to: value) else {
            throw CSPError(
                .badData, "the private and the public key in the blob are not a pair on \(key.curve.rawValue)")
        }
        return .value(value, .ellipticCurve(key))
    }

    private static func decode(_ bytes: [UInt8], _ type: UInt32) throws(CSPError) -> (
        key: Self, rest: ArraySlice<UInt8>
    ) {
        let blob = try KeyBlob(bytes)
        guard blob.type == type else {
            throw CSPError(.badType, "bType of the blob is \(blob.type); \(type) is expected")
        }
        guard blob.body.count >= 8 else { throw tooShort(bytes.count, headerSize) }
        let magic = KeyBlob.number(blob.body)
        guard let curve = EllipticCurve.allCases.first(where: { Self.magic(type, blob.algorithm, $0) == magic }) else {
            throw CSPError(.badData, "magic \(hexadecimal(magic)) is on no curve that \(blob.algorithm) keys have")
        }
        let size = KeyBlob.number(blob.body.dropFirst(4))
        guard size == UInt32(clamping: curve.size) else {
            throw CSPError(.badData, "cbKey of the blob is \(size); on \(curve.rawValue) it is \(curve.size)")
        }
        let numbers = blob.body.dropFirst(8)
        let count = curve == .ed25519 ? curve.size : 2 * curve.size
        let form: [UInt8] = curve == .ed25519 ? [] : [0x04]
        guard numbers.count >= count, let key = Self(curve: curve, point: form + numbers.prefix(count)) else {
            throw tooShort(bytes.count, headerSize + count)
        }
        return (key, numbers.dropFirst(count))
    }

    /// dwMagic: of the curves of NIST CNG's, which count 1 and 2 for P-256, 3 and 4 for P-384, 5 and 6 for P-521.
    private static func magic(_ type: UInt32, _ algorithm: AlgorithmID, _ curve: EllipticCurve) -> UInt32? {
        let letters: StaticString
        switch algorithm {
        case .ecdsa: letters = "ECS"
        case .ecdh, .ecdhEphemeral: letters = "ECK"
        case .ed25519: letters = "EDS"
        default: return nil
        }
        let isEdwards = algorithm == .ed25519
        let first: UInt8
        switch curve {
        case .p256 where !isEdwards: first = 0x31
        case .p384 where !isEdwards: first = 0x33
        case .p521 where !isEdwards: first = 0x35
        case .ed25519 where isEdwards: first = 0x31
        default: return nil
        }
        let digit = type == BlobType.privateKey ? first + 1 : first
        return (Array(letters.description.utf8) + [digit]).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// dwMagic of the PRIVATEKEYBLOBs that an algorithm's keys have, one a curve.
    static func privateKeyMagics(_ algorithm: AlgorithmID) -> [UInt32] {
        EllipticCurve.allCases.compactMap { magic(BlobType.privateKey, algorithm, $0) }
    }

    private static func notOnCurve(_ curve: EllipticCurve) -> CSPError {
        CSPError(.badData, "the point in the blob is not on \(curve.rawValue)")
    }

    private static func tooShort(_ count: Int, _ required: Int) -> CSPError {
        CSPError(.badData, "the blob has \(count) bytes; such a key's needs \(required)")
    }
}
