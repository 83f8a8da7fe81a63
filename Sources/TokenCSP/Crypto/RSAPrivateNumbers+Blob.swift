internal import PKCS11

/// The PRIVATEKEYBLOB of an RSA key (Microsoft, "Base Provider Key BLOBs", Private Key BLOBs). All numbers
/// little-endian, each padded with zeros to its width; `len` is the length of the modulus in bytes, `half` half of it,
/// rounded up:
///
///     0   1     bType            7, PRIVATEKEYBLOB
///     1   1     bVersion         2, CUR_BLOB_VERSION
///     2   2     reserved         0
///     4   4     aiKeyAlg         CALG_RSA_KEYX or CALG_RSA_SIGN
///     8   4     magic            "RSA2"
///     12  4     bitlen           length of the modulus
///     16  4     pubexp
///     20  len   modulus
///         half  prime1, prime2, exponent1, exponent2, coefficient
///         len   privateExponent
extension RSAPrivateNumbers {
    private static let blobType: UInt8 = 7
    private static let blobVersion: UInt8 = 2
    static let blobMagic: UInt32 = 0x3241_5352
    private static let blobHeaderSize = 20

    /// The size of a key's PRIVATEKEYBLOB in bytes.
    static func privateKeyBlobSize(_ publicKey: RSAPublicKey) -> Int {
        let length = publicKey.modulus.count
        return blobHeaderSize + 2 * length + 5 * ((length + 1) / 2)
    }

    /// The key as a PRIVATEKEYBLOB, which the caller wipes.
    ///
    /// - Parameter algorithm: The ALG_ID for the header: CALG_RSA_KEYX (0xA400) or CALG_RSA_SIGN (0x2400).
    /// - Throws: NTE_BAD_KEY for a key with one factor longer than half of the modulus, which has no such blob.
    func privateKeyBlob(algorithm: UInt32) throws(CSPError) -> [UInt8] {
        let length = publicKey.modulus.count
        let half = (length + 1) / 2
        let halves = [prime1, prime2, exponent1, exponent2, coefficient]
        guard halves.allSatisfy({ $0.count <= half }) else {
            throw CSPError(.badKey, "the factors of the RSA key are of different lengths: it has no PRIVATEKEYBLOB")
        }
        // bitlen counts whole bytes: its reader finds the fields with it.
        let bitLength = UInt32(truncatingIfNeeded: length * 8)
        var blob: [UInt8] = []
        // The whole at once: growing would leave copies behind that nobody wipes.
        blob.reserveCapacity(Self.privateKeyBlobSize(publicKey))
        blob += [Self.blobType, Self.blobVersion, 0, 0]
        for field in [algorithm, Self.blobMagic, bitLength, publicKey.publicExponent] {
            withUnsafeBytes(of: field.littleEndian) { blob += $0 }
        }
        blob += publicKey.modulus.reversed()
        func append(_ number: Secret, width: Int) {
            // Not `+=`, which would reverse into an array that nobody wipes.
            number.withUnsafeBytes { for byte in $0.reversed() as ReversedCollection { blob.append(byte) } }
            blob += repeatElement(0, count: max(width - number.count, 0))
        }
        for number in halves { append(number, width: half) }
        append(privateExponent, width: length)
        return blob
    }

    /// Reads a PRIVATEKEYBLOB.
    ///
    /// The reserved field and bytes behind the last are ignored. The blob may end anywhere within the private
    /// exponent: programs pass such, and Windows takes them. It is computed then.
    ///
    /// - Parameter blob: Bytes from anywhere; nothing is believed without a check. Wiping them is the caller's.
    /// - Returns: The key, and the header's ALG_ID, which is not checked: what it may be is the provider's decision.
    /// - Throws: NTE_BAD_TYPE, NTE_BAD_VER; NTE_BAD_DATA for all other faults.
    static func decode(
        privateKeyBlob blob: [UInt8]
    ) throws(CSPError) -> (numbers: RSAPrivateNumbers, algorithm: UInt32) {
        guard blob.count >= blobHeaderSize else { throw tooShort(blob.count, blobHeaderSize) }
        func field(at offset: Int) -> UInt32 {
            blob[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        guard blob[0] == blobType else {
            throw CSPError(.badType, "bType of the blob is \(blob[0]); PRIVATEKEYBLOB is \(blobType)")
        }
        guard blob[1] == blobVersion else {
            throw CSPError(.badVer, "bVersion of the blob is \(blob[1]); allowed is \(blobVersion)")
        }
        guard field(at: 8) == blobMagic else {
            throw CSPError(.badData, "magic of the blob is \(hexadecimal(field(at: 8))); \"RSA2\" is expected")
        }
        let bits = Int(field(at: 12))
        guard RSAPublicKey.bitLimits.contains(bits) else {
            throw CSPError(.badData, "bitlen of the blob is \(bits); allowed are \(RSAPublicKey.bitLimits)")
        }
        let length = (bits + 7) / 8
        let half = (length + 1) / 2
        let required = blobHeaderSize + length + 5 * half
        guard blob.count >= required else { throw tooShort(blob.count, required) }

        var offset = blobHeaderSize
        func number(width: Int) -> Secret {
            let bytes = blob[offset..<min(offset + width, blob.count)]
            offset += width
            return Secret(count: bytes.count) { $0.copyBytes(from: bytes.reversed()) }
        }
        let modulus = number(width: length).withUnsafeBytes { Array($0) }
        // A shorter modulus would have other widths, and a blob other than this one when written again.
        // openssl counts the bits, others whole bytes.
        guard modulus.first != 0, let publicKey = RSAPublicKey(modulus: modulus, publicExponent: field(at: 16)),
            bits == publicKey.bits || bits.isMultiple(of: 8)
        else {
            throw CSPError(.badData, "modulus and exponent in the blob are not an RSA key of \(bits) bits")
        }
        let prime1 = number(width: half)
        let prime2 = number(width: half)
        let exponent1 = number(width: half)
        let exponent2 = number(width: half)
        let coefficient = number(width: half)
        var privateExponent = number(width: length)
        if privateExponent.count < length {
            privateExponent = try Self.privateExponent(
                publicExponent: publicKey.publicExponent, prime1: prime1, prime2: prime2, ending: privateExponent
            )
        }
        let numbers = try RSAPrivateNumbers(
            publicKey: publicKey, prime1: prime1, prime2: prime2, exponent1: exponent1, exponent2: exponent2,
            coefficient: coefficient, privateExponent: privateExponent
        )
        return (numbers, field(at: 4))
    }

    private static func tooShort(_ count: Int, _ required: Int) -> CSPError {
        CSPError(.badData, "the blob has \(count) bytes; an RSA PRIVATEKEYBLOB of this length needs \(required)")
    }
}
