internal import PKCS11

extension Hash {
    // MARK: - Adding data

    /// Adds data (CryptHashData).
    ///
    /// - Throws: NTE_BAD_HASH_STATE after the value was asked for or set, and for an HMAC without its hash;
    ///   NTE_BAD_ALGID for SSL3_SHAMD5, which takes none; NTE_BAD_KEY where a keyed hash's key was destroyed.
    public func update(_ bytes: [UInt8]) throws(CSPError) {
        try update(bytes.span.bytes)
    }

    /// Adds data without a copy of it; throws as `update` with an array does.
    public func update(_ bytes: RawSpan) throws(CSPError) {
        try bytes.withUnsafeBytes { (buffer) throws(CSPError) in try update(buffer, flags: 0) }
    }

    /// Adds data without a copy of it; throws as `update` with an array does.
    public func update(_ bytes: Span<UInt8>) throws(CSPError) {
        try update(bytes.bytes)
    }

    /// CryptHashData. CRYPT_USERDATA (1) is accepted and changes nothing.
    package func update(_ bytes: UnsafeRawBufferPointer, flags: UInt32) throws(CSPError) {
        guard flags & ~1 == 0 else {
            throw CSPError(.badFlags, "CryptHashData knows CRYPT_USERDATA (1), not \(hexadecimal(flags))")
        }
        try withLive { state throws(CSPError) in try state.add(bytes) }
    }

    /// Adds the value of a session key that is on the host or may leave the token, without salt (CryptHashSessionKey).
    ///
    /// - Parameter littleEndian: false adds the last byte first, as CryptHashSessionKey does by default.
    /// - Throws: NTE_BAD_KEY for a key that the token keeps and for a key pair; else as `update`.
    public func update(key: Key, littleEndian: Bool = false) throws(CSPError) {
        try key.checkAlive()
        let result = try key.withSecret { value in
            Result { () throws(CSPError) in try littleEndian ? update(value, flags: 0) : update(reversing: value) }
        }
        guard let result else {
            throw CSPError(
                .badKey,
                "a \(key.algorithm) key whose value is not on the host and may not leave the token is not hashed"
            )
        }
        try result.get()
    }

    /// CryptHashSessionKey: CRYPT_LITTLE_ENDIAN (1).
    package func update(key: Key, flags: UInt32) throws(CSPError) {
        guard flags & ~1 == 0 else {
            throw CSPError(.badFlags, "CryptHashSessionKey knows CRYPT_LITTLE_ENDIAN (1), not \(hexadecimal(flags))")
        }
        try update(key: key, littleEndian: flags == 1)
    }

    private func update(reversing value: UnsafeRawBufferPointer) throws(CSPError) {
        let result = withUnsafeTemporaryAllocation(byteCount: value.count, alignment: 1) { reversed in
            defer { wipe(reversed) }
            reversed.copyBytes(from: value.reversed())
            return Result { () throws(CSPError) in try update(UnsafeRawBufferPointer(reversed), flags: 0) }
        }
        try result.get()
    }

    // MARK: - The value

    /// The value's length in bytes; 0 for an HMAC without its hash. Does not end the hash.
    public func valueSize() throws(CSPError) -> Int {
        try withLive { state throws(CSPError) in state.valueSize }
    }

    /// The hash value, in natural byte order (HP_HASHVAL). Ends the hash: no data can follow; may be asked for again.
    ///
    /// - Throws: NTE_BAD_HASH_STATE where there is none yet: an HMAC without its hash, SSL3_SHAMD5 before it is set.
    public func value() throws(CSPError) -> [UInt8] {
        try withValue { [UInt8]($0) }
    }

    /// Lends the value; throws as ``value()`` does. What is made of it in `body` is the caller's to wipe.
    @inline(__always) func withValue<R>(_ body: (UnsafeRawBufferPointer) throws(CSPError) -> R) throws(CSPError) -> R {
        // No value has more than 64 bytes. A copy, lent outside the lock: `body` may use this hash. To count a reference
        // would take longer.
        var copy = InlineArray<64, UInt8>(repeating: 0)
        var span = copy.mutableSpan
        return try span.withUnsafeMutableBytes { (bytes) throws(CSPError) in
            defer { wipe(bytes) }
            return try body(UnsafeRawBufferPointer(start: bytes.baseAddress, count: finish(into: bytes)))
        }
    }

    private func finish(into buffer: UnsafeMutableRawBufferPointer) throws(CSPError) -> Int {
        try withLive { state throws(CSPError) in try state.finish(into: buffer) }
    }

    /// Takes a value that was made elsewhere, in place of data; one that is there already is replaced.
    ///
    /// - Throws: NTE_BAD_LEN for a value of another size, NTE_BAD_HASH_STATE for an HMAC without its hash.
    public func setValue(_ value: [UInt8]) throws(CSPError) {
        try lending(value) { value throws(CSPError) in try setValue(value) }
    }

    private func setValue(_ value: UnsafeRawBufferPointer) throws(CSPError) {
        try withLive { state throws(CSPError) in
            let size = state.valueSize
            guard size > 0 else { throw State.withoutHash }
            guard value.count == size else {
                throw CSPError(.badLen, "a \(algorithm) value has \(size) bytes, this has \(value.count)")
            }
            state.set(value)
        }
    }

