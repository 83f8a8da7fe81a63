extension SessionKey {
    /// The value of a KP_… parameter; nil where it does not apply.
    func parameter(_ id: UInt32) -> [UInt8]? {
        let parameters = parameters
        switch id {
        case KeyParameter.iv: return parameters.iv
        case KeyParameter.salt: return parameters.salt
        // PKCS5_PADDING
        case KeyParameter.padding: return littleEndian(1)
        case KeyParameter.mode: return littleEndian(algorithm.blockSize == 0 ? 0 : parameters.mode)
        case KeyParameter.modeBits: return littleEndian(algorithm.blockSize == 0 ? 0 : parameters.modeBits)
        case KeyParameter.effectiveKeyLen where algorithm.cipher == .rc2:
            return littleEndian(UInt32(clamping: parameters.effectiveBits))
        default: return nil
        }
    }

    /// Sets a KP_… parameter; the message under way is given up.
    func setParameter(
        _ id: UInt32, _ data: UnsafePointer<UInt8>?, saltRule: ProviderProfile.SaltRule
    ) throws(CSPError) {
        guard let data else { throw CSPError(.invalidParameter, "key parameter \(id): the data pointer is NULL") }
        switch id {
        case KeyParameter.iv:
            let iv = [UInt8](UnsafeBufferPointer(start: data, count: algorithm.blockSize))
            try setParameters { (parameters) throws(CSPError) in parameters.iv = iv }
        case KeyParameter.mode: try setMode(number(data))
        case KeyParameter.modeBits:
            let bits = number(data)
            guard bits == 8 || bits == UInt32(algorithm.blockSize * 8) else {
                throw CSPError(.badData, "KP_MODE_BITS = \(bits): a feedback has 8 bits or a block's")
            }
            try setParameters { (parameters) throws(CSPError) in parameters.modeBits = bits }
        case KeyParameter.padding:
            guard number(data) == 1 else {
                throw CSPError(.badData, "KP_PADDING = \(number(data)): PKCS5_PADDING (1) is there")
            }
        case KeyParameter.salt: try setSalt(data, saltRule)
        case KeyParameter.saltEx: try setSaltBlob(data)
        case KeyParameter.effectiveKeyLen where algorithm.cipher == .rc2: try setEffectiveBits(number(data), saltRule)
        case KeyParameter.keyValue where algorithm.cipher == .des:
            replaceValue(UnsafeRawBufferPointer(start: data, count: bytes))
        default: throw CSPError(.badType, "key parameter \(id) cannot be set on a \(algorithm.id) key")
        }
    }

    private func number(_ data: UnsafePointer<UInt8>) -> UInt32 {
        UnsafeRawPointer(data).loadUnaligned(as: UInt32.self)
    }

    /// OFB and CTS can be set; using them is NTE_BAD_ALGID.
    private func setMode(_ mode: UInt32) throws(CSPError) {
        guard (Mode.cbc...Mode.cts).contains(mode), algorithm.blockSize > 0 else {
            throw CSPError(.badData, "KP_MODE = \(mode) for \(algorithm.id): CBC (1), ECB (2) and CFB (4) are there")
        }
        try setParameters { (parameters) throws(CSPError) in parameters.mode = mode }
    }

    /// As many bytes as fill the key up to 128 bits; under the Enhanced provider none.
    private func setSalt(_ data: UnsafePointer<UInt8>, _ rule: ProviderProfile.SaltRule) throws(CSPError) {
        guard algorithm.hasSalt else { throw CSPError(.badType, "KP_SALT cannot be set on a \(algorithm.id) key") }
        let count = rule == .enhanced ? 0 : max(0, 16 - bytes)
        let salt = [UInt8](UnsafeBufferPointer(start: data, count: count))
        try setParameters { (parameters) throws(CSPError) in parameters.salt = salt }
    }

    /// CRYPT_INTEGER_BLOB.
    private func setSaltBlob(_ data: UnsafePointer<UInt8>) throws(CSPError) {
        guard algorithm.hasSalt else { throw CSPError(.badType, "KP_SALT_EX cannot be set on a \(algorithm.id) key") }
        let salt = try DataBlob.bytes(data, most: 24)
        try setParameters { (parameters) throws(CSPError) in parameters.salt = salt }
    }

    /// 1 to 1024 bits. The Base provider refuses more than 56, and has 40 afterwards.
    private func setEffectiveBits(_ bits: UInt32, _ rule: ProviderProfile.SaltRule) throws(CSPError) {
        guard (1...1024).contains(bits) else {
            throw CSPError(.badData, "KP_EFFECTIVE_KEYLEN = \(bits): 1 to 1024 bits are allowed")
        }
        let isRefused = rule == .base && bits > 56
        try setParameters { (parameters) throws(CSPError) in parameters.effectiveBits = isRefused ? 40 : Int(bits) }
        if isRefused { throw CSPError(.badData, "KP_EFFECTIVE_KEYLEN = \(bits): the Base provider allows 56 bits") }
    }
}
