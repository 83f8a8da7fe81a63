internal import PKCS11

/// How a private key goes from one token to another without ever being in the clear outside of them: what
/// CKM_RSA_AES_KEY_WRAP (PKCS#11, section 6.1.24) makes, by the mechanisms that more tokens have. A fresh AES-256 key is
/// encrypted under the receiver's RSA key by OAEP (SHA-1, MGF1 with SHA-1, as CRYPT_OAEP), and under it stands the
/// PrivateKeyInfo, wrapped by RFC 5649. First the former, as long as the modulus, then the latter.
struct TokenWrap {
    let token: Token

    /// RFC 5649 under its two numbers. NSS has another wrapping under the second, which no other token unwraps.
    private static let ways: [MechanismType] = [.aesKeyWrapKWP, .aesKeyWrapPad]
    private static let oaep = Mechanism.rsaOAEP(hash: .sha1, mgf: 1)

    /// - Parameter unwrappable: what it means where the token says that the key cannot be wrapped.
    /// - Throws: NTE_NOT_SUPPORTED where the token cannot, NTE_BAD_KEY_STATE where the key may not.
    func wrap(
        _ key: ObjectHandle, for recipient: RSAPublicKey, unwrappable: ErrorCode
    ) throws(CSPError) -> [UInt8] {
        try onToken(
            "wrapping a key for another token",
            [.mechanismInvalid: .notSupported, .keyNotWrappable: unwrappable, .templateInconsistent: .notSupported]
        ) { () throws(PKCS11Error) in
            try token.writing { session throws(PKCS11Error) in
                let publicKey = try session.create([
                    Attribute(.publicKey), Attribute(.rsa), Attribute(.token, false), Attribute(.isPrivate, false),
                    Attribute(.modulus, bytes: recipient.modulus),
                    Attribute(.publicExponent, bytes: recipient.publicExponent.bigEndianBytes),
                    Attribute(.wrap, true),
                ])
                defer { try? session.destroy(publicKey) }
                let transport = try session.generateKey(
                    Mechanism(.aesKeyGen),
                    [
                        Attribute(.secretKey), Attribute(.aes), Attribute(.token, false), Attribute(.isPrivate, false),
                        Attribute(.valueLen, 32), Attribute(.sensitive, true), Attribute(.extractable, true),
                        Attribute(.wrap, true),
                    ])
                defer { try? session.destroy(transport) }
                let first = try session.wrap(
                    transport, under: publicKey, Self.oaep, maximumSize: recipient.modulus.count)
                return first
                    + (try Self.trying { way throws(PKCS11Error) in
                        try session.wrap(key, under: transport, Mechanism(way), maximumSize: 16_384)
                    })
            }
        }
    }

    /// Unwraps a private key as the template says.
    ///
    /// - Parameter modulusSize: of the RSA key whose private half is `key`, in bytes.
    static func unwrap(
        _ bytes: [UInt8], under key: ObjectHandle, modulusSize: Int, _ template: Template, in session: borrowing Session
    ) throws(PKCS11Error) -> ObjectHandle {
        let transport = try session.unwrap(
            Array(bytes.prefix(modulusSize)), under: key, oaep,
            [
                Attribute(.secretKey), Attribute(.aes), Attribute(.token, false), Attribute(.isPrivate, false),
                Attribute(.sensitive, true), Attribute(.extractable, false), Attribute(.unwrap, true),
            ])
        defer { try? session.destroy(transport) }
        let content = Array(bytes.dropFirst(modulusSize))
        return try trying { way throws(PKCS11Error) in
            try session.unwrap(content, under: transport, Mechanism(way), template)
        }
    }

    private static func trying<R>(_ work: (MechanismType) throws(PKCS11Error) -> R) throws(PKCS11Error) -> R {
        var failure: PKCS11Error?
        for way in ways {
            do throws(PKCS11Error) {
                return try work(way)
            } catch {
                failure = error
                // What the key's policy forbids is forbidden in every way.
                guard error.returnValue == .mechanismInvalid || error.returnValue == .mechanismParamInvalid else {
                    throw error
                }
            }
        }
        throw failure ?? .init(.returned(.mechanismInvalid), function: "C_WrapKey")
    }
}

// MARK: - Keys

extension Key {
    /// The private key wrapped for the owner of an RSA key, by the token itself (see `TokenWrap`).
    ///
    /// - Throws: NTE_BAD_KEY_STATE (made without `.exportable`), NTE_NOT_SUPPORTED where the token cannot wrap so, and what
    ///   a login throws.
    package func wrapped(for recipient: RSAPublicKey) throws(CSPError) -> [UInt8] {
        let (token, handle) = try sourceOnToken()
        return try TokenWrap(token: token).wrap(handle, for: recipient, unwrappable: publicKey().unwrappable)
    }

