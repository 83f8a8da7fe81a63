internal import CNettle

/// The running state of one hash, computed on the host by nettle.
///
/// Hashes are never the token's: SoftHSM cannot save an operation's state, so a hash there could not be duplicated.
/// A class, because a copied struct would leave the state behind in memory that nobody wipes; copy with ``duplicate()``.
/// Not thread-safe, hence unchecked: the owner (``Hash``, behind its lock) serializes calls.
final class HostHash: @unchecked Sendable {
    /// How much of the stack a call takes at most, and leaves data on.
    static let stackDepth = 2048

    let kind: HashKind

    private let implementation: nettle_hash
    private let context: UnsafeMutableRawPointer

    private var contextSize: Int { Int(implementation.context_size) }

    // MARK: - Creating it

    /// Starts a hash over no data.
    init(_ kind: HashKind) {
        self.kind = kind
        implementation = kind.implementation
        // nettle's contexts are structs of 32- and 64-bit words; 16 is malloc's own alignment.
        context = .allocate(byteCount: Int(implementation.context_size), alignment: 16)
        implementation.`init`(context)
    }

    private init(copying other: HostHash) {
        kind = other.kind
        implementation = other.implementation
        context = .allocate(byteCount: other.contextSize, alignment: 16)
        context.copyMemory(from: other.context, byteCount: other.contextSize)
    }

    deinit {
        // The state of an HMAC or of a key derivation is as good as the key.
        explicit_bzero(context, contextSize)
        context.deallocate()
    }

    /// A second hash over the data so far, from here on independent of this one.
    func duplicate() -> HostHash { HostHash(copying: self) }

    // MARK: - Using it

    /// The length of the digest, in bytes.
    var digestSize: Int { kind.digestSize }

    /// The length of the function's block, in bytes.
    var blockSize: Int { kind.blockSize }

    /// Adds data. Allocates nothing; an empty buffer changes nothing.
    func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        implementation.update(context, bytes.count, start.assumingMemoryBound(to: UInt8.self))
    }

    /// The digest of all data added, and the start of a new hash: nettle resets the state.
    func finish() -> [UInt8] {
        let size = digestSize
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            implementation.digest(context, size, buffer.baseAddress)
            count = size
        }
    }

    /// The same in the caller's memory: a digest can be worth as much as a key, and is wiped there.
    ///
    /// - Parameter buffer: at least ``digestSize`` bytes, else nothing happens.
    func finish(into buffer: UnsafeMutableRawBufferPointer) {
        guard buffer.count >= digestSize else { return }
        implementation.digest(context, digestSize, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
}
