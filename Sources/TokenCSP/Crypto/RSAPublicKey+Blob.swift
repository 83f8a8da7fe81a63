/// The PUBLICKEYBLOB of an RSA key (Microsoft, "Base Provider Key BLOBs", Public Key BLOBs). All numbers little-endian:
///
///     0   1  bType     6, PUBLICKEYBLOB
///     1   1  bVersion  2, CUR_BLOB_VERSION
///     2   2  reserved  0
///     4   4  aiKeyAlg  CALG_RSA_KEYX or CALG_RSA_SIGN
///     8   4  magic     "RSA1"
///     12  4  bitlen    length of the modulus, a multiple of 8
///     16  4  pubexp
///     20     modulus   bitlen / 8 bytes
extension RSAPublicKey {
    /// Why bytes are not the PUBLICKEYBLOB of an RSA key. The first fault in the order of the fields is reported.
    enum BlobError: Error, Hashable {
        /// The bytes end before the header or the modulus does.
        case tooShort
        /// Another kind of blob.
        case wrongType(UInt8)
        /// A version other than 2 (NTE_BAD_VER).
        case wrongVersion(UInt8)
        /// The public key of another algorithm, or an RSA private key ("RSA2").
        case wrongMagic(UInt32)
        /// A length that no RSA key has: below 384, above 16384 or not whole bytes.
        case wrongBitLength(UInt32)
        /// The numbers are not an RSA key: even, or the modulus shorter than stated.
        case wrongNumbers
    }

    private static let blobType: UInt8 = 6
    private static let blobVersion: UInt8 = 2
    private static let blobMagic: UInt32 = 0x3141_5352
    private static let blobHeaderSize = 20

    /// The key as a PUBLICKEYBLOB.
    ///
    /// - Parameter algorithm: The ALG_ID for the header: CALG_RSA_KEYX (0xA400) or CALG_RSA_SIGN (0x2400).
    func publicKeyBlob(algorithm: UInt32) -> [UInt8] {
        // bitlen counts whole bytes: its reader finds the end of the modulus with it.
        let bitLength = UInt32(truncatingIfNeeded: modulus.count * 8)
        var blob: [UInt8] = [Self.blobType, Self.blobVersion, 0, 0]
        for field in [algorithm, Self.blobMagic, bitLength, publicExponent] {
            withUnsafeBytes(of: field.littleEndian) { blob += $0 }
        }
        return blob + modulus.reversed()
    }

    /// Reads a PUBLICKEYBLOB.
    ///
    /// The reserved field and bytes behind the modulus are ignored: programs pass the size of their buffer.
    ///
    /// - Parameter blob: Bytes from anywhere; nothing is believed without a check.
    /// - Returns: The key, and the header's ALG_ID, which is not checked: what it may be is the provider's decision.
    static func decode(
        publicKeyBlob blob: some Collection<UInt8>
    ) throws(BlobError) -> (key: RSAPublicKey, algorithm: UInt32) {
        // A caller's length may be gigabytes; the longest key is all that is ever copied.
        let bytes = Array(blob.prefix(blobHeaderSize + bitLimits.upperBound / 8))
        guard bytes.count >= blobHeaderSize else { throw .tooShort }
        func field(at offset: Int) -> UInt32 {
            bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }

        guard bytes[0] == blobType else { throw .wrongType(bytes[0]) }
        guard bytes[1] == blobVersion else { throw .wrongVersion(bytes[1]) }
        guard field(at: 8) == blobMagic else { throw .wrongMagic(field(at: 8)) }
        let bitLength = field(at: 12)
        guard bitLimits.contains(Int(bitLength)), bitLength.isMultiple(of: 8) else {
            throw .wrongBitLength(bitLength)
        }
        let modulus = bytes.dropFirst(blobHeaderSize).prefix(Int(bitLength / 8))
        guard modulus.count == Int(bitLength / 8) else { throw .tooShort }
        // A shorter modulus would be another blob when written again.
        guard modulus.last != 0,
            let key = RSAPublicKey(modulus: modulus.reversed(), publicExponent: field(at: 16))
        else {
            throw .wrongNumbers
        }
        return (key, field(at: 4))
    }
}
