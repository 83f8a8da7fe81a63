internal import CPKCS11

// Each is one Init and one single-part operation: nothing stays open in the session when it returns.
extension Session {
    /// Signs into the caller's memory, as large as the signature can be; answers how many bytes there are.
    func sign(
        _ data: UnsafeRawBufferPointer, with key: ObjectHandle, _ mechanism: Mechanism,
        into signature: UnsafeMutableRawBufferPointer, authorization: Authorization? = nil
    ) throws(PKCS11Error) -> Int {
        let started = mechanism.withUnsafeMechanism { functions.pointee.C_SignInit?(handle, $0, key.rawValue) }
        try check(started, "C_SignInit")
        if let authorization { try token.authorize(authorization, in: self) }
        return try finishSigning(data, into: signature)
    }

    /// By a mechanism without a parameter, with a key that asks for nothing.
    func sign(
        _ data: UnsafeRawBufferPointer, with key: ObjectHandle, _ mechanism: MechanismType,
        into signature: UnsafeMutableRawBufferPointer
    ) throws(PKCS11Error) -> Int {
        var mechanism = CK_MECHANISM(mechanism: mechanism.rawValue, pParameter: nil, ulParameterLen: 0)
        try check(functions.pointee.C_SignInit?(handle, &mechanism, key.rawValue), "C_SignInit")
        return try finishSigning(data, into: signature)
    }

    private func finishSigning(
        _ data: UnsafeRawBufferPointer, into signature: UnsafeMutableRawBufferPointer
    ) throws(PKCS11Error) -> Int {
        var size = CK_ULONG(signature.count)
        let made = functions.pointee.C_Sign?(
            handle, data.mutableBytes, CK_ULONG(data.count), signature.baseAddress?.assumingMemoryBound(to: UInt8.self),
            &size)
        try check(made, "C_Sign")
        return min(Int(clamping: size), signature.count)
    }

    /// Signs (C_SignInit, C_Sign).
    ///
    /// - Parameters:
    ///   - maximumSize: the signature's size in bytes, from the key; asking the token first would end the operation on SoftHSM.
    ///   - authorization: for a key with CKA_ALWAYS_AUTHENTICATE, sent between the two calls.
    public func sign(
        _ data: [UInt8], with key: ObjectHandle, _ mechanism: Mechanism, maximumSize: Int,
        authorization: Authorization? = nil
    ) throws(PKCS11Error) -> [UInt8] {
        let started = mechanism.withUnsafeMechanism { functions.pointee.C_SignInit?(handle, $0, key.rawValue) }
        try check(started, "C_SignInit")
        if let authorization { try token.authorize(authorization, in: self) }
        return try lending(data) { data throws(PKCS11Error) in
            try produce("C_Sign", maximumSize: maximumSize) {
                functions.pointee.C_Sign?(handle, data.mutableBytes, CK_ULONG(data.count), $0, $1)
            }
        }
    }

    /// Verifies (C_VerifyInit, C_Verify); throws `.returned(.signatureInvalid)` for a bad signature.
    public func verify(
        _ signature: [UInt8], of data: [UInt8], with key: ObjectHandle, _ mechanism: Mechanism
    ) throws(PKCS11Error) {
        let started = mechanism.withUnsafeMechanism { functions.pointee.C_VerifyInit?(handle, $0, key.rawValue) }
        try check(started, "C_VerifyInit")
        let answer = data.withUnsafeBytes { data in
            signature.withUnsafeBytes { signature in
                functions.pointee.C_Verify?(
                    handle, data.mutableBytes, CK_ULONG(data.count), signature.mutableBytes, CK_ULONG(signature.count)
                )
            }
        }
        try check(answer, "C_Verify")
    }

    /// Encrypts (C_EncryptInit, C_Encrypt). `maximumSize` in bytes: data and padding, or the modulus.
    public func encrypt(
        _ data: [UInt8], with key: ObjectHandle, _ mechanism: Mechanism, maximumSize: Int
    ) throws(PKCS11Error) -> [UInt8] {
        let started = mechanism.withUnsafeMechanism { functions.pointee.C_EncryptInit?(handle, $0, key.rawValue) }
        try check(started, "C_EncryptInit")
        return try lending(data) { data throws(PKCS11Error) in
            try produce("C_Encrypt", maximumSize: maximumSize) {
                functions.pointee.C_Encrypt?(handle, data.mutableBytes, CK_ULONG(data.count), $0, $1)
            }
        }
    }

