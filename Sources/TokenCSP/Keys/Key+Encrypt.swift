internal import PKCS11

// CryptEncrypt and CryptDecrypt with types.

extension Key {
    // MARK: - Session keys

    /// How many bytes a session key makes of a message, or of a part of it: of a block cipher's message 1 to a whole block
    /// more (PKCS#5 padding), else as many.
    ///
    /// - Throws: NTE_BAD_KEY for a key pair.
    public func encryptedSize(_ count: Int, isLast: Bool = true) throws(CSPError) -> Int {
        try cipherKey().encryptedSize(max(0, count), final: isLast)
    }

    /// Encrypts a message, or a part of one (CryptEncrypt), with a session key.
    ///
    /// The key remembers its place in the message, so that a long one goes through in parts; after the last part the next
    /// message begins, from the same initialization vector.
    ///
    /// - Parameters:
    ///   - plaintext: any bytes; of a part that is not the last a whole number of a block cipher's blocks (``blockBits``).
    ///   - isLast: ends the message: a block cipher pads it (PKCS#5).
    ///   - ciphertext: receives ``encryptedSize(_:isLast:)`` bytes behind what it holds.
    /// - Throws: ERROR_MORE_DATA (no room: nothing has happened), NTE_BAD_DATA (part of a block), NTE_BAD_ALGID (mode),
    ///   NTE_BAD_KEY for a key pair, which takes a padding, and what the token throws.
    public func encrypt(
        _ plaintext: Span<UInt8>, isLast: Bool = true, into ciphertext: inout OutputSpan<UInt8>
    ) throws(CSPError) {
        let key = try cipherKey()
        try key.checkMayEncrypt()
        let size = key.encryptedSize(plaintext.count, final: isLast)
        try ciphertext.appendBytes(size, "the ciphertext") { (target) throws(CSPError) in
            plaintext.withUnsafeBytes { target.copyMemory(from: $0) }
            return try key.encrypt(target, count: plaintext.count, final: isLast)
        }
    }

    /// Encrypts a message, or a part of one, with a session key: see ``encrypt(_:isLast:into:)``.
    public func encrypt(_ plaintext: [UInt8], isLast: Bool = true) throws(CSPError) -> [UInt8] {
        let size = try encryptedSize(plaintext.count, isLast: isLast)
        return try [UInt8](capacity: size) { (ciphertext) throws(CSPError) in
            try encrypt(plaintext.span, isLast: isLast, into: &ciphertext)
        }
    }

    /// Decrypts a message, or a part of one (CryptDecrypt), with a session key.
    ///
    /// - Parameters:
    ///   - ciphertext: a whole number of a block cipher's blocks.
    ///   - isLast: ends the message: a block cipher's padding is taken off.
    ///   - plaintext: receives it behind what it holds; must have room for as many bytes as the ciphertext has.
    /// - Throws: ERROR_MORE_DATA (no room: nothing has happened), NTE_BAD_DATA (part of a block, bad padding; the message is
    ///   over then), NTE_BAD_ALGID (mode), NTE_BAD_KEY for a key pair, and what the token throws.
    public func decrypt(
        _ ciphertext: Span<UInt8>, isLast: Bool = true, into plaintext: inout OutputSpan<UInt8>
    ) throws(CSPError) {
        let key = try cipherKey()
        try plaintext.appendBytes(ciphertext.count, "the plaintext") { (target) throws(CSPError) in
            ciphertext.withUnsafeBytes { target.copyMemory(from: $0) }
            return try key.decrypt(target, final: isLast)
        }
    }

    /// Decrypts a message, or a part of one, with a session key: see ``decrypt(_:isLast:into:)``.
    public func decrypt(_ ciphertext: [UInt8], isLast: Bool = true) throws(CSPError) -> [UInt8] {
        try [UInt8](capacity: ciphertext.count) { (plaintext) throws(CSPError) in
            try decrypt(ciphertext.span, isLast: isLast, into: &plaintext)
        }
    }

    private func cipherKey() throws(CSPError) -> SessionKey {
        try checkAlive()
        guard let key = session else {
            throw CSPError(.badKey, "a \(algorithm) key encrypts and decrypts with a padding that is named")
        }
        return key
    }

    // MARK: - RSA

