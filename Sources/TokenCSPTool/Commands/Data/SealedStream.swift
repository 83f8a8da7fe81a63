import PKCS11
import TokenCSP

/// Encrypts and decrypts what follows the header, a segment at a time: each is proven before a byte of it is released.
///
/// The plaintext is one message of AES-256 in CBC mode (PKCS#5 padding) from the header's initialization vector on. Its
/// ciphertext is cut into segments of 65536 bytes, the last of 16 to 65536; behind each stand the 32 bytes of
/// HMAC-SHA-256 over the segment's number (8 bytes, little-endian), 1 for the last one or 0 (1 byte), and the segment. The
/// two keys come from the file's one: HMAC-SHA-256 under it of `TokenCSP encryption` or `TokenCSP authentication` and the
/// header.
final class SealedStream {
    private static let segmentSize = 65_536
    private static let tagSize = 32
    private let context: Context
    private let cipher: Key
    private let authenticator: Key
    private var number: UInt64 = 0
    /// Whether no segment was done yet.
    var isAtStart: Bool { number == 0 }

    /// - Parameters:
    ///   - key: the file's, a session key for AES-256 on the host.
    ///   - context: one whose session keys are on the host.
    init(_ key: Key, _ header: SealedHeader, in context: Context) throws {
        self.context = context
        cipher = try Self.derive("encryption", key, header, in: context)
        authenticator = try Self.derive("authentication", key, header, in: context)
        try cipher.setInitializationVector(header.vector)
    }

    private static func derive(
        _ purpose: String, _ key: Key, _ header: SealedHeader, in context: Context
    ) throws -> Key {
        let hash = try context.makeHMAC(.sha256, key: key)
        try hash.update(Array("TokenCSP \(purpose)".utf8) + header.bytes)
        var value = try hash.value()
        defer { wipe(&value) }
        return try context.sessionKey(.aes256, PIN(value))
    }

    func encrypt(_ input: FilledInput, to output: borrowing NewFile, _ progress: inout Progress) throws {
        var plaintext = try input.next(Self.segmentSize)
        while true {
            // A segment is the last one where nothing follows it; a whole one is followed by one of padding.
            let isLast = plaintext.count < Self.segmentSize
            let ciphertext = try cipher.encrypt(plaintext, isLast: isLast)
            try output.write(ciphertext)
            try output.write(tag(ciphertext, isLast: isLast))
            progress.advance(plaintext.count)
            if isLast { return }
            number += 1
            plaintext = try input.next(Self.segmentSize)
        }
    }

    func decrypt(_ input: FilledInput, to output: borrowing NewFile, _ progress: inout Progress) throws {
        let whole = Self.segmentSize + Self.tagSize
        var record = try input.next(whole)
        while true {
            let following = record.count < whole ? [] : try input.next(whole)
            let isLast = following.isEmpty
            guard record.count >= 16 + Self.tagSize, (record.count - Self.tagSize).isMultiple(of: 16) else {
                throw SealedHeader.damaged
            }
            let ciphertext = Array(record.dropLast(Self.tagSize))
            guard isSame(try tag(ciphertext, isLast: isLast), record.suffix(Self.tagSize)) else {
                throw SealedHeader.damaged
            }
            try output.write(cipher.decrypt(ciphertext, isLast: isLast))
            progress.advance(record.count)
            if isLast { return }
            number += 1
            record = following
        }
    }

    private func tag(_ ciphertext: [UInt8], isLast: Bool) throws -> [UInt8] {
        let hash = try context.makeHMAC(.sha256, key: authenticator)
        try hash.update(withUnsafeBytes(of: number.littleEndian) { Array($0) } + [isLast ? 1 : 0])
        try hash.update(ciphertext)
        return try hash.value()
    }

    /// Looks at every byte, whatever they are.
    private func isSame(_ a: [UInt8], _ b: ArraySlice<UInt8>) -> Bool {
        a.count == b.count && zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