    /// HP_HASHVAL: as many bytes as the hash has.
    func setValue(from data: UnsafePointer<UInt8>) throws(CSPError) {
        try withLive { state throws(CSPError) in
            guard state.valueSize > 0 else { throw State.withoutHash }
            state.set(UnsafeRawBufferPointer(start: data, count: state.valueSize))
        }
    }

    // MARK: - HMAC

    /// Names the hash of an HMAC, before its data (HP_HMAC_INFO).
    ///
    /// - Parameters:
    ///   - innerString: of any length; empty for RFC 2104's.
    ///   - outerString: of any length; empty for RFC 2104's.
    /// - Throws: NTE_BAD_TYPE (no HMAC), NTE_BAD_ALGID (no hash of this provider), NTE_BAD_HASH_STATE (after data),
    ///   NTE_BAD_KEY (the key was destroyed).
    public func setHMAC(
        _ hash: AlgorithmID, innerString: [UInt8] = [], outerString: [UInt8] = []
    ) throws(CSPError) {
        try withLive { state throws(CSPError) in
            guard case .hmac(let key, _) = state.computation else {
                throw CSPError(.badType, "HP_HMAC_INFO does not apply to \(algorithm)")
            }
            guard !state.hasData, state.value == nil else {
                throw CSPError(.badHashState, "HP_HMAC_INFO comes before data")
            }
            guard context.profile.algorithm(hash) != nil, let kind = HashKind(hash) else {
                throw CSPError(.badAlgID, "provider \"\(context.profile.name)\" has no hash \(hash) for an HMAC")
            }
            try key.checkUsable()
            let made = try key.withSecret {
                HostHMAC(kind, key: $0, innerString: innerString, outerString: outerString)
            }
            guard let made else { throw CSPError(.badKey, hmacNeedsValue(key)) }
            state.computation = .hmac(key, made)
        }
    }
}

// MARK: - The state machine

extension Hash.State {
    static var withoutHash: CSPError { CSPError(.badHashState, "an HMAC has no hash before HP_HMAC_INFO") }

    var valueSize: Int {
        switch computation {
        case .digest(let hash): hash.digestSize
        case .hmac(_, let hmac): hmac?.kind.digestSize ?? 0
        case .mac(_, let mac): mac.blockSize
        case .given: HashKind.md5.digestSize + HashKind.sha1.digestSize
        }
    }

    /// In the memory of the value before, unless somebody else has that.
    mutating func set(_ bytes: UnsafeRawBufferPointer) {
        if isKnownUniquelyReferenced(&value), let value = value.map({ Unmanaged.passUnretained($0) }),
            value._withUnsafeGuaranteedRef({ $0.replace(bytes) })
        {
            return
        }
        value = Secret(bytes)
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) throws(CSPError) {
        if case .given = computation {
            throw CSPError(.badAlgID, "CALG_SSL3_SHAMD5 takes no data: set its 36 bytes with HP_HASHVAL")
        }
        guard value == nil else {
            throw CSPError(.badHashState, "the hash value was asked for or set: no data can follow")
        }
        switch computation {
        case .digest(let hash):
            defer { wipeStack(HostHash.stackDepth) }
            hash.update(bytes)
        case .hmac(let key, let hmac):
            defer { wipeStack(HostHash.stackDepth) }
            try key.checkUsable()
            guard let hmac else { throw Self.withoutHash }
            hmac.update(bytes)
        case .mac(let key, let mac):
            try key.checkUsable()
            try mac.update(bytes, key.cbcEncryptBlocks)
        case .given:
            break
        }
        hasData = hasData || !bytes.isEmpty
    }

    /// - Returns: how many bytes of the buffer, which has room for every value, hold this one.
    mutating func finish(into buffer: UnsafeMutableRawBufferPointer) throws(CSPError) -> Int {
        if value == nil { value = try made() }
        guard let value = value.map({ Unmanaged.passUnretained($0) }) else { return 0 }
        return value._withUnsafeGuaranteedRef { value in
            let count = min(value.count, buffer.count)
            buffer.copyMemory(from: UnsafeRawBufferPointer(start: value.bytes.baseAddress, count: count))
            return count
        }
    }

    private mutating func made() throws(CSPError) -> Secret {
        // The hash function's copies of the last block.
        defer { wipeStack() }
        let made: Secret
        switch computation {
        case .digest(let hash):
            made = Self.secret(hash.digestSize) { hash.finish(into: $0) }
        case .hmac(let key, let hmac):
            try key.checkUsable()
            guard let hmac else { throw Self.withoutHash }
            made = Self.secret(hmac.kind.digestSize) { hmac.finish(into: $0) }
        case .mac(let key, let mac):
            try key.checkUsable()
            var code = try mac.finish(key.cbcEncryptBlocks)
            defer { wipe(&code) }
            made = Secret(code)
        case .given:
            throw CSPError(.badHashState, "a CALG_SSL3_SHAMD5 value is set with HP_HASHVAL before it is used")
        }
        return made
    }

    private static func secret(_ size: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) -> Secret {
        withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { buffer in
            defer { wipe(buffer) }
            fill(buffer)
            return Secret(UnsafeRawBufferPointer(buffer))
        }
    }
}

extension Key {
    /// "A keyed hash algorithm is being used, but the session key is no longer valid" (CryptHashData).
    fileprivate func checkUsable() throws(CSPError) {
        do throws(CSPError) {
            try checkAlive()
        } catch {
            throw CSPError(.badKey, "the key of the \(algorithm) hash is not there any more: \(error.reason)")
        }
    }
}
