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

    /// The key's value (secret keys), or its PKCS#8 PrivateKeyInfo. The caller wipes it.
    ///
    /// - Throws: NTE_BAD_KEY_STATE where the token does not let it out, NTE_NOT_SUPPORTED where it cannot wrap.
    func value(of key: ObjectHandle, isUsable: ([UInt8]) -> Bool) throws(CSPError) -> [UInt8] {
        var kek = [UInt8](repeating: 0, count: 32)
        defer { wipe(&kek) }
        var generator = SystemRandomNumberGenerator()
        for index in kek.indices { kek[index] = UInt8.random(in: .min ... .max, using: &generator) }
        let wrapped = try onToken("exporting a key") { [kek] () throws(PKCS11Error) in try wrap(key, kek) }
        for method in wrapped.methods {
            let value = kek.withUnsafeBytes { kek in try? KeyUnwrap.unwrap(wrapped.bytes, key: kek, method: method) }
            guard var value else { continue }
            if isUsable(value) { return value }
            wipe(&value)
        }
        throw CSPError(.notSupported, "exporting a key: the token wraps it in a way that is not known here")
    }

    private func wrap(_ key: ObjectHandle, _ kek: [UInt8]) throws(PKCS11Error) -> (bytes: [UInt8], methods: [KeyWrapMethod]) {
        try token.writing { session throws(PKCS11Error) in
            let wrappingKey = try session.create([
                Attribute(.secretKey), Attribute(.aes), Attribute(.token, false), Attribute(.isPrivate, false),
                Attribute(.value, bytes: kek), Attribute(.wrap, true),
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
