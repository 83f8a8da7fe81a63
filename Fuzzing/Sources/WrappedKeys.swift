@testable import TokenCSP

/// What a token wrapped under a key of ours: any bytes, and such that come out right and are padded in any way.
///
/// The first byte says how it is wrapped, the second, where odd, that the input is wrapped already.
enum WrappedKeys {
    private static let key = (0..<UInt8(32)).map { $0 }
    private static let methods: [KeyWrapMethod] = [
        .rfc3394, .rfc5649, .pkcs7ThenRFC3394, .aesCBCPad(iv: [UInt8](repeating: 3, count: 16)),
    ]

    static func run(_ input: UnsafeRawBufferPointer) {
        guard input.count >= 2 else { return }
        let method = methods[Int(input[0]) % methods.count]
        let payload = Array(input.dropFirst(2))
        guard input[1] % 2 == 0 else {
            _ = unwrap(payload, method)
            return
        }
        guard let wrapped = wrap(payload, method), let content = unwrap(wrapped.bytes, method) else { return }
        let rest = wrapped.content.dropFirst(content.count)
        expect(wrapped.content.starts(with: content), "the key is what was wrapped")
        switch method {
        case .rfc3394: expect(rest.isEmpty, "all of it is the key")
        case .rfc5649: expect(rest.count < 8 && rest.allSatisfy { $0 == 0 }, "zeros follow the key")
        case .pkcs7ThenRFC3394, .aesCBCPad:
            expect(!rest.isEmpty && rest.allSatisfy { Int($0) == rest.count }, "the padding of PKCS #7 follows the key")
        }
    }

    private static func unwrap(_ wrapped: [UInt8], _ method: KeyWrapMethod) -> [UInt8]? {
        key.withUnsafeBytes { try? KeyUnwrap.unwrap(wrapped, key: $0, method: method) }
    }

    /// What is wrapped, whole blocks of it, and its wrapping; nil where it is too short.
    private static func wrap(_ payload: [UInt8], _ method: KeyWrapMethod) -> (content: [UInt8], bytes: [UInt8])? {
        guard let cipher = key.withUnsafeBytes({ HostCipher(.aes256, key: $0, effectiveBits: 0) }) else { return nil }
        guard case .aesCBCPad(let iv) = method else { return rfc3394(payload, method, cipher) }
        let content = Array(payload.dropLast(payload.count % 16))
        var bytes = content
        var register = iv
        bytes.withUnsafeMutableBytes { cipher.cbc($0, register: &register, encrypting: true) }
        return (content, bytes)
    }

    /// RFC 3394, section 2.2.1; RFC 5649's initial value takes its last four bytes from the input.
    private static func rfc3394(
        _ payload: [UInt8], _ method: KeyWrapMethod, _ cipher: HostCipher
    ) -> (content: [UInt8], bytes: [UInt8])? {
        var a = [UInt8](repeating: 0xA6, count: 8)
        var content = payload
        if method == .rfc5649 {
            guard payload.count >= 4 else { return nil }
            a = [0xA6, 0x59, 0x59, 0xA6] + payload[..<4]
            content = Array(payload.dropFirst(4))
        }
        content.removeLast(content.count % 8)
        guard !content.isEmpty else { return nil }
        var blocks = stride(from: 0, to: content.count, by: 8).map { Array(content[$0..<$0 + 8]) }
        if method == .rfc5649, blocks.count == 1 {
            var block = a + blocks[0]
            block.withUnsafeMutableBytes { cipher.ecb($0, encrypting: true) }
            return (content, block)
        }
        for step in 1...6 * blocks.count {
            let index = (step - 1) % blocks.count
            var block = a + blocks[index]
            block.withUnsafeMutableBytes { cipher.ecb($0, encrypting: true) }
            let counter = withUnsafeBytes(of: UInt64(step).bigEndian) { Array($0) }
            a = zip(block, counter).map { $0 ^ $1 }
            blocks[index] = Array(block[8...])
        }
        return (content, a + blocks.joined())
    }
}
