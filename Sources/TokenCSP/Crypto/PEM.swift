internal import CNettle

/// The textual form of RFC 7468.
package enum PEM {
    /// One of a text's blocks: what stands behind BEGIN, the lines of an old header (RFC 1421), and the bytes.
    package struct Block {
        package let label: String
        /// `Proc-Type: 4,ENCRYPTED` and its like stand there.
        package let hasHeaders: Bool
        /// Wiping them is the caller's.
        package var bytes: [UInt8]
    }

    /// A SubjectPublicKeyInfo as text, with a final newline.
    static func publicKey(_ der: [UInt8]) -> String { encode(der, "PUBLIC KEY") }

    /// Bytes that are no secret as text, with a final newline.
    package static func encode(_ der: [UInt8], _ label: String) -> String {
        let length = (der.count + 2) / 3 * 4
        let base64 = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            buffer.withMemoryRebound(to: CChar.self) {
                nettle_base64_encode_raw($0.baseAddress, der.count, der)
            }
            count = length
        }
        var text = "-----BEGIN \(label)-----\n"
        for start in stride(from: 0, to: length, by: 64) {
            text += String(decoding: base64[start..<min(start + 64, length)], as: UTF8.self) + "\n"
        }
        return text + "-----END \(label)-----\n"
    }

    /// The blocks of a text, whatever stands between them. One that is cut off or no base64 is left out.
    package static func blocks(in text: [UInt8]) -> [Block] {
        var blocks: [Block] = []
        var open: (label: [UInt8], lines: [ArraySlice<UInt8>], hasHeaders: Bool)?
        for line in text.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            let line = line.withoutBlanks
            if let label = line.between("-----BEGIN ", "-----") {
                open = (Array(label), [], false)
            } else if let label = line.between("-----END ", "-----") {
                if let block = open, block.label == Array(label), let bytes = decode(block.lines) {
                    let name = String(decoding: block.label, as: UTF8.self)
                    blocks.append(Block(label: name, hasHeaders: block.hasHeaders, bytes: bytes))
                }
                open = nil
            } else if line.contains(UInt8(ascii: ":")) {
                open?.hasHeaders = true
            } else {
                open?.lines.append(line)
            }
        }
        return blocks
    }

    private static func decode(_ lines: [ArraySlice<UInt8>]) -> [UInt8]? {
        var context = base64_decode_ctx()
        nettle_base64_decode_init(&context)
        var bytes = [UInt8](repeating: 0, count: lines.reduce(8) { $0 + $1.count / 4 * 3 + 3 })
        var length = 0
        for line in lines {
            var count = bytes.count - length
            let isGood = line.withUnsafeBytes { line in
                bytes.withUnsafeMutableBytes { buffer in
                    nettle_base64_decode_update(
                        &context, &count, buffer.baseAddress?.advanced(by: length).assumingMemoryBound(to: UInt8.self),
                        line.count, line.baseAddress?.assumingMemoryBound(to: CChar.self))
                }
            }
            guard isGood == 1 else {
                wipe(&bytes)
                return nil
            }
            length += count
        }
        guard nettle_base64_decode_final(&context) == 1 else {
            wipe(&bytes)
            return nil
        }
        defer { wipe(&bytes) }
        return Array(bytes[..<length])
    }
}

extension ArraySlice<UInt8> {
    fileprivate var withoutBlanks: ArraySlice<UInt8> {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var line = drop(while: isBlank)
        while let last = line.last, isBlank(last) { line.removeLast() }
        return line
    }

    fileprivate func between(_ start: StaticString, _ end: StaticString) -> ArraySlice<UInt8>? {
        let start = Array(start.description.utf8)
        let end = Array(end.description.utf8)
        guard count >= start.count + end.count, starts(with: start), suffix(end.count).elementsEqual(end) else {
            return nil
        }
        return dropFirst(start.count).dropLast(end.count)
    }
}
