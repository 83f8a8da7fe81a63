internal import CNettle

/// A hash function.
///
/// A closed set: what CryptoAPI has and the host computes, by nettle.
public enum HashKind: Sendable, Hashable, CaseIterable {
    /// Broken: for old data alone.
    case md2, md4, md5
    /// Too weak for new signatures; good enough in ``RSAEncryptionPadding/oaep`` and HMAC.
    case sha1
    /// SHA-2.
    case sha256, sha384, sha512

    /// The length of the digest, in bytes.
    public var digestSize: Int { Int(implementation.digest_size) }

    /// The length of the block the compression function works on, in bytes (HMAC pads its key to it).
    var blockSize: Int { Int(implementation.block_size) }

    /// nettle's description of the function: sizes and entry points.
    var implementation: nettle_hash {
        switch self {
        case .md2: nettle_md2
        case .md4: nettle_md4
        case .md5: nettle_md5
        case .sha1: nettle_sha1
        case .sha256: nettle_sha256
        case .sha384: nettle_sha384
        case .sha512: nettle_sha512
        }
    }
}
