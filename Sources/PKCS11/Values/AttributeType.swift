/// The type of an object's attribute (CKA_…).
public struct AttributeType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt

    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    /// The name of the specification, for instance `CKA_EXTRACTABLE`.
    public var name: String {
        symbol(rawValue, in: Self.names, prefix: "CKA_")
    }
}

extension AttributeType: CustomStringConvertible {
    public var description: String { name }
}
