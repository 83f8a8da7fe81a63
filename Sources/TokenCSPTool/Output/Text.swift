/// `text` without what would steer a terminal: labels and names come from tokens, which anybody may have written.
func printable(_ text: String, keepingNewlines: Bool = false) -> String {
    // Most names are plain.
    if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
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
    bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
}
