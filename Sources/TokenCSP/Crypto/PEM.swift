internal import CNettle

/// The textual form of RFC 7468.
enum PEM {
    /// A SubjectPublicKeyInfo as text, with a final newline.
    static func publicKey(_ der: [UInt8]) -> String {
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
