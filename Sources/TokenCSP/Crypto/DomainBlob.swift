internal import PKCS11

/// The blobs of DSA and Diffie-Hellman keys (Microsoft, "DSS Provider Key BLOBs", "Diffie-Hellman Key BLOBs", and the
/// version 3 of each). All numbers little-endian, each padded with zeros to its width, behind the header of 8 bytes:
///
///     version 2   magic "DSS1" "DSS2" "\0DH1" "\0DH2", bitlen,
///                 DSA: p, q (20), g, y or x (20), DSSSEED; Diffie-Hellman: y alone, or p, g, x
///     version 3   magic "DSS3" "DSS4" "\0DH3" "\0DH4", bitlenP, bitlenQ, bitlenJ, of private keys bitlenX, DSSSEED,
///                 p, q, g, j, y, of private keys x
///
/// DSSSEED is a counter of 4 bytes and a seed of 20, all ones where they are not known: tokens do not tell them.
struct DomainBlob {
    /// Nil in a Diffie-Hellman PUBLICKEYBLOB of version 2: its reader has them.
    var parameters: DomainParameters?
    /// y, big-endian; nil in private keys of version 2.
    var value: [UInt8]?
    /// x, big-endian.
    var secret: Secret?
    /// The length of p in bytes.
    let size: Int

    /// The lengths a key may have, in bits.
    static let bitLimits = 512...16384
    /// q of DSA in version 2, in bytes.
    static let subprimeSize = 20

    static let unknownSeed = [UInt8](repeating: 0xFF, count: 24)

    static func magic(_ family: PairFamily, version: UInt8, isPrivate: Bool) -> UInt32 {
        let digit = UInt32(version == 3 ? 3 : 1) + (isPrivate ? 1 : 0)
        return (0x30 + digit) << 24 | (family == .dsa ? 0x0053_5344 : 0x0048_4400)
    }
}

// MARK: - Reading

extension DomainBlob {
    /// Reads a whole blob. Bytes behind its end are ignored: programs pass the size of their buffer.
    ///
    /// - Throws: NTE_BAD_TYPE, NTE_BAD_VER; NTE_BAD_DATA for all other faults.
    init(_ bytes: [UInt8], _ family: PairFamily, isPrivate: Bool) throws(CSPError) {
        let blob = try KeyBlob(bytes)
        let type = isPrivate ? BlobType.privateKey : BlobType.publicKey
        guard blob.type == type else { throw CSPError(.badType, "bType of the blob is \(blob.type), not \(type)") }
        guard PairAlgorithm.all[blob.algorithm]?.family == family else {
            throw CSPError(.badData, "the blob is one of a \(blob.algorithm) key")
        }
        var reader = Reader(rest: blob.body)
        try reader.magic(Self.magic(family, version: blob.version, isPrivate: isPrivate))
        if blob.version == 3 {
            self = try Self.version3(&reader, isPrivate: isPrivate, hasValue: true)
        } else {
            self = try Self.version2(&reader, family, isPrivate: isPrivate)
        }
    }

    /// Reads what KP_PUB_PARAMS takes: version 3 without y, with the header or without it.
    init(parameters bytes: [UInt8], _ family: PairFamily) throws(CSPError) {
        var reader = Reader(rest: bytes[...])
        let magic = Self.magic(family, version: 3, isPrivate: false)
        if bytes.count < 4 || KeyBlob.number(bytes[...]) != magic {
            let blob = try KeyBlob(bytes)
            guard blob.type == BlobType.publicKey else {
                throw CSPError(.badType, "bType of the blob is \(blob.type), not \(BlobType.publicKey)")
            }
            guard blob.version == 3 else {
                throw CSPError(.badVer, "KP_PUB_PARAMS takes a blob of version 3, not \(blob.version)")
            }
            reader = Reader(rest: blob.body)
        }
        try reader.magic(magic)
        self = try Self.version3(&reader, isPrivate: false, hasValue: false)
    }

    private static func version2(
        _ reader: inout Reader, _ family: PairFamily, isPrivate: Bool
    ) throws(CSPError) -> DomainBlob {
        var blob = DomainBlob(size: try reader.size())
        if family == .dsa {
            let prime = try reader.number(blob.size)
            let subprime = try reader.number(subprimeSize)
            let base = try reader.number(blob.size)
            if isPrivate {
                blob.secret = try reader.secret(subprimeSize)
            } else {
                blob.value = try reader.number(blob.size)
            }
            _ = try reader.number(unknownSeed.count)
            blob.parameters = DomainParameters(prime: prime, subprime: subprime, base: base)
        } else if isPrivate {
            let prime = try reader.number(blob.size)
            blob.parameters = DomainParameters(prime: prime, base: try reader.number(blob.size))
            blob.secret = try reader.secret(blob.size)
        } else {
            blob.value = try reader.number(blob.size)
        }
        return blob
    }

