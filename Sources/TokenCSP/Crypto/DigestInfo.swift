/// DigestInfo, the DER structure that names the hash inside a PKCS#1 v1.5 signature (RFC 8017, section 9.2).
enum DigestInfo {
    /// The encoded DigestInfo to be signed, or to be compared with a signature.
    ///
    /// - Parameter digest: The hash value in its natural byte order, ``HashKind/digestSize`` bytes: the prefix states
    ///   that length.
    static func encode(_ kind: HashKind, digest: [UInt8]) -> [UInt8] {
        prefix(kind) + digest
    }

    /// Lends the same, which lies on the stack. Of a digest that is none the bytes alone: they have no name.
    @inline(__always) static func withEncoded<R, E: Error>(
        _ kind: HashKind, digest: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        let prefix = prefix(kind)
        // No digest has more than 64 bytes, no prefix more than 19.
        var block = InlineArray<83, UInt8>(repeating: 0)
        let size = prefix.count + digest.count
        guard size <= block.count else { return try body(digest) }
        var span = block.mutableSpan
        return try span.withUnsafeMutableBytes { (bytes) throws(E) in
            bytes.copyBytes(from: prefix)
            UnsafeMutableRawBufferPointer(rebasing: bytes[prefix.count...]).copyMemory(from: digest)
            return try body(UnsafeRawBufferPointer(rebasing: bytes[..<size]))
        }
    }

    /// Everything before the digest, as printed in RFC 8017, section 9.2, note 1. MD4 (1.2.840.113549.2.4) is
    /// not in that list, but was signed the same way.
    static func prefix(_ kind: HashKind) -> [UInt8] {
        switch kind {
        case .md2:
            [
                0x30, 0x20, 0x30, 0x0C, 0x06, 0x08, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x02, 0x05, 0x00, 0x04,
                0x10,
            ]
        case .md4:
            [
                0x30, 0x20, 0x30, 0x0C, 0x06, 0x08, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x04, 0x05, 0x00, 0x04,
                0x10,
            ]
        case .md5:
            [
                0x30, 0x20, 0x30, 0x0C, 0x06, 0x08, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x05, 0x05, 0x00, 0x04,
                0x10,
            ]
        case .sha1:
            [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14]
        case .sha256:
            [
                0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
                0x04, 0x20,
            ]
        case .sha384:
            [
                0x30, 0x41, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00,
                0x04, 0x30,
            ]
        case .sha512:
            [
                0x30, 0x51, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00,
                0x04, 0x40,
            ]
        }
    }
}
