/// The types of key blobs.
enum BlobType {
    static let simple: UInt32 = 0x1
    static let publicKey: UInt32 = 0x6
    static let privateKey: UInt32 = 0x7
    static let plaintext: UInt32 = 0x8
    static let opaque: UInt32 = 0x9
    static let symmetricWrap: UInt32 = 0xB
}

/// BLOBHEADER (8 bytes) and what follows.
struct KeyBlob {
    static let currentVersion: UInt8 = 2

    let type: UInt32
    let version: UInt8
    let algorithm: AlgorithmID
    let body: ArraySlice<UInt8>

    /// - Throws: NTE_BAD_DATA (too short, reserved bytes that are not zero), NTE_BAD_VER.
    init(_ bytes: [UInt8]) throws(CSPError) {
        guard bytes.count >= 8 else {
            throw CSPError(.badData, "a key blob has a header of 8 bytes, this has \(bytes.count)")
        }
        type = UInt32(bytes[0])
        version = bytes[1]
        algorithm = AlgorithmID(rawValue: Self.number(bytes[4..<8]))
        // CRYPT_BLOB_VER3: domain parameters with a seed, of DSS and Diffie-Hellman.
        let family = PairAlgorithm.all[algorithm]?.family
        let mayBe3 = family == .dsa || family == .diffieHellman
        guard version == Self.currentVersion || version == 3 && mayBe3 else {
            throw CSPError(.badVer, "the blob has version \(bytes[1]), CUR_BLOB_VERSION is 2")
        }
        guard bytes[2] == 0, bytes[3] == 0 else {
            throw CSPError(.badData, "the reserved bytes of the blob's header are not zero")
        }
        body = bytes[8...]
    }

    /// A header.
    static func header(
        _ type: UInt32, _ algorithm: AlgorithmID, version: UInt8 = currentVersion
    ) -> [UInt8] {
        [UInt8(truncatingIfNeeded: type), version, 0, 0] + littleEndian(algorithm.rawValue)
    }

    /// A DWORD of four bytes.
    static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
