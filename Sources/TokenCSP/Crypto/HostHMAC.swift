/// HMAC (RFC 2104) over a hash of the host: H(K ⊕ outer, H(K ⊕ inner, data)), and with strings of the caller's in place
/// of the two pads as CryptoAPI allows it (HMAC_INFO).
///
/// The key is in the two hashes only, which wipe their state.
struct HostHMAC: Sendable {
    let kind: HashKind
    /// Key, inner string and the data so far.
    private let inner: HostHash
    /// Key and outer string; a copy of it finishes.
    private let outer: HostHash

    // MARK: - Creating it

    /// - Parameters:
    ///   - key: of any length; one that is longer than the pad is hashed first.
    ///   - innerString: of any length; empty for 0x36 repeated. The key, filled up with zeros, is exclusive-ored over its
    ///     beginning; a string shorter than the pad is filled up with zeros, a longer one goes into the hash as a whole.
    ///   - outerString: likewise; empty for 0x5C repeated.
    init(_ kind: HashKind, key: UnsafeRawBufferPointer, innerString: [UInt8] = [], outerString: [UInt8] = []) {
        self.init(kind)
        guard key.count > Self.padSize(kind) else {
            start(key, innerString, outerString)
            return
        }
        withUnsafeTemporaryAllocation(byteCount: kind.digestSize, alignment: 1) { digest in
            defer { wipe(digest) }
            let hash = HostHash(kind)
            hash.update(key)
            hash.finish(into: digest)
            start(UnsafeRawBufferPointer(digest), innerString, outerString)
        }
    }

    private init(_ kind: HashKind) {
        self.kind = kind
        inner = HostHash(kind)
        outer = HostHash(kind)
    }

    private init(copying other: HostHMAC) {
        kind = other.kind
        inner = other.inner.duplicate()
        outer = other.outer.duplicate()
    }

    /// A second one over the data so far, from here on independent of this one.
    func duplicate() -> HostHMAC { HostHMAC(copying: self) }

    // MARK: - Using it

    func update(_ bytes: UnsafeRawBufferPointer) { inner.update(bytes) }

    /// The code of all data added. Nothing can follow.
    ///
    /// - Parameter buffer: as many bytes as the hash has.
    func finish(into buffer: UnsafeMutableRawBufferPointer) {
        inner.finish(into: buffer)
        let whole = outer.duplicate()
        whole.update(UnsafeRawBufferPointer(rebasing: buffer.prefix(kind.digestSize)))
        whole.finish(into: buffer)
    }

    // MARK: - Key and strings

    /// RFC 2104's B: the hash's block. MD2's has 16 bytes, but Microsoft's pads have 64 whatever the hash (HMAC_INFO),
    /// and RFC 4231 gives SHA-384 and SHA-512 their 128.
    private static func padSize(_ kind: HashKind) -> Int { max(64, kind.blockSize) }

    private func start(_ key: UnsafeRawBufferPointer, _ innerString: [UInt8], _ outerString: [UInt8]) {
        absorb(key, innerString, orFill: 0x36, into: inner)
        absorb(key, outerString, orFill: 0x5C, into: outer)
    }

    private func absorb(_ key: UnsafeRawBufferPointer, _ string: [UInt8], orFill fill: UInt8, into hash: HostHash) {
        let size = Self.padSize(kind)
        withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { block in
            defer { wipe(block) }
            for index in block.indices {
                let pad = string.isEmpty ? fill : index < string.count ? string[index] : 0
                block[index] = index < key.count ? key[index] ^ pad : pad
            }
            hash.update(UnsafeRawBufferPointer(block))
        }
        string.dropFirst(size).withUnsafeBytes { hash.update($0) }
    }
}