    /// The token's RSA key that unwraps.
    fileprivate func unwrappingHalf() throws(CSPError) -> ObjectHandle {
        switch material {
        case .stored(let key):
            try consent(key, to: .decrypt)
            try context.authenticate(for: key.use(.decrypt))
            return try key.findPrivateHalf().handle
        case .ephemeral(let pair): return pair.objects.privateKey.handle
        default: throw CSPError(.badKey, "a wrapped key is unwrapped by an exchange key on the token")
        }
    }
}

extension Context {
    /// Unwraps a private key onto the token, into the container in place of the pair of its kind.
    ///
    /// - Parameters:
    ///   - bytes: of ``Key/wrapped(for:)``.
    ///   - publicKey: its public half, which the token proves where it can.
    ///   - exchange: the RSA key on this token that it was wrapped for; nil: the container's own.
    /// - Throws: NTE_BAD_DATA for what was wrapped for another, and for another public half; else as `importKey`.
    package func importWrapped(
        _ bytes: [UInt8], _ publicKey: PublicKey, _ spec: KeySpec, flags: KeyFlags, under exchange: Key? = nil
    ) throws(CSPError) -> Key {
        try checkAlive()
        let exchange = if let exchange { exchange } else { try userKey(.keyExchange) }
        let modulus = try exchange.rsaNumbers().modulus
        guard bytes.count > modulus.count + 16 else { throw CSPError(.badData, "the wrapped key is cut off") }
        let handle = try exchange.unwrappingHalf()
        return try unwrap(publicKey, spec, flags) { session, template throws(PKCS11Error) in
            try TokenWrap.unwrap(bytes, under: handle, modulusSize: modulus.count, template, in: session)
        }
    }

    /// Copies another token's key into this container, wrapped under an RSA key that this token makes for that alone.
    ///
    /// - Throws: as ``Key/wrapped(for:)`` and ``importWrapped(_:_:_:flags:under:)``.
    package func receive(_ source: Key, _ spec: KeySpec, flags: KeyFlags) throws(CSPError) -> Key {
        try checkAlive()
        let publicKey = try source.publicKey()
        try authenticate()
        let token = try token()
        let recipient = try onToken("copying a key", [.mechanismInvalid: .notSupported]) { () throws(PKCS11Error) in
            try token.writing { session throws(PKCS11Error) in
                let pair = try session.generateKeyPair(
                    Mechanism(.rsaPKCSKeyPairGen),
                    publicKey: [
                        Attribute(.token, false), Attribute(.isPrivate, false), Attribute(.modulusBits, 3072),
                        Attribute(.publicExponent, bytes: [1, 0, 1]), Attribute(.wrap, true),
                        Attribute(.encrypt, false),
                    ],
                    privateKey: [
                        Attribute(.token, false), Attribute(.isPrivate, true), Attribute(.sensitive, true),
                        Attribute(.extractable, false), Attribute(.unwrap, true), Attribute(.decrypt, false),
                    ])
                let owned = (session.own(pair.publicKey), session.own(pair.privateKey))
                return (owned, try session.attributes(of: pair.publicKey, [.modulus]).bytes(.modulus) ?? [])
            }
        }
        guard let rsa = RSAPublicKey(modulus: recipient.1, publicExponent: 65_537) else {
            throw CSPError(.badPublicKey, "copying a key: the token does not tell the public key that it made")
        }
        let bytes = try source.wrapped(for: rsa)
        defer { withExtendedLifetime(recipient) {} }
        return try unwrap(publicKey, spec, flags) { session, template throws(PKCS11Error) in
            try TokenWrap.unwrap(
                bytes, under: recipient.0.1.handle, modulusSize: rsa.modulus.count, template, in: session)
        }
    }

    private func unwrap(
        _ publicKey: PublicKey, _ spec: KeySpec, _ flags: KeyFlags, _ work: @escaping KeyGenerator.Unwrapping
    ) throws(CSPError) -> Key {
        guard let algorithm = PrivateKeyInfo.algorithm(publicKey, spec), profile.algorithm(algorithm) != nil else {
            throw CSPError(.badAlgID, "provider \"\(profile.name)\" has no \(spec) keys of this kind")
        }
        let request = try GenerationRequest(
            importing: algorithm, spec, bits: publicKey.bits, flags, context: self.flags, domain: publicKey.domain)
        guard !request.isEphemeral else { throw CSPError(.badFlags, "a wrapped key goes into a container") }
        return try makeStoredPair(request, spec) { (generator, label, id) throws(CSPError) in
            try generator.unwrappedPair(spec, publicKey, label: label, id: id, work)
        }
    }
}
