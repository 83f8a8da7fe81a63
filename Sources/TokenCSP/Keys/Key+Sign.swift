extension Key {
    /// RSASSA-PKCS1-v1_5 over an encoded message (DigestInfo, or bare data), big-endian.
    func sign(_ encodedMessage: [UInt8]) throws(CSPError) -> [UInt8] {
        let signer = try Signer(self)
        guard case .rsa = signer.scheme else { throw CSPError(.badKey, "a \(algorithm) key is no RSA key") }
        return try filled(signer.size) { buffer throws(CSPError) in
            try lending(encodedMessage) { message throws(CSPError) in
                try signer.sign(encoded: message, into: buffer)
            }
        }
    }

    /// A signature in the form of everybody but CryptoAPI.
    func signature(of message: SignatureMessage) throws(CSPError) -> Signature {
        let scheme = try signatureScheme()
        return Signature(
            try filled(scheme.commonSize) { buffer throws(CSPError) in try sign(message, scheme, common: buffer) })
    }

    /// The same, behind what `signature` holds.
    ///
    /// - Throws: ERROR_MORE_DATA where there is no room for as many bytes as a signature may have.
    func sign(_ message: SignatureMessage, appendingTo signature: inout OutputSpan<UInt8>) throws(CSPError) {
        let scheme = try signatureScheme()
        guard scheme.commonSize <= signature.freeCapacity else {
            throw CSPError(
                .moreData, "room for \(signature.freeCapacity) bytes: a signature may have \(scheme.commonSize)")
        }
        try signature.withUnsafeMutableBufferPointer { (buffer, count) throws(CSPError) in
            let free = UnsafeMutableBufferPointer(rebasing: buffer[count...])
            count += try sign(message, scheme, common: UnsafeMutableRawBufferPointer(free))
        }
    }

    /// - Parameter buffer: has room for the most bytes that a signature has in this form.
    @inline(__always) private func sign(
        _ message: SignatureMessage, _ scheme: SignatureScheme, common buffer: UnsafeMutableRawBufferPointer
    ) throws(CSPError) -> Int {
        guard let half = scheme.half else { return try sign(message, into: buffer) }
        // Two numbers side by side, on their way into a SEQUENCE.
        var numbers = InlineArray<132, UInt8>(repeating: 0)
        guard 2 * half <= numbers.count else { throw CSPError(.badKey, "\(scheme.size) bytes are no signature") }
        var span = numbers.mutableSpan
        return try span.withUnsafeMutableBytes { (bytes) throws(CSPError) in
            let numbers = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(2 * half)])
            let count = try sign(message, into: numbers)
            let middle = min(half, count)
            return DER.sequence(
                UnsafeRawBufferPointer(rebasing: bytes[..<middle]),
                UnsafeRawBufferPointer(rebasing: bytes[middle..<count]), into: buffer)
        }
    }

    /// A signature as the token makes it.
    @inline(__always) private func sign(
        _ message: SignatureMessage, into signature: UnsafeMutableRawBufferPointer
    ) throws(CSPError) -> Int {
        guard
            let attempt = uncounted?._withUnsafeGuaranteedRef({ $0.signAtOnce(message, in: context, into: signature) })
        else { return try Signer(self).sign(message, into: signature) }
        if case .signed(let count) = attempt { return count }
        return try signAnew(message, after: attempt, into: signature)
    }

    private func signAnew(
        _ message: SignatureMessage, after attempt: StoredKey.Attempt, into signature: UnsafeMutableRawBufferPointer
    ) throws(CSPError) -> Int {
        guard let stored else { return 0 }
        return try context.sign(message, stored, after: attempt, into: signature)
    }

    /// - Throws: NTE_BAD_KEY for a key that does not sign, NTE_BAD_KEY_STATE for one that is not made yet.
    @inline(__always) private func signatureScheme() throws(CSPError) -> SignatureScheme {
        try checkMade()
        if let scheme = uncounted?._withUnsafeGuaranteedRef({ $0.signatureScheme }) { return scheme }
        return try Signer(self).checkedScheme()
    }
}

