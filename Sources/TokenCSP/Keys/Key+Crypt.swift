internal import PKCS11

/// The flag of CryptEncrypt and CryptDecrypt.
private let oaepFlag: UInt32 = 0x40

extension Key {
    /// CryptEncrypt: in place, with the two-call protocol.
    ///
    /// - Parameters:
    ///   - hash: gets the plaintext as well.
    ///   - data: nil asks for the size.
    ///   - length: bytes of plaintext; afterwards bytes of ciphertext, or with ERROR_MORE_DATA those that are needed.
    ///   - capacity: the buffer's size in bytes.
    package func encrypt(
        hash: Hash?, final: Bool, flags: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32,
        capacity: UInt32
    ) throws(CSPError) {
        try checkMade()
        guard let key = session else {
            defer { wipeStack() }
            return try encryptRSA(hash, flags, data, &length, capacity)
        }
        guard flags == 0 else { throw CSPError(.badFlags, "CryptEncrypt with a session key takes no flags") }
        try key.checkMayEncrypt()
        let count = Int(length)
        let size = key.encryptedSize(count, final: final)
        guard let data else {
            length = UInt32(clamping: size)
            return
        }
        guard size <= Int(capacity) else {
            length = UInt32(clamping: size)
            throw CSPError(.moreData, "a buffer of \(capacity) bytes: the ciphertext has \(size)")
        }
        let buffer = UnsafeMutableRawBufferPointer(start: data, count: size)
        if let hash {
            // What is not encrypted is not hashed.
            try key.checkEncryption(count, final: final)
            try hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]), flags: 0)
        }
        length = UInt32(clamping: try key.encrypt(buffer, count: count, final: final))
    }

    /// CryptDecrypt: in place.
    ///
    /// - Parameters:
    ///   - hash: gets the plaintext as well.
    ///   - length: bytes of ciphertext; afterwards bytes of plaintext. Unchanged where decryption fails.
    package func decrypt(
        hash: Hash?, final: Bool, flags: UInt32, data: UnsafeMutablePointer<UInt8>, length: inout UInt32
    ) throws(CSPError) {
        try checkMade()
        let buffer = UnsafeMutableRawBufferPointer(start: data, count: Int(length))
        let count: Int
        if let key = session {
            guard flags == 0 else { throw CSPError(.badFlags, "CryptDecrypt with a session key takes no flags") }
            count = try key.decrypt(buffer, final: final)
        } else {
            defer { wipeStack() }
            var plaintext = try decryptRSA([UInt8](buffer), flags)
            defer { wipe(&plaintext) }
            buffer.copyBytes(from: plaintext)
            count = plaintext.count
        }
        try hash?.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]), flags: 0)
        length = UInt32(clamping: count)
    }

    // MARK: - RSA

    private func encryptRSA(
        _ hash: Hash?, _ flags: UInt32, _ data: UnsafeMutablePointer<UInt8>?, _ length: inout UInt32, _ capacity: UInt32
    ) throws(CSPError) {
        let numbers = try exchangeNumbers()
        let padding = try padding(flags)
        let size = (numbers.bits + 7) / 8
        let count = Int(length)
        guard let data else {
            length = UInt32(clamping: size)
            return
        }
        guard size <= Int(capacity) else {
            length = UInt32(clamping: size)
            throw CSPError(.moreData, "a buffer of \(capacity) bytes: the ciphertext has \(size)")
        }
        let plaintext = UnsafeRawBufferPointer(start: data, count: count)
        let ciphertext = try numbers.encrypt(plaintext, padding: padding)
        try hash?.update(plaintext, flags: 0)
        // CryptoAPI's numbers are little-endian.
        UnsafeMutableRawBufferPointer(start: data, count: size).copyBytes(from: ciphertext.reversed())
        length = UInt32(clamping: size)
    }

    /// The plaintext. Every failure is the same NTE_BAD_DATA: what was wrong with the padding is nobody's business.
    private func decryptRSA(_ ciphertext: [UInt8], _ flags: UInt32) throws(CSPError) -> [UInt8] {
        _ = try exchangeNumbers()
        let padding = try padding(flags)
        return try decrypt(ciphertext.reversed(), padding)
    }

    /// RSA decryption with the private half, big-endian, wherever it is.
    func decrypt(_ ciphertext: [UInt8], _ padding: RSAEncryptionPadding) throws(CSPError) -> [UInt8] {
        let modulus = try rsaNumbers().modulus
        // A number beyond the modulus is no ciphertext: NSS finds fault with the call then.
        guard ciphertext.count == modulus.count, ciphertext.lexicographicallyPrecedes(modulus) else {
            throw Self.badCiphertext
        }
        if case .hostPrivate(let key) = material { return try key.decrypt(ciphertext, padding: padding) }
        guard case .oaep(let hash, let label) = padding, !label.isEmpty || hash != .sha1 else {
            return try decryptOnToken(ciphertext, padding.mechanism()).plaintext
        }
        // Some tokens refuse a label, SoftHSM passes it over, and knows SHA-1 alone: this padding is taken off here.
        let itsOwn = label.isEmpty ? try? padding.mechanism() : nil
        var (bare, isByOther) = try decryptOnToken(ciphertext, Mechanism(.rsaX509), orElse: itsOwn)
        if isByOther { return bare }
        defer { wipe(&bare) }
        var block = [UInt8](repeating: 0, count: max(modulus.count - bare.count, 0)) + bare
        defer { wipe(&block) }
        guard let message = block.withUnsafeMutableBytes({ OAEP(hash: hash, label: label).decode($0) }) else {
            throw Self.badCiphertext
        }
        return message
    }

    /// - Parameter other: by which it is decrypted in the same use where the token refuses the first mechanism.
    private func decryptOnToken(
        _ ciphertext: [UInt8], _ mechanism: Mechanism, orElse other: Mechanism? = nil
    ) throws(CSPError) -> (plaintext: [UInt8], isByOther: Bool) {
        switch material {
        case .stored(let key):
            do throws(CSPError) {
                return try context.use(key, to: .decrypt) { half, authorization throws(PKCS11Error) in
                    try decrypt(ciphertext, mechanism, orElse: other, key.token, half.handle, authorization)
                }
            } catch {
                throw Self.isAboutData(error) ? Self.badCiphertext : error
            }
        case .ephemeral(let pair):
            let token = try context.token()
            do throws(PKCS11Error) {
                return try decrypt(
                    ciphertext, mechanism, orElse: other, token, pair.objects.privateKey.handle, nil)
            } catch {
                let error = CSPError(error, "\(algorithm) key")
                throw Self.isAboutData(error) ? Self.badCiphertext : error
            }
        case .session, .publicKey, .hostPrivate, .draft, .agreed:
            throw CSPError(.noKey, "a public key alone does not decrypt")
        }
    }

    private func decrypt(
        _ ciphertext: [UInt8], _ mechanism: Mechanism, orElse other: Mechanism?, _ token: Token,
        _ handle: ObjectHandle, _ authorization: Authorization?
    ) throws(PKCS11Error) -> (plaintext: [UInt8], isByOther: Bool) {
        func decrypt(_ mechanism: Mechanism) throws(PKCS11Error) -> [UInt8] {
            try token.withSession { session throws(PKCS11Error) in
                try session.decrypt(
                    ciphertext, with: handle, mechanism, maximumSize: ciphertext.count, authorization: authorization)
            }
        }
        do throws(PKCS11Error) {
            return (try decrypt(mechanism), false)
        } catch {
            guard let other, error.isAboutMechanism else { throw error }
            return (try decrypt(other), true)
        }
    }

    private static var badCiphertext: CSPError { CSPError(.badData, "the data is not valid") }

    /// Tokens answer CKR_GENERAL_ERROR, CKR_ENCRYPTED_DATA_INVALID, CKR_DATA_LEN_RANGE and more for a bad padding.
    private static func isAboutData(_ error: CSPError) -> Bool {
        [ErrorCode.badData, .badLen, .fail].contains(error.code)
    }

    private func padding(_ flags: UInt32) throws(CSPError) -> RSAEncryptionPadding {
        guard flags & ~oaepFlag == 0 else {
            throw CSPError(.badFlags, "flags \(hexadecimal(flags)): CRYPT_OAEP (0x40) is known")
        }
        return flags & oaepFlag == 0 ? .pkcs1 : oaepPadding
    }

    /// CRYPT_OAEP, with the label of KP_OAEP_PARAMS and the hash of KP_TOKENCSP_OAEP_HASH.
    var oaepPadding: RSAEncryptionPadding { state.withLock { .oaep(hash: $0.oaepHash, label: $0.oaepLabel) } }

    /// Signature keys do not encrypt, on Windows neither.
    func exchangeNumbers() throws(CSPError) -> RSAPublicKey {
        guard algorithm == .rsaKeyExchange else {
            throw CSPError(.badKey, "a \(algorithm) key does not encrypt and decrypt; AT_KEYEXCHANGE keys do")
        }
        return try rsaNumbers()
    }
}

extension RSAEncryptionPadding {
    /// What a token calls it.
    ///
    /// - Throws: NTE_BAD_ALGID for OAEP with a hash that it is not defined with.
    func mechanism() throws(CSPError) -> Mechanism {
        switch self {
        case .pkcs1: return .rsaPKCS
        case .oaep(let hash, let label):
            guard let identifiers = hash.tokenIdentifiers else { throw Self.unknownHash }
            return .rsaOAEP(hash: identifiers.mechanism, mgf: identifiers.mgf, label: label)
        }
    }
}
