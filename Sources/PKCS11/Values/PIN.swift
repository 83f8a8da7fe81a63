internal import Glibc

/// A PIN in memory that is wiped when the last reference goes, and that no core dump holds.
///
/// The bytes are never part of a description, an error or a log line.
public final class PIN: Sendable {
    private let memory: SecretMemory

    /// Copies `bytes`; wiping the source is the caller's.
    package init(_ bytes: UnsafeRawBufferPointer) {
        memory = SecretMemory(byteCount: bytes.count)
        memory.bytes.copyMemory(from: bytes)
    }

    /// Copies `bytes`; wiping the source is the caller's.
    public init(_ bytes: [UInt8]) {
        memory = SecretMemory(byteCount: bytes.count)
        memory.bytes.copyBytes(from: bytes)
    }

    /// Copies `bytes`; wiping the source is the caller's.
    public init(_ bytes: RawSpan) {
        memory = SecretMemory(byteCount: bytes.byteCount)
        bytes.withUnsafeBytes { memory.bytes.copyMemory(from: $0) }
    }

    /// The UTF-8 form of `string`, as PKCS#11 wants it. A String cannot be wiped: it stays in memory as long as it likes.
    public init(_ string: String) {
        memory = SecretMemory(byteCount: string.utf8.count)
        // Not by way of an array, which would not be wiped either.
        for (place, byte) in zip(memory.bytes.indices, string.utf8) { memory.bytes[place] = byte }
    }

    /// Length in bytes.
    public var count: Int { memory.bytes.count }

    /// The bytes, valid as long as this object.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory.bytes) }

    /// Other bytes in the place of these, for whoever has the only reference; false where they are not as many.
    package func replace(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count == count else { return false }
        memory.bytes.copyMemory(from: bytes)
        return true
    }

    /// Lends the bytes.
    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        withExtendedLifetime(self) { body(UnsafeRawBufferPointer(memory.bytes)) }
    }
}

extension PIN: CustomStringConvertible, CustomReflectable {
    public var description: String { "PIN(\(count) bytes)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Overwrites memory in a way that the compiler does not leave out.
func wipe(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let base = buffer.baseAddress, buffer.count > 0 else { return }
    explicit_bzero(base, buffer.count)
}

/// A digest of a PIN under a key that this process drew at random: tells PINs apart without keeping them.
struct PINDigest: Hashable {
    private let halves: [Int]

    init(_ pin: PIN) {
        halves = pin.withUnsafeBytes { bytes in
            Self.salts.map { salt in
                var hasher = Hasher()
                salt.withUnsafeBytes { hasher.combine(bytes: $0) }
                hasher.combine(bytes: bytes)
                hasher.combine(bytes.count)
                return hasher.finalize()
            }
        }
    }

    private static let salts: [[UInt64]] = (0..<2).map { _ in
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in generator.next() }
    }
}
