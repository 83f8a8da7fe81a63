/// Reads DER (ITU-T X.690) from memory that is lent to it and copies nothing: what it reads is secret.
///
/// Strict: one encoding for each value, no byte left over where the caller asks for the end. The lengths are a
/// stranger's; each is compared with what is left before it is used.
struct DERReader {
    enum Tag {
        static let boolean: UInt8 = 0x01
        static let integer: UInt8 = 0x02
        static let bitString: UInt8 = 0x03
        static let octetString: UInt8 = 0x04
        static let objectIdentifier: UInt8 = 0x06
        static let sequence: UInt8 = 0x30
    }

    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes[...]
    }

    /// The tag of the next element; nil at the end.
    var tag: UInt8? { rest.first }

    /// The content of the next element, which must have this tag.
    mutating func element(_ tag: UInt8) throws(CSPError) -> UnsafeRawBufferPointer {
        guard rest.popFirst() == tag, let count = readLength(), count <= rest.count else { throw Self.malformed }
        let content = UnsafeRawBufferPointer(rebasing: rest.prefix(count))
        rest = rest.dropFirst(count)
        return content
    }

    /// The next element with its tag and length.
    mutating func encoded(_ tag: UInt8) throws(CSPError) -> UnsafeRawBufferPointer {
        let before = rest
        _ = try element(tag)
        return UnsafeRawBufferPointer(rebasing: before.prefix(before.count - rest.count))
    }

    /// A SEQUENCE, to be read in turn.
    mutating func sequence() throws(CSPError) -> DERReader {
        DERReader(try element(Tag.sequence))
    }

    /// A non-negative INTEGER: its big-endian bytes without leading zeros, none for zero.
    mutating func integer() throws(CSPError) -> UnsafeRawBufferPointer {
        let content = try element(Tag.integer)
        guard let first = content.first, first < 0x80 else { throw Self.malformed }
        guard first == 0 else { return content }
        // A zero in front belongs there only where the number would be negative without it.
        guard content.count == 1 || content[1] >= 0x80 else { throw Self.malformed }
        return UnsafeRawBufferPointer(rebasing: content.dropFirst())
    }

    /// That nothing follows.
    func end() throws(CSPError) {
        guard rest.isEmpty else { throw Self.malformed }
    }

    private mutating func readLength() -> Int? {
        guard let first = rest.popFirst() else { return nil }
        guard first >= 0x80 else { return Int(first) }
        let count = Int(first & 0x7F)
        // None is the indefinite length of BER; more than four no key has.
        guard (1...4).contains(count), rest.count >= count else { return nil }
        let length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
        guard rest.first != 0, length >= 0x80 else { return nil }
        rest = rest.dropFirst(count)
        return length
    }

    static let malformed = CSPError(.badData, "the DER of a private key is malformed")
}
