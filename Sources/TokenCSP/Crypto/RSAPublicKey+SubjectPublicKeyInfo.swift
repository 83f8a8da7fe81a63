extension RSAPublicKey {
    /// The key as SubjectPublicKeyInfo in DER (RFC 5280, section 4.1, with RSAPublicKey of RFC 8017, appendix A.1.1).
    public func subjectPublicKeyInfo() -> [UInt8] {
        DER.sequence(
            DER.sequence(DER.rsaEncryption, DER.null),
            DER.bitString(DER.sequence(DER.integer(modulus), DER.integer(publicExponent.bigEndianBytes)))
        )
    }

    /// The SubjectPublicKeyInfo as text, `-----BEGIN PUBLIC KEY-----` (RFC 7468, section 13), with a final newline.
    public func pem() -> String { PEM.publicKey(subjectPublicKeyInfo()) }
}
