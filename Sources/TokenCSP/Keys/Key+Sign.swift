extension Key {
    /// RSASSA-PKCS1-v1_5 over an encoded message (DigestInfo, or bare data), big-endian.
    func sign(_ encodedMessage: [UInt8]) throws(CSPError) -> [UInt8] {
        let signer = try Signer(self)
        guard case .rsa = signer.scheme else { throw CSPError(.badKey, "a \(algorithm) key is no RSA key") }
        return try [UInt8](capacity: signer.checkedScheme().size) { (signature) throws(CSPError) in
            try signature.fill { (buffer) throws(CSPError) in
                try lending(encodedMessage) { message throws(CSPError) in
                    try signer.sign(encoded: message, into: buffer)
                }
            }
        }
    }
}

extension Signer {
    /// A signature in the form of everybody but CryptoAPI.
    func signature(of message: SignatureMessage) throws(CSPError) -> Signature {
        let scheme = try checkedScheme()
        return Signature(
            try [UInt8](capacity: scheme.commonSize) { (signature) throws(CSPError) in
                try sign(message, appendingTo: &signature)
            })
    }

    /// The same, behind what `signature` holds.
    ///
    /// - Throws: ERROR_MORE_DATA where there is no room for as many bytes as a signature may have.
    func sign(_ message: SignatureMessage, appendingTo signature: inout OutputSpan<UInt8>) throws(CSPError) {
        let scheme = try checkedScheme()
        guard scheme.commonSize <= signature.freeCapacity else {
            throw CSPError(
                .moreData, "room for \(signature.freeCapacity) bytes: a signature may have \(scheme.commonSize)")
        }
        guard let half = scheme.half else {
            return try signature.fill { (buffer) throws(CSPError) in try sign(message, into: buffer) }
        }
        // Two numbers side by side, on their way into a SEQUENCE.
        var numbers = InlineArray<132, UInt8>(repeating: 0)
        guard 2 * half <= numbers.count else { throw CSPError(.badKey, "\(scheme.size) bytes are no signature") }
        var span = numbers.mutableSpan
        try span.withUnsafeMutableBytes { (bytes) throws(CSPError) in
            let count = try sign(message, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<(2 * half)]))
            let made = UnsafeRawBufferPointer(rebasing: bytes[..<count])
            DER.appendSequence(made.prefix(half), made.dropFirst(half), to: &signature)
        }
    }

    /// A signature in CryptoAPI's form.
    ///
    /// - Parameter signature: has room for as many bytes as the scheme says.
    /// - Returns: how many there are.
    func signForCryptoAPI(
        _ message: SignatureMessage, into signature: UnsafeMutableRawBufferPointer
    ) throws(CSPError) -> Int {
        let scheme = try checkedScheme()
        let count = try sign(message, into: UnsafeMutableRawBufferPointer(rebasing: signature.prefix(scheme.size)))
        scheme.turn(UnsafeMutableRawBufferPointer(rebasing: signature.prefix(count)))
        return count
    }
}

extension OutputSpan<UInt8> {
    /// Appends as many bytes as `body` says that it wrote to the free capacity.
    mutating func fill(
        _ body: (UnsafeMutableRawBufferPointer) throws(CSPError) -> Int
    ) throws(CSPError) {
        try withUnsafeMutableBufferPointer { (buffer, count) throws(CSPError) in
            let free = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[count...]))
            count += min(try body(free), free.count)
        }
    }
}
