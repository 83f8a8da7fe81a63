import TokenCSP

/// The beginning of an encrypted file. Numbers are little-endian, as in CryptoAPI's blobs.
///
/// | at | bytes | |
/// | --- | --- | --- |
/// | 0 | 8 | `TCSPENC1` |
/// | 8 | 4 | how the file's key is found: 1 by an exchange key, 2 by a passphrase |
/// | 12 | 4 | n |
/// | 16 | n | 1: SIMPLEBLOB of a CALG_AES_256 key by OAEP (CRYPT_OAEP). 2: rounds of PBKDF2 (4), salt (16) |
/// | 16 + n | 16 | initialization vector |
struct SealedHeader {
    enum Way {
        case exchangeKey(simpleBlob: [UInt8])
        case passphrase(iterations: Int, salt: [UInt8])
    }

    let way: Way
    let vector: [UInt8]

    private static let magic = Array("TCSPENC1".utf8)

    init(_ way: Way, vector: [UInt8]) {
        self.way = way
        self.vector = vector
    }

    var bytes: [UInt8] {
        let (number, part): (UInt32, [UInt8]) =
            switch way {
            case .exchangeKey(let blob): (1, blob)
            case .passphrase(let iterations, let salt): (2, Self.number(UInt32(clamping: iterations)) + salt)
            }
        return Self.magic + Self.number(number) + Self.number(UInt32(clamping: part.count)) + part + vector
    }

    /// Reads it from a file's beginning.
    ///
    /// - Parameter next: so many bytes, fewer at the end.
    init(reading next: (Int) throws -> [UInt8]) throws {
        let start = try next(16)
        guard start.count == 16, start.starts(with: Self.magic) else {
            throw ToolError(.failure, "the data was not encrypted by 'tokencsp encrypt', or its beginning is lost")
        }
        let count = Int(Self.number(start[12...]))
        // The SIMPLEBLOB of the longest RSA key has 2060 bytes.
        guard count <= 4096 else { throw Self.damaged }
        let part = try next(count)
        vector = try next(16)
        guard part.count == count, vector.count == 16 else { throw Self.damaged }
        switch Self.number(start[8...]) {
        case 1: way = .exchangeKey(simpleBlob: part)
        case 2:
            let iterations = count == 20 ? Int(Self.number(part[0...])) : 0
            // More would be a stranger's way to keep us busy.
            guard (1...100_000_000).contains(iterations) else { throw Self.damaged }
            way = .passphrase(iterations: iterations, salt: Array(part[4...]))
        default: throw ToolError(.failure, "the data was encrypted by a newer 'tokencsp encrypt'")
        }
    }

    static let damaged = ToolError(.failure, "the data is damaged or cut off: it is not what was encrypted")

    private static func number(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
