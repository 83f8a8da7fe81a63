/// The few DER encodings a public key needs (ITU-T X.690); a writer only.
enum DER {
    static let null: [UInt8] = [0x05, 0x00]

    /// The object identifier rsaEncryption, 1.2.840.113549.1.1.1 (RFC 8017, appendix A.1), complete with tag.
    static let rsaEncryption: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]

    /// The object identifier id-ecPublicKey, 1.2.840.10045.2.1 (RFC 5480, section 2.1.1), complete with tag.
    static let idECPublicKey: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]

    /// A SEQUENCE of elements already encoded.
    static func sequence(_ elements: [UInt8]...) -> [UInt8] {
        element(tag: 0x30, content: Array(elements.joined()))
    }

    /// A non-negative INTEGER from big-endian bytes; leading zeros are left out.
    static func integer(_ bigEndian: [UInt8]) -> [UInt8] {
        var content = Array(bigEndian.drop { $0 == 0 })
        // INTEGER is signed: without this zero a set top bit would make the number negative.
        if (content.first ?? 0x80) >= 0x80 { content.insert(0, at: 0) }
        return element(tag: 0x02, content: content)
    }

    /// A SEQUENCE of two non-negative INTEGERs from big-endian bytes: a signature by DSA or ECDSA.
    ///
    /// - Parameter output: has room for 12 bytes more than the numbers, which have 240 at most.
    /// - Returns: how many bytes there are.
    static func sequence(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Int {
        let first = withoutZeros(first)
        let second = withoutZeros(second)
        let content = 2 + contentSize(first) + 2 + contentSize(second)
        guard content <= 0xFF, output.count >= content + 3 else { return 0 }
        var count = 0
        func append(_ byte: UInt8) {
            output[count] = byte
            count += 1
        }
        func append(length: Int) {
            if length >= 0x80 { append(0x81) }
            append(UInt8(truncatingIfNeeded: length))
        }
        func append(_ number: UnsafeRawBufferPointer) {
            append(0x02)
            append(length: contentSize(number))
            if contentSize(number) > number.count { append(0) }
            UnsafeMutableRawBufferPointer(rebasing: output[count...]).copyMemory(from: number)
            count += number.count
        }
        append(0x30)
        append(length: content)
        append(first)
        append(second)
        return count
    }

    private static func withoutZeros(_ number: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        while start < number.count, number[start] == 0 { start += 1 }
        return UnsafeRawBufferPointer(rebasing: number[start...])
    }

    /// Of an INTEGER without leading zeros: one more where a set top bit would make it negative.
    private static func contentSize(_ number: UnsafeRawBufferPointer) -> Int {
        number.count + (number.isEmpty || number[0] >= 0x80 ? 1 : 0)
    }

    /// A BIT STRING of whole bytes.
    static func bitString(_ bytes: [UInt8]) -> [UInt8] {
        element(tag: 0x03, content: [0] + bytes)
    }

    /// An OCTET STRING.
    static func octetString(_ bytes: [UInt8]) -> [UInt8] {
        element(tag: 0x04, content: bytes)
    }

    private static func element(tag: UInt8, content: [UInt8]) -> [UInt8] {
        [tag] + length(content.count) + content
    }

    private static func length(_ count: Int) -> [UInt8] {
        if count < 0x80 { return [UInt8(truncatingIfNeeded: count)] }
        let bytes = count.bigEndianBytes
        return [0x80 | UInt8(truncatingIfNeeded: bytes.count)] + bytes
    }
}

extension FixedWidthInteger {
    /// The number's bytes, most significant first, without leading zeros (none for 0).
    var bigEndianBytes: [UInt8] {
        withUnsafeBytes(of: bigEndian) { Array($0.drop { $0 == 0 }) }
    }
}
