internal import PKCS11

extension SessionKey {
    /// What CryptEncrypt writes for `count` bytes.
    func encryptedSize(_ count: Int, final: Bool) -> Int {
        guard final, algorithm.blockSize > 0 else { return count }
        // PKCS#5: 1 to a whole block, in every mode, CFB too.
        return count + algorithm.blockSize - count % algorithm.blockSize
    }

    /// - Throws: NTE_BAD_KEY for a key that is too long for its cipher.
    func checkMayEncrypt() throws(CSPError) {
        guard !isOverlong else {
            throw CSPError(.badKey, "an RC2 key of \(bytes * 8) bits is for an HMAC, not to encrypt with")
        }
    }

    /// Whether `encrypt` would refuse so many bytes; nothing is changed.
    ///
    /// - Throws: NTE_BAD_DATA (part of a block in the middle of a message), NTE_BAD_ALGID (mode).
    func checkEncryption(_ count: Int, final: Bool) throws(CSPError) {
        try state.withLock { state throws(CSPError) in
            try checkWhole(encryptedSize(count, final: final), state.parameters, final)
        }
    }

    /// Encrypts in place.
    ///
    /// - Parameters:
    ///   - buffer: data, with room for the padding behind it.
    ///   - count: bytes of data.
    ///   - final: ends the message: pads, and goes back to the initialization vector.
    /// - Returns: bytes of ciphertext.
    /// - Throws: ERROR_MORE_DATA, and what `checkEncryption` throws.
    func encrypt(_ buffer: UnsafeMutableRawBufferPointer, count: Int, final: Bool) throws(CSPError) -> Int {
        let size = encryptedSize(count, final: final)
        guard size <= buffer.count else {
            throw CSPError(.moreData, "a buffer of \(buffer.count) bytes: the ciphertext has \(size)")
        }
        return try state.withLock { state throws(CSPError) in
            try checkWhole(size, state.parameters, final)
            let data = UnsafeMutableRawBufferPointer(rebasing: buffer[..<size])
            for index in count..<size { data[index] = UInt8(truncatingIfNeeded: size - count) }
            defer { if final { restart(&state) } }
            try transform(data, &state, encrypting: true)
            return size
        }
    }

    /// Decrypts in place; the end of a message without its padding.
    ///
    /// - Throws: NTE_BAD_DATA for part of a block and for bad padding; the message is over then all the same.
    func decrypt(_ data: UnsafeMutableRawBufferPointer, final: Bool) throws(CSPError) -> Int {
        try state.withLock { state throws(CSPError) in
            defer { if final { restart(&state) } }
            try checkWhole(data.count, state.parameters, final)
            try transform(data, &state, encrypting: false)
            guard final, algorithm.blockSize > 0 else { return data.count }
            return try data.count - padding(data)
        }
    }

    /// CBC over whole blocks with a register of the caller's, independent of the key's own message: CALG_MAC, and keys
    /// wrapped under this one.
    func cbc(
        _ data: UnsafeMutableRawBufferPointer, register: inout [UInt8], encrypting: Bool
    ) throws(CSPError) {
        defer { wipeStack() }
        try state.withLock { state throws(CSPError) in
            switch place {
            case .host: try cipher(&state).cbc(data, register: &register, encrypting: encrypting)
            case .token(let token, let key):
                try onToken(data, token, key, mode: Mode.cbc, register: &register, encrypting: encrypting)
            }
        }
    }

    /// Goes back to the initialization vector.
    func restart() {
        state.withLock { restart(&$0) }
    }

    // MARK: - Parts

    private func checkWhole(_ count: Int, _ parameters: borrowing Parameters, _ final: Bool) throws(CSPError) {
        let block = algorithm.blockSize
        guard block > 0 else { return }
        let mode = parameters.mode
        guard mode == Mode.cbc || mode == Mode.ecb || mode == Mode.cfb else {
            throw CSPError(.badAlgID, "cipher mode \(mode): CBC (1), ECB (2) and CFB (4) are there")
        }
        // Another feedback can be set, as a mode can that is not there.
        guard mode != Mode.cfb || parameters.modeBits == 8 else {
            throw CSPError(.badAlgID, "CFB with a feedback of \(parameters.modeBits) bits: 8 are there")
        }
        guard count % block == 0 || !final && mode == Mode.cfb else {
            throw CSPError(.badData, "\(count) bytes are no whole number of blocks of \(block)")
        }
    }

    private func restart(_ state: inout State) {
        // Byte by byte: an array that two share is copied when one of them is written to.
        for index in state.register.indices where index < state.parameters.iv.count {
            state.register[index] = state.parameters.iv[index]
        }
        // A stream cipher starts its key stream anew.
        if algorithm.blockSize == 0 { state.cipher = nil }
    }