    private static func version3(
        _ reader: inout Reader, isPrivate: Bool, hasValue: Bool
    ) throws(CSPError) -> DomainBlob {
        var blob = DomainBlob(size: try reader.size())
        let subprimeSize = try reader.length(atMost: blob.size)
        let cofactorSize = try reader.length(atMost: blob.size)
        let secretSize = isPrivate ? try reader.length(atMost: blob.size) : 0
        _ = try reader.number(unknownSeed.count)
        let prime = try reader.number(blob.size)
        let subprime = try reader.number(subprimeSize)
        let base = try reader.number(blob.size)
        _ = try reader.number(cofactorSize)
        if hasValue { blob.value = try reader.number(blob.size) }
        if isPrivate { blob.secret = try reader.secret(secretSize) }
        blob.parameters = DomainParameters(prime: prime, subprime: subprime.isEmpty ? nil : subprime, base: base)
        return blob
    }

    private init(size: Int) { self.size = size }

    /// The fields one after the other; each length is compared with what is left before it is used.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        private mutating func take(_ count: Int) throws(CSPError) -> ArraySlice<UInt8> {
            guard rest.count >= count else { throw CSPError(.badData, "the key blob is cut off") }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        mutating func magic(_ expected: UInt32) throws(CSPError) {
            let found = KeyBlob.number(try take(4))
            guard found == expected else {
                throw CSPError(
                    .badData, "the blob's magic is \(hexadecimal(found)), \(hexadecimal(expected)) is expected")
            }
        }

        /// bitlen of p, in bytes.
        mutating func size() throws(CSPError) -> Int {
            let bits = Int(KeyBlob.number(try take(4)))
            guard bitLimits.contains(bits), bits.isMultiple(of: 8) else {
                throw CSPError(.badData, "the blob says \(bits) bits: 512 to 16384 in steps of 8 are allowed")
            }
            return bits / 8
        }

        /// bitlen of another number, in bytes.
        mutating func length(atMost most: Int) throws(CSPError) -> Int {
            let bits = KeyBlob.number(try take(4))
            guard bits <= most * 8, bits.isMultiple(of: 8) else {
                throw CSPError(.badData, "the blob has a number of \(bits) bits beside a prime of \(most * 8)")
            }
            return Int(bits / 8)
        }

        mutating func number(_ count: Int) throws(CSPError) -> [UInt8] { try take(count).reversed() }

        mutating func secret(_ count: Int) throws(CSPError) -> Secret {
            let bytes = try take(count)
            return Secret(count: count) { $0.copyBytes(from: bytes.reversed() as ReversedCollection) }
        }
    }
}

// MARK: - Writing

extension DomainBlob {
    /// The size of a blob in bytes.
    ///
    /// - Parameter secretSize: bytes of x; nil for public keys.
    static func size(
        _ family: PairFamily, _ parameters: DomainParameters, version: UInt8, secretSize: Int?
    ) -> Int {
        let size = parameters.size
        let subprime = parameters.subprime?.count ?? 0
        if version == 3 {
            return 8 + (secretSize == nil ? 16 : 20) + 24 + 3 * size + subprime + (secretSize ?? 0)
        }
        if family == .dsa { return 16 + 2 * size + subprime + (secretSize ?? size) + 24 }
        return 16 + (secretSize.map { 2 * size + $0 } ?? size)
    }

    /// A PUBLICKEYBLOB, or with a secret a PRIVATEKEYBLOB, which the caller wipes.
    static func encode(
        _ algorithm: AlgorithmID, _ family: PairFamily, _ parameters: DomainParameters, value: [UInt8],
        secret: (number: Secret, size: Int)? = nil, version: UInt8
    ) throws(CSPError) -> [UInt8] {
        let size = parameters.size
        let numbers = [parameters.prime, parameters.base, value]
        guard numbers.allSatisfy({ $0.count <= size }), secret.map({ $0.number.count <= $0.size }) ?? true else {
            throw CSPError(.badKey, "a number of the \(algorithm) key is longer than its prime")
        }
        func word(_ number: Int) -> [UInt8] { littleEndian(UInt32(clamping: number)) }
        func field(_ number: [UInt8]) -> [UInt8] { number.littleEndianNumber(size) }
        let subprime = parameters.subprime ?? []
        var blob: [UInt8] = []
        // The whole at once: growing would leave copies behind that nobody wipes.
        blob.reserveCapacity(Self.size(family, parameters, version: version, secretSize: secret?.size))
        blob += KeyBlob.header(
            secret == nil ? BlobType.publicKey : BlobType.privateKey, algorithm, version: version)
        blob += littleEndian(magic(family, version: version, isPrivate: secret != nil)) + word(size * 8)
        if version == 3 {
            blob += word(subprime.count * 8) + word(0)
            if let secret { blob += word(secret.size * 8) }
            blob += unknownSeed + field(parameters.prime) + subprime.reversed() + field(parameters.base) + field(value)
        } else {
            if family == .dsa || secret != nil {
                blob += field(parameters.prime) + subprime.reversed() + field(parameters.base)
            }
            if secret == nil { blob += field(value) }
        }
        if let secret {
            // Not `+=`, which would reverse into an array that nobody wipes.
            secret.number.withUnsafeBytes { for byte in $0.reversed() as ReversedCollection { blob.append(byte) } }
            blob += repeatElement(0, count: secret.size - secret.number.count)
        }
        if version == 2, family == .dsa { blob += unknownSeed }
        return blob
    }
}

extension [UInt8] {
    /// A big-endian number the other way round, padded with zeros to a width.
    func littleEndianNumber(_ width: Int) -> [UInt8] {
        reversed() + [UInt8](repeating: 0, count: Swift.max(width - count, 0))
    }
}
