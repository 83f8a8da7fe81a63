internal import CPKCS11

/// Attribute values of one object, read from the token in one call.
///
/// An attribute that the object lacks, or that the token does not tell, is absent.
public struct AttributeValues: Sendable {
    private var storage: [UInt8]
    private var entries: [(type: AttributeType, offset: Int, length: Int)]

    /// - Parameters: how many attributes there will be, and bytes in all.
    init(capacity: Int = 0, bytes: Int = 0) {
        storage = []
        entries = []
        storage.reserveCapacity(bytes)
        entries.reserveCapacity(capacity)
    }

    mutating func append(_ type: AttributeType, _ bytes: UnsafeRawBufferPointer) {
        entries.append((type, storage.count, bytes.count))
        storage.append(contentsOf: bytes)
    }

    mutating func append(contentsOf other: AttributeValues) {
        for entry in other.entries {
            other.storage.withUnsafeBytes {
                append(entry.type, UnsafeRawBufferPointer(rebasing: $0[entry.offset..<entry.offset + entry.length]))
            }
        }
    }

    public func bytes(_ type: AttributeType) -> [UInt8]? {
        guard let entry = entry(type) else { return nil }
        return Array(storage[entry.offset..<entry.offset + entry.length])
    }

    /// Whether the value is this one; nil where there is none.
    public func matches(_ type: AttributeType, _ bytes: [UInt8]) -> Bool? {
        guard let entry = entry(type) else { return nil }
        guard entry.length == bytes.count else { return false }
        return storage.withUnsafeBytes { storage in
            bytes.withUnsafeBytes { storage[entry.offset..<entry.offset + entry.length].elementsEqual($0) }
        }
    }

    /// A CK_BBOOL; nil also where the value is not one byte long.
    public func bool(_ type: AttributeType) -> Bool? {
        guard let entry = entry(type), entry.length == 1 else { return nil }
        return storage[entry.offset] != 0
    }

    /// A CK_ULONG; nil also where the value has another size.
    public func uint(_ type: AttributeType) -> UInt? {
        guard let entry = entry(type), entry.length == MemoryLayout<UInt>.size else { return nil }
        return storage.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: entry.offset, as: UInt.self) }
    }

    /// UTF-8 text; bytes that are not UTF-8 are replaced.
    public func string(_ type: AttributeType) -> String? {
        guard let entry = entry(type) else { return nil }
        return String(decoding: storage[entry.offset..<entry.offset + entry.length], as: UTF8.self)
    }

    public var objectClass: ObjectClass? { uint(.objectClass).map(ObjectClass.init(rawValue:)) }
    public var keyType: KeyType? { uint(.keyType).map(KeyType.init(rawValue:)) }

    private func entry(_ type: AttributeType) -> (type: AttributeType, offset: Int, length: Int)? {
        entries.first { $0.type == type }
    }
}

extension AttributeType {
    /// Bytes set aside for a value of this type, so that one call reads it in nearly every case.
    var expectedSize: Int {
        switch self {
        case .objectClass, .keyType, .certificateType, .modulusBits, .valueLen, .keyGenMechanism:
            return MemoryLayout<UInt>.size
        case .token, .isPrivate, .trusted, .sensitive, .encrypt, .decrypt, .wrap, .unwrap, .sign, .signRecover, .verify,
            .verifyRecover, .derive, .extractable, .local, .neverExtractable, .alwaysSensitive, .modifiable, .copyable,
            .destroyable, .alwaysAuthenticate, .wrapWithTrusted:
            return 1
        case .modulus:
            return 2048  // RSA-16384
        case .prime, .base:
            return 1024  // a Diffie-Hellman group of 8192 bits
        case .id, .publicExponent, .ecParams:
            return 64
        case .label:
            return 512
        default:
            return 256
        }
    }

    /// No limit is in sight of what somebody may have stored.
    var isUnlimited: Bool { self == .label || self == .application || self == .value }
}
