@testable import TokenCSP

/// A PRIVATEKEYBLOB under a session key.
///
/// The input is a PRIVATEKEYBLOB in the clear, which is encrypted here. The choice is the session key and its mode; bit 0
/// says that the input is the ciphertext itself.
enum EncryptedBlobs {
    private static let context = hostContext()
    private static let keys: [Key] = {
        let ciphers: [(AlgorithmID, Int)] = [
            (.rc2, 16), (.rc4, 16), (.des, 8), (.tripleDES112, 16), (.tripleDES, 24), (.aes128, 16), (.aes256, 32),
        ]
        return ciphers.flatMap { algorithm, count in
            // CBC, ECB, CFB, and OFB, which can be set and not used.
            ([1, 2, 4, 3] as [UInt32]).compactMap { mode in
                let key = context.plaintextKey(algorithm, (0..<UInt8(count)).map { $0 &* 37 &+ 1 })
                try? key?.setParameter(4, data: littleEndian(mode), flags: 0)
                return key
            }
        }
    }()

    static func run(_ input: UnsafeRawBufferPointer) {
        let input = BlobInput(input)
        let key = keys[input.choice % keys.count]
        let plain = input.blob
        guard !input.has(0), plain.count > 8, plain[0] == 7 else {
            _ = context.imported(plain, under: key)
            return
        }
        guard let blob = encrypted(plain, key), let imported = context.imported(blob, under: key) else { return }
        let first = imported.exported(7)
        expect(first != nil, "an exportable key leaves")
        PlainBlobs.expectAlike(first ?? [], plain)
        guard let again = imported.exported(7, under: key) else { return }
        expect(context.imported(again, under: key)?.exported(7) == first, "a key comes back from under a session key")
    }

    private static func encrypted(_ blob: [UInt8], _ key: Key) -> [UInt8]? {
        var length = UInt32(blob.count - 8)
        var data = Array(blob.dropFirst(8)) + [UInt8](repeating: 0, count: 16)
        let capacity = length + 16
        let done: Void? = data.withUnsafeMutableBufferPointer {
            try? key.encrypt(
                hash: nil, final: true, flags: 0, data: $0.baseAddress, length: &length, capacity: capacity)
        }
        return done.map { Array(blob[..<8] + data.prefix(Int(length))) }
    }
}
