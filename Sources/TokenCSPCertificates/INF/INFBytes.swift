internal import TokenCSP

/// Bytes as INF files write them, and the DER they must be.
enum INFBytes {
    /// `04 08 00 01`: pairs of hexadecimal digits, blanks between them or not; nil for others.
    static func hexadecimal(_ text: String) -> [UInt8]? {
        let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x09 && $0 != UInt8(ascii: ",") }
        guard digits.count % 2 == 0, !digits.isEmpty else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Base64 with its padding, blanks in it or not; nil for others.
    static func base64(_ text: String) -> [UInt8]? {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let characters = text.utf8.filter { $0 != 0x20 && $0 != 0x09 }
        let padding = characters.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard characters.count % 4 == 0, !characters.isEmpty, padding <= 2 else { return nil }
        var bytes: [UInt8] = []
        var (value, bits) = (UInt32(0), 0)
        for character in characters.dropLast(padding) {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            value = (value << 6 | UInt32(digit)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(bits)))
            }
        }
        return bytes
    }

    /// Whether bytes are one element of DER and nothing behind it.
    static func isElement(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 2, bytes[0] & 0x1F != 0x1F else { return false }
        var (length, header) = (Int(bytes[1]), 2)
        if bytes[1] >= 0x80 {
            let count = Int(bytes[1] & 0x7F)
            guard (1...4).contains(count), bytes.count >= 2 + count, bytes[2] != 0 else { return false }
            length = bytes[2..<2 + count].reduce(0) { $0 << 8 | Int($1) }
            guard length >= 0x80 else { return false }
            header = 2 + count
        }
        return bytes.count == header + length
    }

    /// The DER of a value in one of the forms `{hex}…`, `{base64}…`, `{asn}…`, `{octet}…`, `{utf8}…`, or plain base64.
    ///
    /// - Returns: nil for what is none, and for bytes that are no DER.
    static func element(_ text: String) -> [UInt8]? {
        let lower = text.lowercased()
        func rest(_ prefix: String) -> String? {
            lower.hasPrefix(prefix) ? String(text.unicodeScalars.dropFirst(prefix.unicodeScalars.count)) : nil
        }
        if let string = rest("{utf8}") { return wrapped(0x0C, Array(string.utf8)) }
        if let octets = rest("{octet}") { return raw(octets).flatMap { wrapped(0x04, $0) } }
        guard let bytes = raw(rest("{asn}") ?? text), isElement(bytes) else { return nil }
        return bytes
    }

    private static func raw(_ text: String) -> [UInt8]? {
        for prefix in ["{hex}", "{base64}"] where text.lowercased().hasPrefix(prefix) {
            let rest = String(text.dropFirst(prefix.count))
            return prefix == "{hex}" ? hexadecimal(rest) : base64(rest)
        }
        return base64(text)
    }

    /// An element of DER, of up to 64 KiB.
    static func wrapped(_ tag: UInt8, _ content: [UInt8]) -> [UInt8]? {
        guard content.count <= 0xFFFF else { return nil }
        let length: [UInt8] =
            content.count < 0x80
            ? [UInt8(content.count)]
            : content.count <= 0xFF
                ? [0x81, UInt8(content.count)]
                : [0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)]
        return [tag] + length + content
    }
}
