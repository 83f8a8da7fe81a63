internal import Glibc

/// A PIN in memory that is wiped when the last reference goes.
///
/// The bytes are never part of a description, an error or a log line.
public final class PIN: @unchecked Sendable {
    // Unchecked: the buffer is written in init and deinit only.
    private let buffer: UnsafeMutableRawBufferPointer

    /// Copies `bytes`; wiping the source is the caller's.
    package init(_ bytes: UnsafeRawBufferPointer) {
        buffer = .allocate(byteCount: bytes.count, alignment: 1)
        buffer.copyMemory(from: bytes)
        // Keeps the PIN out of swap and core files where the limits allow it.
        if bytes.count > 0 {
            _ = mlock(buffer.baseAddress, buffer.count)
        }
    }

    public convenience init(_ bytes: [UInt8]) {
        // The closure initializer of Array cannot be used here: `init` has to delegate.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        copy.copyBytes(from: bytes)
        self.init(UnsafeRawBufferPointer(copy))
        wipe(copy)
        copy.deallocate()
    }

    /// Copies `bytes`; wiping the source is the caller's.
    public convenience init(_ bytes: RawSpan) {
        // A delegating initializer cannot run in the closure that lends the bytes.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.byteCount, alignment: 1)
        bytes.withUnsafeBytes { copy.copyMemory(from: $0) }
        self.init(UnsafeRawBufferPointer(copy))
        wipe(copy)
        copy.deallocate()
    }

    /// The UTF-8 form of `string`, as PKCS#11 wants it.
    public convenience init(_ string: String) {
        self.init(Array(string.utf8))
    }

    deinit {
        wipe(buffer)
        // No munlock: it unlocks whole pages, and a neighbour's PIN may be in one.
        buffer.deallocate()
    }

    /// Length in bytes.
    public var count: Int { buffer.count }

    /// Lends the bytes.
    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        body(UnsafeRawBufferPointer(buffer))
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
