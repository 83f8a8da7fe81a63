@testable import TokenCSP

/// A SYMMETRICWRAPKEYBLOB: the input holds what is wrapped, which is checksummed and encrypted here as RFC 3217 says.
///
/// The choice is the wrapping key. Bits: 0 the input is wrapped already, 1 its last eight
/// bytes are the checksum.
enum SymmetricWrapBlobs {
    private static let context = hostContext()
    private static let keys: [(key: Key, cipher: HostCipher)] = {
        let ciphers: [(AlgorithmID, HostCipher.Kind, Int)] = [
            (.tripleDES, .tripleDES, 24), (.tripleDES112, .tripleDES112, 16), (.rc2, .rc2, 16), (.rc2, .rc2, 5),
        ]
        return ciphers.map { algorithm, kind, count in
            let value = (0..<UInt8(count)).map { $0 &* 29 &+ 3 }
            guard let key = context.plaintextKey(algorithm, value, flags: 0x11),
                let cipher = value.withUnsafeBytes({ HostCipher(kind, key: $0, effectiveBits: count * 8) })
            else { fatalError("no \(algorithm) key") }
            return (key, cipher)
        }
    }()

    static func run(_ input: UnsafeRawBufferPointer) {
        let input = BlobInput(input)
        let (key, cipher) = keys[input.choice % keys.count]
        let blob = input.blob
        guard !input.has(0), blob.count > 12, blob[0] == 0xB else {
            _ = context.imported(blob, under: key)
            return
        }
        var content = Array(blob[12...].prefix(264))
        content.removeLast(content.count % 8)
        let wrapped = wrapped(input.has(1) ? content : content + checksum(content), cipher)
        guard let imported = context.imported(blob[..<12] + wrapped, under: key) else { return }
        guard let value = imported.value() else { fatalError("an exportable key leaves") }
        // 3DES: the key itself, of two keys the first once more. RC2: behind its length.
        expect(
            content.dropFirst(imported.algorithm == .rc2 ? 1 : 0).starts(with: value), "the key is what was wrapped")
        let again = imported.exported(0xB, under: key)
        // RC2 has keys of 128 bytes; longer ones, for HMACs, are not wrapped.
        expect(again != nil || value.count > 128, "a key that was wrapped is wrapped again")
        if let again {
            expect(context.imported(again, under: key)?.value() == value, "a key comes back from its wrapping")
        }
        imported.expectItEncrypts()
    }

    private static func checksum(_ content: [UInt8]) -> [UInt8] {
        let hash = HostHash(.sha1)
        content.withUnsafeBytes { hash.update($0) }
        return Array(hash.finish().prefix(8))
    }

    private static func wrapped(_ content: [UInt8], _ cipher: HostCipher) -> [UInt8] {
        let iv: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        var data = content
        var register = iv
        data.withUnsafeMutableBytes { cipher.cbc($0, register: &register, encrypting: true) }
        data = (iv + data).reversed()
        register = [0x4A, 0xDD, 0xA2, 0x2C, 0x79, 0xE8, 0x21, 0x05]
        data.withUnsafeMutableBytes { cipher.cbc($0, register: &register, encrypting: true) }
        return data
    }
}
