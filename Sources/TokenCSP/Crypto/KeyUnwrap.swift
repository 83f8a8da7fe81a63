internal import CNettle

/// How a token wraps a private key under an AES key (C_WrapKey).
enum KeyWrapMethod: Sendable, Hashable {
    /// CKM_AES_KEY_WRAP: only whole blocks of 8 bytes.
    case rfc3394
    /// CKM_AES_KEY_WRAP_KWP, and SoftHSM's CKM_AES_KEY_WRAP_PAD (0x210A).
    case rfc5649
    /// NSS's 0x210A: the padding of PKCS#7 to blocks of 8 bytes, then RFC 3394.
    case pkcs7ThenRFC3394
    /// CKM_AES_CBC_PAD with this initialization vector, 16 bytes.
    case aesCBCPad(iv: [UInt8])
}

/// Unwraps on the host what a token wrapped under a key that the host knows: the way of a private key into a
/// PRIVATEKEYBLOB.
enum KeyUnwrap {
    /// - Parameters:
    ///   - wrapped: Of any length; it is the token's word that this is a wrapped key.
    ///   - key: 16, 24 or 32 bytes.
    /// - Returns: The key wrapped, which the caller wipes.
    /// - Throws: NTE_BAD_DATA where the bytes are not a key wrapped this way under this key.
    static func unwrap(
        _ wrapped: [UInt8], key: UnsafeRawBufferPointer, method: KeyWrapMethod
    ) throws(CSPError) -> [UInt8] {
        let unwrapped: [UInt8]? =
            switch method {
            case .rfc3394: rfc3394(wrapped, key, iv: defaultIV)
            case .rfc5649: rfc5649(wrapped, key)
            case .pkcs7ThenRFC3394:
                if var padded = rfc3394(wrapped, key, iv: defaultIV) { unpadded(&padded, blockSize: 8) } else { nil }
            case .aesCBCPad(let iv):
                if var padded = cbc(wrapped, key, iv: iv) { unpadded(&padded, blockSize: 16) } else { nil }
            }
        guard let unwrapped else { throw CSPError(.badData, "the token's wrapped key cannot be unwrapped") }
        return unwrapped
    }

    /// RFC 3394, section 2.2.3.1.
    private static let defaultIV = [UInt8](repeating: 0xA6, count: 8)

    /// The initial value comes out of the unwrapping again and must be the one given.
    private static func rfc3394(_ wrapped: [UInt8], _ key: UnsafeRawBufferPointer, iv: [UInt8]) -> [UInt8]? {
        guard wrapped.count >= 24, wrapped.count.isMultiple(of: 8),
            let keyBytes = key.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return nil }
        let count = wrapped.count - 8
        var cleartext = [UInt8](repeating: 0, count: count)
        let fits: CInt
        switch key.count {
        case 16:
            var context = aes128_ctx()
            nettle_aes128_set_decrypt_key(&context, keyBytes)
            fits = nettle_aes128_keyunwrap(&context, iv, count, &cleartext, wrapped)
            withUnsafeMutableBytes(of: &context) { wipe($0) }
        case 24:
            var context = aes192_ctx()
            nettle_aes192_set_decrypt_key(&context, keyBytes)
            fits = nettle_aes192_keyunwrap(&context, iv, count, &cleartext, wrapped)
            withUnsafeMutableBytes(of: &context) { wipe($0) }
        case 32:
            var context = aes256_ctx()
            nettle_aes256_set_decrypt_key(&context, keyBytes)
            fits = nettle_aes256_keyunwrap(&context, iv, count, &cleartext, wrapped)
            withUnsafeMutableBytes(of: &context) { wipe($0) }
        default: return nil
        }
        if fits != 1 { wipe(&cleartext) }
        return fits == 1 ? cleartext : nil
    }

    /// RFC 5649: the initial value holds the length, and for a given length of ciphertext there are eight.
    private static func rfc5649(_ wrapped: [UInt8], _ key: UnsafeRawBufferPointer) -> [UInt8]? {
        guard wrapped.count > 16 else { return rfc5649SingleBlock(wrapped, key) }
        guard let paddedLength = UInt32(exactly: wrapped.count - 8) else { return nil }
        for length in paddedLength - 7...paddedLength {
            guard var padded = rfc3394(wrapped, key, iv: alternativeIV(length)) else { continue }
            return withoutZeros(&padded, length)
        }
        return nil
    }

    /// Section 4.2: up to 8 bytes of key and the initial value are one block, encrypted once.
    private static func rfc5649SingleBlock(_ wrapped: [UInt8], _ key: UnsafeRawBufferPointer) -> [UInt8]? {
        guard wrapped.count == 16, let cipher = cipher(key) else { return nil }
        var block = wrapped
        defer { wipe(&block) }
        block.withUnsafeMutableBytes { cipher.ecb($0, encrypting: false) }
        for length in 1...8 as ClosedRange<UInt32> where block.starts(with: alternativeIV(length)) {
            var padded = Array(block.dropFirst(8))
            return withoutZeros(&padded, length)
        }
        return nil
    }

    /// Section 3.
    private static func alternativeIV(_ length: UInt32) -> [UInt8] {
        withUnsafeBytes(of: (UInt64(0xA659_59A6) << 32 | UInt64(length)).bigEndian) { Array($0) }
    }

    /// The key, where only zeros follow it; wipes what it stood in.
    private static func withoutZeros(_ padded: inout [UInt8], _ length: UInt32) -> [UInt8]? {
        defer { wipe(&padded) }
        guard padded.dropFirst(Int(length)).allSatisfy({ $0 == 0 }) else { return nil }
        return Array(padded.prefix(Int(length)))
    }

    private static func cbc(_ wrapped: [UInt8], _ key: UnsafeRawBufferPointer, iv: [UInt8]) -> [UInt8]? {
        guard let cipher = cipher(key), iv.count == 16, !wrapped.isEmpty, wrapped.count.isMultiple(of: 16) else {
            return nil
        }
        var cleartext = wrapped
        var register = iv
        cleartext.withUnsafeMutableBytes { cipher.cbc($0, register: &register, encrypting: false) }
        return cleartext
    }

    private static func cipher(_ key: UnsafeRawBufferPointer) -> HostCipher? {
        switch key.count {
        case 16: HostCipher(.aes128, key: key, effectiveBits: 0)
        case 24: HostCipher(.aes192, key: key, effectiveBits: 0)
        case 32: HostCipher(.aes256, key: key, effectiveBits: 0)
        default: nil
        }
    }

    /// Without the padding of PKCS#7 (RFC 5652, section 6.3), nil for another; wipes what it stood in.
    private static func unpadded(_ padded: inout [UInt8], blockSize: Int) -> [UInt8]? {
        defer { wipe(&padded) }
        guard let last = padded.last, (1...blockSize).contains(Int(last)), padded.count >= Int(last),
            padded.suffix(Int(last)).allSatisfy({ $0 == last })
        else { return nil }
        return Array(padded.dropLast(Int(last)))
    }
}
