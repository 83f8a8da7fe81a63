internal import PKCS11

/// Takes an extractable key out of the token without making it readable there: wrapped under an AES key that the host
/// drew for this call, and unwrapped here.
struct TokenExport {
    let token: Token

    /// How tokens wrap, the best first: by which mechanism, and what it may mean.
    private static let ways: [(mechanism: MechanismType, methods: [KeyWrapMethod])] = [
        // RFC 5649 on SoftHSM; NSS pads as PKCS#7 says and wraps by RFC 3394.
        (.aesKeyWrapPad, [.rfc5649, .pkcs7ThenRFC3394]),
        (.aesKeyWrap, [.rfc3394]),
        // opencryptoki has this one alone.
        (.aesCBCPad, [.aesCBCPad(iv: [UInt8](repeating: 0, count: 16))]),
    ]

    /// What `read` makes of the key's value (secret keys), or of its PKCS#8 PrivateKeyInfo.
    ///
    /// - Parameters:
    ///   - unwrappable: what it means where the token says that the key cannot be wrapped.
    ///   - read: Answers nil for bytes that are no such key: unwrapped in another way than they were wrapped.
    /// - Throws: NTE_BAD_KEY_STATE where the token does not let it out, NTE_NOT_SUPPORTED where it cannot wrap.
    func value<Value>(
        of key: ObjectHandle, unwrappable: ErrorCode = .badKeyState, _ read: (UnsafeRawBufferPointer) -> Value?
    ) throws(CSPError) -> Value {
        let kek = try HostRandom.secret(32)
        let wrapped = try onToken("exporting a key", [.keyNotWrappable: unwrappable]) { () throws(PKCS11Error) in
            try wrap(key, kek)
        }
        for method in wrapped.methods {
            // One reference alone: of an array that has two, a copy would be wiped.
            guard var unwrapped = kek.withUnsafeBytes({ try? KeyUnwrap.unwrap(wrapped.bytes, key: $0, method: method) })
            else {
                continue
            }
            defer { wipe(&unwrapped) }
            if let value = unwrapped.withUnsafeBytes(read) { return value }
        }
        throw CSPError(.notSupported, "exporting a key: the token wraps it in a way that is not known here")
    }

    /// The numbers of a private key whose public half is known.
    func privateNumbers(of key: ObjectHandle, _ publicKey: PublicKey) throws(CSPError) -> PrivateNumbers {
        try value(of: key, unwrappable: publicKey.unwrappable) { encoded in
            // SoftHSM fills the structure up to whole blocks with zeros, and counts them as part of it.
            for zeros in 0..<min(8, encoded.count) where encoded.suffix(zeros).allSatisfy({ $0 == 0 }) {
                if let numbers = try? PrivateNumbers.decode(
                    UnsafeRawBufferPointer(rebasing: encoded.dropLast(zeros)), publicKey)
                {
                    return numbers
                }
            }
            return nil
        }
    }

    private func wrap(_ key: ObjectHandle, _ kek: Secret) throws(PKCS11Error) -> (
        bytes: [UInt8], methods: [KeyWrapMethod]
    ) {
        try token.writing { session throws(PKCS11Error) in
            let wrappingKey = try session.create([
                Attribute(.secretKey), Attribute(.aes), Attribute(.token, false), Attribute(.isPrivate, false),
                Attribute(.value, secret: kek), Attribute(.wrap, true),
            ])
            defer { try? session.destroy(wrappingKey) }
            var firstError: PKCS11Error?
            for way in Self.ways {
                let iv = way.mechanism == .aesCBCPad ? [UInt8](repeating: 0, count: 16) : []
                do throws(PKCS11Error) {
                    let bytes = try session.wrap(
                        key, under: wrappingKey, Mechanism(way.mechanism, parameter: iv), maximumSize: 16_384
                    )
                    return (bytes, way.methods)
                } catch {
                    firstError = firstError ?? error
                    // What the key's policy forbids is forbidden in every way.
                    if error.returnValue == .keyUnextractable || error.returnValue == .keyNotWrappable { throw error }
                }
            }
            throw firstError ?? .init(.returned(.mechanismInvalid), function: "C_WrapKey")
        }
    }
}

extension PublicKey {
    /// What CKR_KEY_NOT_WRAPPABLE means of the private half: its policy, but for Ed25519, which SoftHSM never wraps.
    var unwrappable: ErrorCode {
        if case .ellipticCurve(let key) = self, key.curve == .ed25519 { .notSupported } else { .badKeyState }
    }
}
