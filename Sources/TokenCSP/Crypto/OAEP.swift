internal import CNettle
internal import PKCS11

/// EME-OAEP (RFC 8017, section 7.1) with MGF1 over the same hash function: the padding of CRYPT_OAEP.
struct OAEP {
    let hash: HashKind
    /// The digest of the label.
    private let labelDigest: [UInt8]

    init(hash: HashKind, label: [UInt8]) {
        self.hash = hash
        let running = HostHash(hash)
        label.withUnsafeBytes { running.update($0) }
        labelDigest = running.finish()
    }

    /// The longest message that a modulus of this many bytes has room for; negative where there is none at all.
    static func limit(hash: HashKind, modulusSize: Int) -> Int {
        modulusSize - 2 * hash.digestSize - 2
    }

    // MARK: - Using it

    /// Writes the padded message over the block, which is as long as the modulus.
    ///
    /// - Throws: NTE_BAD_LEN where the message is too long, NTE_FAIL without random numbers.
    func encode(_ message: UnsafeRawBufferPointer, into block: UnsafeMutableRawBufferPointer) throws(CSPError) {
        let limit = Self.limit(hash: hash, modulusSize: block.count)
        guard message.count <= limit else { throw .tooLongToEncrypt(message.count, limit: limit) }
        let (seed, data) = parts(of: block)
        block.initializeMemory(as: UInt8.self, repeating: 0)
        data.copyBytes(from: labelDigest)
        let start = data.count - message.count
        data[start - 1] = 1
        UnsafeMutableRawBufferPointer(rebasing: data[start...]).copyMemory(from: message)
        try HostRandom.fill(seed)
        mask(data, with: seed)
        mask(seed, with: data)
    }

    /// The message in a padded block, which is overwritten; nil where it is not one.
    ///
    /// Looks at every byte of the block in the same way whatever they are, for an attacker who can tell one fault
    /// from another can decrypt (Manger's attack).
    func decode(_ block: UnsafeMutableRawBufferPointer) -> [UInt8]? {
        guard Self.limit(hash: hash, modulusSize: block.count) >= 0 else { return nil }
        let (seed, data) = parts(of: block)
        mask(seed, with: data)
        mask(data, with: seed)

        // Not zero once anything was wrong.
        var wrong = block[0]
        for (index, byte) in labelDigest.enumerated() { wrong |= data[index] ^ byte }
        // 0xFF until the byte 1 has come that ends the zeros.
        var searching: UInt8 = 0xFF
        var start = 0
        for index in labelDigest.count..<data.count {
            let isOne = Self.isZero(data[index] ^ 1)
            let isZero = Self.isZero(data[index])
            wrong |= searching & ~(isOne | isZero)
            start |= (index + 1) & Int(truncatingIfNeeded: Int8(bitPattern: searching & isOne))
            searching &= ~isOne
        }
        wrong |= searching
        guard wrong == 0, start <= data.count else { return nil }
        return Array(data[start...])
    }

    // MARK: - Its parts

    /// Seed and data block, behind a first byte that is zero.
    private func parts(
        of block: UnsafeMutableRawBufferPointer
    ) -> (seed: UnsafeMutableRawBufferPointer, data: UnsafeMutableRawBufferPointer) {
        let end = 1 + hash.digestSize
        return (
            UnsafeMutableRawBufferPointer(rebasing: block[1..<end]),
            UnsafeMutableRawBufferPointer(rebasing: block[end...])
        )
    }

    /// 0xFF for zero, else 0; without a branch.
    private static func isZero(_ byte: UInt8) -> UInt8 {
        UInt8(truncatingIfNeeded: (Int16(byte) - 1) >> 8)
    }

    /// XORs MGF1 of the seed (RFC 8017, appendix B.2.1) over the target.
    private func mask(_ target: UnsafeMutableRawBufferPointer, with seed: UnsafeMutableRawBufferPointer) {
        let implementation = hash.implementation
        let contextSize = Int(implementation.context_size)
        withUnsafeTemporaryAllocation(byteCount: contextSize + target.count, alignment: 16) { scratch in
            guard let context = scratch.baseAddress else { return }
            let bytes = (context + contextSize).assumingMemoryBound(to: UInt8.self)
            implementation.`init`(context)
            implementation.update(context, seed.count, seed.baseAddress?.assumingMemoryBound(to: UInt8.self))
            withUnsafePointer(to: implementation) { nettle_pss_mgf1(context, $0, target.count, bytes) }
            for index in target.indices { target[index] ^= bytes[index] }
            wipe(scratch)
        }
    }
}
