internal import CPKCS11

/// One attribute of a template: a type and its value as PKCS#11 stores it.
public struct Attribute: Sendable, Hashable {
    public let type: AttributeType
    /// Empty for a secret.
    public let bytes: [UInt8]
    private let secret: PIN?

    public init(_ type: AttributeType, bytes: [UInt8]) {
        self.type = type
        self.bytes = bytes
        secret = nil
    }

    /// The value of a key, or a part of it, in memory that is wiped.
    public init(_ type: AttributeType, secret: PIN) {
        self.type = type
        bytes = []
        self.secret = secret
    }

    /// A CK_BBOOL.
    public init(_ type: AttributeType, _ value: Bool) {
        self.init(type, bytes: [value ? 1 : 0])
    }

    /// A CK_ULONG.
    public init(_ type: AttributeType, _ value: UInt) {
        self.init(type, bytes: withUnsafeBytes(of: value) { Array($0) })
    }

    /// UTF-8 text without a NUL.
    public init(_ type: AttributeType, _ value: String) {
        self.init(type, bytes: Array(value.utf8))
    }

    public init(_ value: ObjectClass) {
        self.init(.objectClass, value.rawValue)
    }

    public init(_ value: KeyType) {
        self.init(.keyType, value.rawValue)
    }
}

extension Attribute {
    /// Two secrets are equal when they are the same one.
    public static func == (a: Attribute, b: Attribute) -> Bool {
        a.type == b.type && a.bytes == b.bytes && a.secret === b.secret
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(bytes)
    }

    fileprivate var size: Int { secret?.count ?? bytes.count }

    fileprivate func lend(_ body: (UnsafeRawBufferPointer) -> Void) {
        if let secret { secret.withUnsafeBytes(body) } else { bytes.withUnsafeBytes(body) }
    }
}

/// A list of attributes that an object is made with or searched by.
public typealias Template = [Attribute]

extension [Attribute] {
    /// The attribute of this type, where the template has one.
    public subscript(type: AttributeType) -> Attribute? {
        first { $0.type == type }
    }

    /// Lends the template as an array of CK_ATTRIBUTE whose values live as long as the call.
    func withUnsafeAttributes<R>(_ body: (UnsafeMutablePointer<CK_ATTRIBUTE>?, UInt) -> R) -> R {
        // Values stand 8-byte aligned: modules read a CK_ULONG through the pointer.
        let total = reduce(0) { $0 + aligned($1.size) }
        return withUnsafeTemporaryAllocation(byteCount: Swift.max(total, 8), alignment: 8) { values in
            withUnsafeTemporaryAllocation(of: CK_ATTRIBUTE.self, capacity: Swift.max(count, 1)) { attributes in
                var offset = 0
                for (index, attribute) in enumerated() {
                    let slice = UnsafeMutableRawBufferPointer(rebasing: values[offset..<offset + attribute.size])
                    attribute.lend { slice.copyBytes(from: $0) }
                    attributes[index] = CK_ATTRIBUTE(
                        type: attribute.type.rawValue,
                        pValue: slice.baseAddress,
                        ulValueLen: UInt(slice.count)
                    )
                    offset += aligned(attribute.size)
                }
                defer { wipe(values) }
                return body(attributes.baseAddress, UInt(count))
            }
        }
    }
}

func aligned(_ size: Int) -> Int { (size + 7) & ~7 }
