/// A PKCS#11 return value (CKR_…). An open set: vendors add their own above 0x80000000.
public struct ReturnValue: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt

    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    /// The name of the specification, `CKR_PIN_INCORRECT`, or `CKR_0x80000001` for a value it does not define.
    public var name: String {
        symbol(rawValue, in: Self.names, prefix: "CKR_")
    }
}

extension ReturnValue: CustomStringConvertible {
    public var description: String { "\(name) (\(hexadecimal(rawValue)))" }
}

/// The name of a PKCS#11 constant, or prefix and number where the specification has none.
func symbol(_ value: UInt, in names: [(value: UInt, name: StaticString)], prefix: String) -> String {
    for entry in names where entry.value == value {
        return entry.name.description
    }
    return prefix + hexadecimal(value)
}

func hexadecimal(_ value: UInt) -> String {
    "0x" + String(value, radix: 16, uppercase: true)
}
