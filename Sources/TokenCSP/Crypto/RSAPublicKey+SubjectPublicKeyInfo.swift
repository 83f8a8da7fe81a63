internal import CNettle

extension RSAPublicKey {
    /// The key as SubjectPublicKeyInfo in DER (RFC 5280, section 4.1, with RSAPublicKey of RFC 8017, appendix A.1.1).
    public func subjectPublicKeyInfo() -> [UInt8] {
        DER.sequence(
            DER.sequence(DER.rsaEncryption, DER.null),
            DER.bitString(DER.sequence(DER.integer(modulus), DER.integer(publicExponent.bigEndianBytes)))
        )
    }

    /// The SubjectPublicKeyInfo as text, `-----BEGIN PUBLIC KEY-----` (RFC 7468, section 13), with a final newline.
    public func pem() -> String {
        let der = subjectPublicKeyInfo()
        let length = (der.count + 2) / 3 * 4
        let base64 = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            buffer.withMemoryRebound(to: CChar.self) {
                nettle_base64_encode_raw($0.baseAddress, der.count, der)
            }
            count = length
        }
        var text = "-----BEGIN PUBLIC KEY-----\n"
        for start in stride(from: 0, to: length, by: 64) {
            text += String(decoding: base64[start..<min(start + 64, length)], as: UTF8.self) + "\n"
        }
        return text + "-----END PUBLIC KEY-----\n"
    }
}