extension Context {
    /// A signature by a container's pair, as the token makes it.
    ///
    /// - Parameter signature: has room for as many bytes as the scheme says.
    /// - Returns: how many there are.
    func sign(
        _ message: SignatureMessage, _ key: StoredKey, into signature: UnsafeMutableRawBufferPointer
    ) throws(CSPError) -> Int {
        try sign(message, key, after: key.signAtOnce(message, in: self, into: signature), into: signature)
    }

    /// The same after an attempt to sign at once.
    func sign(
        _ message: SignatureMessage, _ key: StoredKey, after attempt: StoredKey.Attempt,
        into signature: UnsafeMutableRawBufferPointer
    ) throws(CSPError) -> Int {
        switch attempt {
        case .signed(let count): return count
        case .failed(let error):
            let failure = CSPError(error, key.subject)
            // These a new search for the key, or a new login, may mend.
            guard [.noKey, .notAuthenticated].contains(failure.code) else { throw failure }
        case .notPossible: break
        }
        return try Signer(self, key).sign(message, into: signature)
    }

    /// CryptSignHash with the container's pair; one that another context replaced meanwhile is looked for once more. Asks
    /// for no PIN where there is no buffer.
    ///
    /// - Parameters:
    ///   - signature: nil asks for the size. Receives CryptoAPI's form.
    ///   - message: lends the message; not called for a size.
    /// - Returns: bytes of the signature, or that it needs: more than the buffer has and nothing is written.
    func sign(
        _ spec: KeySpec, into signature: UnsafeMutableRawBufferPointer?,
        _ withMessage: ((SignatureMessage) throws(CSPError) -> Int) throws(CSPError) -> Int
    ) throws(CSPError) -> Int {
        try checkAlive()
        if let known = state.withLock({ $0.signers[spec] }) {
            do throws(CSPError) {
                return try sign(known.signatureScheme, into: signature) { (buffer) throws(CSPError) in
                    try withMessage { message throws(CSPError) in try sign(message, known, into: buffer) }
                }
            } catch {
                guard error.code == .noKey else { throw error }
            }
        }
        let key = try userKey(spec)
        if let stored = key.stored { state.withLock { $0.signers[spec] = stored } }
        let signer = try Signer(key)
        return try sign(signer.scheme, into: signature) { (buffer) throws(CSPError) in
            try withMessage { message throws(CSPError) in try signer.sign(message, into: buffer) }
        }
    }

    private func sign(
        _ scheme: SignatureScheme?, into signature: UnsafeMutableRawBufferPointer?,
        _ make: (UnsafeMutableRawBufferPointer) throws(CSPError) -> Int
    ) throws(CSPError) -> Int {
        let size = scheme?.size ?? 0
        guard let signature, size <= signature.count else { return size }
        let count = try make(UnsafeMutableRawBufferPointer(rebasing: signature.prefix(size)))
        scheme?.turn(UnsafeMutableRawBufferPointer(rebasing: signature.prefix(count)))
        return count
    }
}

/// An array of what `body` says that it wrote to the buffer of so many bytes, which are zeros: a token may tell of more than
/// it wrote.
@inline(__always) private func filled(
    _ capacity: Int, _ body: (UnsafeMutableRawBufferPointer) throws(CSPError) -> Int
) throws(CSPError) -> [UInt8] {
    // A copy: an array that is made of one value looks its type up in the runtime's tables (Swift 6.3).
    var bytes =
        capacity <= zeros.count
        ? [UInt8](UnsafeRawBufferPointer(rebasing: zeros[..<capacity])) : [UInt8](repeating: 0, count: capacity)
    var span = bytes.mutableSpan
    let count = try span.withUnsafeMutableBytes { (buffer) throws(CSPError) in try body(buffer) }
    if count < capacity { bytes.removeLast(capacity - count) }
    return bytes
}

// As many as the longest signature has, of an RSA key of 16,384 bits. Unsafe: nobody writes them.
private nonisolated(unsafe) let zeros: UnsafeRawBufferPointer = {
    let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)
    zeros.initializeMemory(as: UInt8.self, repeating: 0)
    return UnsafeRawBufferPointer(zeros)
}()
