internal import CNettle

/// One key of a block cipher or of RC4 on the host, by nettle.
///
/// Holds the key schedule, wiped at the end. Block ciphers keep no chaining state here: the caller passes the register
/// along. Not thread-safe for RC4, hence unchecked: the owner (``SessionKey``, behind its lock) serializes calls.
final class HostCipher: @unchecked Sendable {
    enum Kind: Sendable, Hashable {
        case rc2, rc4, des, tripleDES112, tripleDES, aes128, aes192, aes256

        /// In bytes; 0 for a stream cipher.
        var blockSize: Int {
            switch self {
            case .rc4: 0
            case .rc2, .des, .tripleDES112, .tripleDES: 8
            case .aes128, .aes192, .aes256: 16
            }
        }

        fileprivate var contextSize: Int {
            switch self {
            case .rc2: MemoryLayout<arctwo_ctx>.size
            case .rc4: MemoryLayout<arcfour_ctx>.size
            case .des: MemoryLayout<des_ctx>.size
            case .tripleDES112, .tripleDES: MemoryLayout<des3_ctx>.size
            case .aes128: MemoryLayout<aes128_ctx>.size
            case .aes192: MemoryLayout<aes192_ctx>.size
            case .aes256: MemoryLayout<aes256_ctx>.size
            }
        }
    }

    private typealias Function =
        @convention(c) (
            UnsafeRawPointer?, Int, UnsafeMutablePointer<UInt8>?, UnsafePointer<UInt8>?
        ) -> Void

    /// How much of the stack a call takes at most, and leaves data on.
    static let stackDepth = 2048

    let kind: Kind
    private let encryption: UnsafeMutableRawPointer
    private let decryption: UnsafeMutableRawPointer

    // MARK: - Creating it