    /// Decrypts (C_DecryptInit, C_Decrypt). `maximumSize` in bytes: at most the size of the data.
    public func decrypt(
        _ data: [UInt8], with key: ObjectHandle, _ mechanism: Mechanism, maximumSize: Int,
        authorization: Authorization? = nil
    ) throws(PKCS11Error) -> [UInt8] {
        let started = mechanism.withUnsafeMechanism { functions.pointee.C_DecryptInit?(handle, $0, key.rawValue) }
        try check(started, "C_DecryptInit")
        if let authorization { try token.authorize(authorization, in: self) }
        return try lending(data) { data throws(PKCS11Error) in
            try produce("C_Decrypt", maximumSize: maximumSize) {
                functions.pointee.C_Decrypt?(handle, data.mutableBytes, CK_ULONG(data.count), $0, $1)
            }
        }
    }

    /// Random bytes of the token (C_GenerateRandom), in pieces that every token gives.
    package func random(into buffer: UnsafeMutableRawBufferPointer) throws(PKCS11Error) {
        guard let base = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        var offset = 0
        while offset < buffer.count {
            // OpenSC refuses 4096 bytes at once; 1024 is below every limit that was measured but its own.
            let piece = min(1024, buffer.count - offset)
            var answer = functions.pointee.C_GenerateRandom?(handle, base + offset, CK_ULONG(piece))
            if answer == CK_RV(CKR_ARGUMENTS_BAD), piece > 32 {
                for start in stride(from: offset, to: offset + piece, by: 32) {
                    answer = functions.pointee.C_GenerateRandom?(
                        handle, base + start, CK_ULONG(min(32, offset + piece - start)))
                    if answer != 0 { break }
                }
            }
            try check(answer, "C_GenerateRandom")
            offset += piece
        }
    }

    /// Fills the span with random bytes of the token (C_GenerateRandom).
    public func random(into bytes: inout MutableSpan<UInt8>) throws(PKCS11Error) {
        try bytes.withUnsafeMutableBytes { (buffer) throws(PKCS11Error) in try random(into: buffer) }
    }

    /// So many random bytes of the token (C_GenerateRandom).
    public func random(_ count: Int) throws(PKCS11Error) -> [UInt8] {
        guard count <= 1 << 31 else { throw .returned(.argumentsBad, "C_GenerateRandom", "\(count) random bytes") }
        var bytes = [UInt8](repeating: 0, count: max(0, count))
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(PKCS11Error) in try random(into: buffer) }
        }
        try result.get()
        return bytes
    }
}

extension Token {
    /// Signs in a session that is lent for it: see ``Session``.
    package func sign(
        _ data: UnsafeRawBufferPointer, with key: ObjectHandle, _ mechanism: Mechanism,
        into signature: UnsafeMutableRawBufferPointer, authorization: Authorization? = nil
    ) throws(PKCS11Error) -> Int {
        try withSession { session throws(PKCS11Error) in
            try session.sign(data, with: key, mechanism, into: signature, authorization: authorization)
        }
    }

    /// The same by a mechanism without a parameter, with a key that asks for nothing.
    package func sign(
        _ data: UnsafeRawBufferPointer, with key: ObjectHandle, _ mechanism: MechanismType,
        into signature: UnsafeMutableRawBufferPointer
    ) throws(PKCS11Error) -> Int {
        try withSession { session throws(PKCS11Error) in
            try session.sign(data, with: key, mechanism, into: signature)
        }
    }

    /// The same of an array.
    package func sign(
        _ data: [UInt8], with key: ObjectHandle, _ mechanism: Mechanism, into signature: UnsafeMutableRawBufferPointer,
        authorization: Authorization? = nil
    ) throws(PKCS11Error) -> Int {
        try lending(data) { data throws(PKCS11Error) in
            try sign(data, with: key, mechanism, into: signature, authorization: authorization)
        }
    }
}

/// `withUnsafeBytes` with the error's type kept.
func lending<R>(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(PKCS11Error) -> R
) throws(PKCS11Error) -> R {
    let result = bytes.withUnsafeBytes { buffer in
        Result { () throws(PKCS11Error) in try body(buffer) }
    }
    return try result.get()
}