    /// Encrypts a short message with an RSA public key, so that the owner of the private half alone can read it
    /// (CryptEncrypt). On the host.
    ///
    /// - Parameters:
    ///   - plaintext: at most `padding.messageLimit(modulusSize: bits / 8)` bytes.
    ///   - ciphertext: receives as many bytes as the modulus has, behind what it holds: the big-endian number of RFC 8017
    ///     that openssl takes. CryptEncrypt's is the other way round.
    /// - Throws: ERROR_MORE_DATA (no room), NTE_BAD_LEN (too long), NTE_BAD_KEY for a `.signature` pair and for keys that are
    ///   not RSA, NTE_BAD_ALGID for OAEP with MD5 and older.
    public func encrypt(
        _ plaintext: Span<UInt8>, padding: RSAEncryptionPadding, into ciphertext: inout OutputSpan<UInt8>
    ) throws(CSPError) {
        try checkAlive()
        let numbers = try exchangeNumbers()
        try padding.check()
        try ciphertext.appendBytes(numbers.modulus.count, "the ciphertext") { (target) throws(CSPError) in
            let made = try plaintext.withUnsafeBytes { (plaintext) throws(CSPError) in
                try numbers.encrypt(plaintext, padding: padding)
            }
            target.copyBytes(from: made)
            return made.count
        }
    }

    /// Encrypts a short message with an RSA public key: see ``encrypt(_:padding:into:)``.
    public func encrypt(_ plaintext: [UInt8], padding: RSAEncryptionPadding) throws(CSPError) -> [UInt8] {
        try [UInt8](capacity: exchangeNumbers().modulus.count) { (ciphertext) throws(CSPError) in
            try encrypt(plaintext.span, padding: padding, into: &ciphertext)
        }
    }

    /// Decrypts with the private half of an RSA key pair, on the token (CryptDecrypt).
    ///
    /// - Parameters:
    ///   - ciphertext: big-endian, as long as the modulus.
    ///   - padding: what was encrypted with, label included.
    ///   - plaintext: receives it behind what it holds.
    /// - Throws: NTE_BAD_DATA, in the same words whatever is wrong with the ciphertext; ERROR_MORE_DATA (no room); NTE_BAD_KEY
    ///   for a `.signature` pair; NTE_NO_KEY; and what a login throws.
    public func decrypt(
        _ ciphertext: Span<UInt8>, padding: RSAEncryptionPadding, into plaintext: inout OutputSpan<UInt8>
    ) throws(CSPError) {
        var decrypted = try decrypt(ciphertext.withUnsafeBytes { [UInt8]($0) }, padding: padding)
        defer { wipe(&decrypted) }
        try plaintext.appendBytes(decrypted.count, "the plaintext") { (target) throws(CSPError) in
            target.copyBytes(from: decrypted)
            return decrypted.count
        }
    }

    /// Decrypts with the private half of an RSA key pair: see ``decrypt(_:padding:into:)``.
    public func decrypt(_ ciphertext: [UInt8], padding: RSAEncryptionPadding) throws(CSPError) -> [UInt8] {
        try checkAlive()
        _ = try exchangeNumbers()
        try padding.check()
        return try decrypt(ciphertext, padding)
    }
}

extension OutputSpan<UInt8> {
    /// Appends what `fill` writes to the front of `size` bytes; nothing where it throws.
    ///
    /// - Parameter fill: answers how many bytes count.
    /// - Throws: ERROR_MORE_DATA where there is no room for `size` bytes.
    fileprivate mutating func appendBytes(
        _ size: Int, _ what: StaticString, _ fill: (UnsafeMutableRawBufferPointer) throws(CSPError) -> Int
    ) throws(CSPError) {
        guard size <= freeCapacity else {
            throw CSPError(.moreData, "room for \(freeCapacity) bytes: \(what) may have \(size)")
        }
        try withUnsafeMutableBufferPointer { (buffer, count) throws(CSPError) in
            let free = UnsafeMutableBufferPointer(rebasing: buffer[count...].prefix(size))
            let target = UnsafeMutableRawBufferPointer(free)
            do throws(CSPError) {
                let filled = min(try fill(target), size)
                wipe(UnsafeMutableRawBufferPointer(rebasing: target[filled...]))
                count += filled
            } catch {
                // A plaintext that was to be encrypted in place, or a part of one that was decrypted.
                wipe(target)
                throw error
            }
        }
    }
}
