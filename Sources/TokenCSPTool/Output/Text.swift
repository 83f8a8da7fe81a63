/// `text` without what would steer a terminal: labels and names come from tokens, which anybody may have written.
func printable(_ text: String, keepingNewlines: Bool = false) -> String {
    // Most names are plain.
    if isPlain(text) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control where keepingNewlines && scalar == "\n":
            result.unicodeScalars.append(scalar)
        case .control, .format, .lineSeparator, .paragraphSeparator:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default:
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// Whether it is printable ASCII, and "…", which tables are full of: each scalar is a column then. What else the three bytes
/// of "…" make up is harmless too.
func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0xE2 || $0 == 0x80 || $0 == 0xA6 }
}

/// A key id or another long value for a table: its two ends. JSON holds the whole.
func shortened(_ text: String) -> String {
    text.count > 32 ? text.prefix(7) + "…" + text.suffix(7) : text
}

/// An error code or flags value as CryptoAPI's headers write it: `0x8009000F`, `0x08000001`.
func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
}

/// A CK_RV as PKCS#11's header writes it: `0xA0`.
func hexadecimal(_ value: UInt) -> String {
    "0x" + String(value, radix: 16, uppercase: true)
}

/// A key id: lower-case hexadecimal, two digits a byte.
func hexadecimal(_ bytes: [UInt8]) -> String {
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ (value &- 10) }
    var text: [UInt8] = []
    text.reserveCapacity(2 * bytes.count)
    for byte in bytes {
        text.append(digit(byte >> 4))
        text.append(digit(byte & 0xF))
    }
    return String(decoding: text, as: UTF8.self)
}
