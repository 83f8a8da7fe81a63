extension Key {
    /// Signs data with the private half, whatever hashes the provider has: what requests and certificates are signed by.
    ///
    /// - Parameters:
    ///   - data: what the signature is over. Ed25519 takes it as it is (RFC 8032), other keys its hash value.
    ///   - hash: how it is hashed, on the host. Not used of Ed25519.
    ///   - padding: how an RSA key signs; other keys have one way each.
    /// - Throws: NTE_BAD_KEY for a key that does not sign, NTE_NO_KEY, and what a login throws.
    package func signature(
        of data: [UInt8], hash: HashKind, padding: RSASignaturePadding = .pkcs1
    ) throws(CSPError) -> Signature {
        let numbers = try publicKey()
        let value = numbers.signsWholeData ? data : hash.digest(of: data)
        return try lending(value) { value throws(CSPError) in
            try signature(of: SignatureMessage(value: value, kind: hash, padding: padding))
        }
    }
}

extension PublicKey {
    /// Whether the signature is over the data itself: PureEdDSA.
    package var signsWholeData: Bool {
        if case .ellipticCurve(let key) = self { key.curve == .ed25519 } else { false }
    }
}

extension HashKind {
    /// The digest of data in one piece.
    package func digest(of data: [UInt8]) -> [UInt8] {
        let state = HostHash(self)
        data.withUnsafeBytes { state.update($0) }
        return state.finish()
    }
}
