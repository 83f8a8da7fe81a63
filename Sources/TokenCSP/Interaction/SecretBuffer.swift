internal import Glibc
internal import PKCS11

/// Bytes that may be a secret: never grown, so that no copy stays in freed memory, and wiped at the end.
package final class SecretBuffer {
    private let memory: SecretMemory
    package private(set) var count = 0

    init(capacity: Int) {
        memory = SecretMemory(byteCount: capacity)
    }

    private var buffer: UnsafeMutableRawBufferPointer { memory.bytes }

    package var isEmpty: Bool { count == 0 }

    private var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R { body(bytes) }

    /// A PIN of these bytes.
    package var pin: PIN { PIN(bytes) }

    /// The bytes as text, where they are no secret.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package func holdsSame(as other: SecretBuffer) -> Bool { bytes.elementsEqual(other.bytes) }

    /// False where it is full.
    func append(_ byte: UInt8) -> Bool {
        guard count < buffer.count else { return false }
        buffer[count] = byte
        count += 1
        return true
    }

    /// Lends the free space to `body`, which answers how much of it it has filled, or a negative number.
    func fill(_ body: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        let filled = body(UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
        count += min(max(filled, 0), buffer.count - count)
        return filled
    }

    func firstIndex(of byte: UInt8) -> Int? { bytes.firstIndex(of: byte) }

    /// Forgets the first bytes; the others move to the front.
    func removeFirst(_ number: Int) {
        let removed = min(number, count)
        guard let base = buffer.baseAddress, removed > 0 else { return }
        memmove(base, base + removed, count - removed)
        explicit_bzero(base + (count - removed), removed)
        count -= removed
    }

    /// Forgets all from `index` on.
    func truncate(to index: Int) {
        guard index >= 0, index < count else { return }
        wipe(UnsafeMutableRawBufferPointer(rebasing: buffer[index..<count]))
        count = index
    }
}