    private func transform(
        _ data: UnsafeMutableRawBufferPointer, _ state: inout State, encrypting: Bool
    ) throws(CSPError) {
        guard data.count > 0 else { return }
        let mode = state.parameters.mode
        if case .token(let token, let key) = place {
            defer { wipeStack() }
            return try onToken(data, token, key, mode: mode, register: &state.register, encrypting: encrypting)
        }
        let cipher = try cipher(&state)
        defer { wipeStack(HostCipher.stackDepth) }
        if algorithm.blockSize == 0 {
            cipher.stream(data)
        } else if mode == Mode.cbc {
            cipher.cbc(data, register: &state.register, encrypting: encrypting)
        } else if mode == Mode.ecb {
            cipher.ecb(data, encrypting: encrypting)
        } else {
            cipher.cfb8(data, register: &state.register, encrypting: encrypting)
        }
    }

    private func cipher(_ state: inout State) throws(CSPError) -> HostCipher {
        if let cipher = state.cipher { return cipher }
        defer { wipeStack() }
        let salt = state.parameters.salt
        let effectiveBits = state.parameters.effectiveBits
        let made = value(state)?.withUnsafeBytes { value -> HostCipher? in
            let used = UnsafeRawBufferPointer(rebasing: value.prefix(cipherBytes))
            guard !salt.isEmpty else { return HostCipher(algorithm.cipher, key: used, effectiveBits: effectiveBits) }
            return withUnsafeTemporaryAllocation(byteCount: used.count + salt.count, alignment: 1) { whole in
                whole.copyMemory(from: used)
                UnsafeMutableRawBufferPointer(rebasing: whole[used.count...]).copyBytes(from: salt)
                defer { wipe(whole) }
                return HostCipher(algorithm.cipher, key: UnsafeRawBufferPointer(whole), effectiveBits: effectiveBits)
            }
        }
        guard let cipher = made ?? nil else {
            throw CSPError(.badKey, "a \(algorithm.id) key of \(bytes * 8) bits cannot be used as a cipher's")
        }
        state.cipher = cipher
        return cipher
    }

    /// Bytes of padding at the end of a decrypted message, all of them looked at whatever the first says.
    private func padding(_ data: UnsafeMutableRawBufferPointer) throws(CSPError) -> Int {
        let block = algorithm.blockSize
        guard data.count >= block, let last = data.last else { throw badPadding }
        var isBad: UInt8 = last == 0 || Int(last) > block ? 1 : 0
        for offset in 1...block {
            let isPart = offset <= Int(last)
            isBad |= isPart && data[data.count - offset] != last ? 1 : 0
        }
        guard isBad == 0 else { throw badPadding }
        return Int(last)
    }

    private var badPadding: CSPError { CSPError(.badData, "the data is not valid") }
}

// MARK: - On the token

extension SessionKey {
    /// Longest piece that goes to the token in one call; a whole number of blocks.
    private static let piece = 1 << 20

    private func onToken(
        _ data: UnsafeMutableRawBufferPointer, _ token: Token, _ key: SessionObject, mode: UInt32,
        register: inout [UInt8], encrypting: Bool
    ) throws(CSPError) {
        guard let mechanisms = algorithm.onToken else { return }
        if mode == Mode.cfb {
            return try cfb8(data, token, key, mechanisms.ecb, register: &register, encrypting: encrypting)
        }
        var offset = 0
        while offset < data.count {
            let end = min(offset + Self.piece, data.count)
            let part = UnsafeMutableRawBufferPointer(rebasing: data[offset..<end])
            // The next register where this is ciphertext.
            let lastBlock = encrypting ? [] : [UInt8](part.suffix(algorithm.blockSize))
            let mechanism =
                mode == Mode.cbc ? Mechanism(mechanisms.cbc, parameter: register) : Mechanism(mechanisms.ecb)
            var input = [UInt8](part)
            defer { wipe(&input) }
            var result = try call(token, key, mechanism, input, encrypting: encrypting)
            defer { wipe(&result) }
            guard result.count == part.count else {
                throw CSPError(.fail, "the token answered \(result.count) bytes for \(part.count)")
            }
            part.copyBytes(from: result)
            register = encrypting ? Array(result.suffix(algorithm.blockSize)) : lastBlock
            offset = end
        }
    }

    /// CFB-8 by single blocks: tokens have no such mechanism.
    private func cfb8(
        _ data: UnsafeMutableRawBufferPointer, _ token: Token, _ key: SessionObject, _ ecb: MechanismType,
        register: inout [UInt8], encrypting: Bool
    ) throws(CSPError) {
        for index in data.indices {
            let block = try call(token, key, Mechanism(ecb), register, encrypting: true)
            let before = data[index]
            data[index] = before ^ (block.first ?? 0)
            register.removeFirst()
            register.append(encrypting ? data[index] : before)
        }
    }

    private func call(
        _ token: Token, _ key: SessionObject, _ mechanism: Mechanism, _ data: [UInt8], encrypting: Bool
    ) throws(CSPError) -> [UInt8] {
        try TokenCSP.onToken("\(algorithm.id) key") { () throws(PKCS11Error) in
            try token.withSession { session throws(PKCS11Error) in
                if encrypting {
                    try session.encrypt(data, with: key.handle, mechanism, maximumSize: data.count)
                } else {
                    try session.decrypt(data, with: key.handle, mechanism, maximumSize: data.count)
                }
            }
        }
    }
}