    /// Nil for a key of a length that the cipher does not have.
    ///
    /// - Parameters:
    ///   - key: 1 to 128 bytes for RC2, 1 to 256 for RC4, else the cipher's own length. Parity bits are not looked at.
    ///   - effectiveBits: of RC2 (RFC 2268), 1 to 1024.
    init?(_ kind: Kind, key: UnsafeRawBufferPointer, effectiveBits: Int) {
        let allowed =
            switch kind {
            case .rc2: 1...128
            case .rc4: 1...256
            case .des: 8...8
            case .tripleDES112, .aes128: 16...16
            case .tripleDES, .aes192: 24...24
            case .aes256: 32...32
            }
        guard allowed.contains(key.count), let bytes = key.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            return nil
        }
        guard kind != .rc2 || (1...1024).contains(effectiveBits) else { return nil }
        self.kind = kind
        encryption = .allocate(byteCount: kind.contextSize, alignment: 16)
        decryption = .allocate(byteCount: kind.contextSize, alignment: 16)
        encryption.initializeMemory(as: UInt8.self, repeating: 0, count: kind.contextSize)
        decryption.initializeMemory(as: UInt8.self, repeating: 0, count: kind.contextSize)
        schedule(bytes, key.count, effectiveBits)
    }

    private func schedule(_ key: UnsafePointer<UInt8>, _ count: Int, _ effectiveBits: Int) {
        switch kind {
        case .rc2:
            nettle_arctwo_set_key_ekb(at(encryption), count, key, UInt32(effectiveBits))
            decryption.copyMemory(from: encryption, byteCount: kind.contextSize)
        case .rc4:
            nettle_arcfour_set_key(at(encryption), count, key)
        case .des:
            // The answer tells weak keys apart; Windows takes them too.
            _ = nettle_des_set_key(at(encryption), key)
            decryption.copyMemory(from: encryption, byteCount: kind.contextSize)
        case .tripleDES112:
            withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { whole in
                whole.copyMemory(from: UnsafeRawBufferPointer(start: key, count: 16))
                UnsafeMutableRawBufferPointer(rebasing: whole[16...]).copyMemory(
                    from: UnsafeRawBufferPointer(start: key, count: 8))
                _ = nettle_des3_set_key(at(encryption), whole.baseAddress?.assumingMemoryBound(to: UInt8.self))
                if let base = whole.baseAddress { explicit_bzero(base, 24) }
            }
            decryption.copyMemory(from: encryption, byteCount: kind.contextSize)
        case .tripleDES:
            _ = nettle_des3_set_key(at(encryption), key)
            decryption.copyMemory(from: encryption, byteCount: kind.contextSize)
        case .aes128:
            nettle_aes128_set_encrypt_key(at(encryption), key)
            nettle_aes128_set_decrypt_key(at(decryption), key)
        case .aes192:
            nettle_aes192_set_encrypt_key(at(encryption), key)
            nettle_aes192_set_decrypt_key(at(decryption), key)
        case .aes256:
            nettle_aes256_set_encrypt_key(at(encryption), key)
            nettle_aes256_set_decrypt_key(at(decryption), key)
        }
    }

    private func at<Context>(_ pointer: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Context> {
        pointer.assumingMemoryBound(to: Context.self)
    }

    private init(copying other: HostCipher) {
        kind = other.kind
        encryption = .allocate(byteCount: kind.contextSize, alignment: 16)
        decryption = .allocate(byteCount: kind.contextSize, alignment: 16)
        encryption.copyMemory(from: other.encryption, byteCount: kind.contextSize)
        decryption.copyMemory(from: other.decryption, byteCount: kind.contextSize)
    }

    /// A second one with the same state: for RC4 the same place in the key stream.
    func duplicate() -> HostCipher { HostCipher(copying: self) }

    deinit {
        for context in [encryption, decryption] {
            explicit_bzero(context, kind.contextSize)
            context.deallocate()
        }
    }

    // MARK: - Using it

    /// CBC over whole blocks in place; `register` is the previous block, and the last one afterwards.
    func cbc(_ data: UnsafeMutableRawBufferPointer, register: inout [UInt8], encrypting: Bool) {
        guard let bytes = data.baseAddress?.assumingMemoryBound(to: UInt8.self), register.count == kind.blockSize,
            !data.isEmpty, data.count % kind.blockSize == 0
        else { return }
        if encrypting {
            // AES has functions of its own for this, which keep the block in a register of the processor's.
            switch kind {
            case .aes128: nettle_cbc_aes128_encrypt(at(encryption), &register, data.count, bytes, bytes)
            case .aes192: nettle_cbc_aes192_encrypt(at(encryption), &register, data.count, bytes, bytes)
            case .aes256: nettle_cbc_aes256_encrypt(at(encryption), &register, data.count, bytes, bytes)
            case .rc2, .rc4, .des, .tripleDES112, .tripleDES:
                nettle_cbc_encrypt(encryption, encrypt, kind.blockSize, &register, data.count, bytes, bytes)
            }
        } else if kind.blockSize == 16 {
            decryptCBC(bytes, data.count, &register)
        } else {
            nettle_cbc_decrypt(decryption, decrypt, kind.blockSize, &register, data.count, bytes, bytes)
        }
    }

    /// Of AES, by pieces that stay in the processor's first cache, and not in place: nettle takes up to a quarter longer for that.
    private func decryptCBC(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ register: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: min(count, 2048), alignment: 64) { piece in
            guard let ciphertext = piece.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            for start in stride(from: 0, to: count, by: piece.count) {
                let size = min(piece.count, count - start)
                ciphertext.update(from: data + start, count: size)
                nettle_cbc_decrypt(decryption, decrypt, 16, &register, size, data + start, ciphertext)
            }
        }
    }

    /// ECB over whole blocks in place.
    func ecb(_ data: UnsafeMutableRawBufferPointer, encrypting: Bool) {
        let bytes = data.baseAddress?.assumingMemoryBound(to: UInt8.self)
        if encrypting {
            encrypt(encryption, data.count, bytes, bytes)
        } else {
            decrypt(decryption, data.count, bytes, bytes)
        }
    }

    /// CFB with a feedback of 8 bits, in place.
    func cfb8(_ data: UnsafeMutableRawBufferPointer, register: inout [UInt8], encrypting: Bool) {
        guard let bytes = data.baseAddress?.assumingMemoryBound(to: UInt8.self), register.count == kind.blockSize else {
            return
        }
        if encrypting {
            nettle_cfb8_encrypt(encryption, encrypt, kind.blockSize, &register, data.count, bytes, bytes)
        } else {
            nettle_cfb8_decrypt(encryption, encrypt, kind.blockSize, &register, data.count, bytes, bytes)
        }
    }

    /// The next bytes of RC4's key stream over the data, in place.
    func stream(_ data: UnsafeMutableRawBufferPointer) {
        guard kind == .rc4 else { return }
        let bytes = data.baseAddress?.assumingMemoryBound(to: UInt8.self)
        nettle_arcfour_crypt(at(encryption), data.count, bytes, bytes)
    }

    // nettle's functions take their context by type; these take any, as the modes want them.

    private var encrypt: Function {
        switch kind {
        case .rc2:
            {
                nettle_arctwo_encrypt(
                    UnsafeMutableRawPointer(mutating: $0)?.assumingMemoryBound(to: arctwo_ctx.self), $1, $2, $3)
            }
        case .rc4: { _, _, _, _ in }
        case .des: { nettle_des_encrypt($0?.assumingMemoryBound(to: des_ctx.self), $1, $2, $3) }
        case .tripleDES112, .tripleDES: { nettle_des3_encrypt($0?.assumingMemoryBound(to: des3_ctx.self), $1, $2, $3) }
        case .aes128: { nettle_aes128_encrypt($0?.assumingMemoryBound(to: aes128_ctx.self), $1, $2, $3) }
        case .aes192: { nettle_aes192_encrypt($0?.assumingMemoryBound(to: aes192_ctx.self), $1, $2, $3) }
        case .aes256: { nettle_aes256_encrypt($0?.assumingMemoryBound(to: aes256_ctx.self), $1, $2, $3) }
        }
    }

    private var decrypt: Function {
        switch kind {
        case .rc2:
            {
                nettle_arctwo_decrypt(
                    UnsafeMutableRawPointer(mutating: $0)?.assumingMemoryBound(to: arctwo_ctx.self), $1, $2, $3)
            }
        case .rc4: { _, _, _, _ in }
        case .des: { nettle_des_decrypt($0?.assumingMemoryBound(to: des_ctx.self), $1, $2, $3) }
        case .tripleDES112, .tripleDES: { nettle_des3_decrypt($0?.assumingMemoryBound(to: des3_ctx.self), $1, $2, $3) }
        case .aes128: nettle_aes128.decrypt
        case .aes192: nettle_aes192.decrypt
        case .aes256: nettle_aes256.decrypt
        }
    }
}
