/// What GetLastError answers: a code of winerror.h (ERROR_…, NTE_…, SCARD_…).
public struct ErrorCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Microsoft's name, for instance `NTE_BAD_KEYSET`.
    public var name: String {
        for entry in Self.names where entry.value == rawValue {
            return entry.name.description
        }
        return "ERROR_" + hexadecimal(rawValue)
    }
}

extension ErrorCode: CustomStringConvertible {
    /// Name and number, `NTE_BAD_KEYSET (0x80090016)`.
    public var description: String { "\(name) (\(hexadecimal(rawValue)))" }
}

func hexadecimal(_ value: some FixedWidthInteger) -> String {
    "0x" + String(value, radix: 16, uppercase: true)
}

/// Lower-case hexadecimal digits, two a byte.
func hexadecimal(_ bytes: [UInt8]) -> String {
    var text = ""
    for byte in bytes {
        if byte < 16 { text += "0" }
        text += String(byte, radix: 16)
    }
    return text
}
