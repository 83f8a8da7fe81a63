@testable import TokenCSP

/// A PUBLICKEYBLOB under one's own key, with which it agrees on a secret. The choice is that key, among those of the algorithm.
enum AgreedBlobs {
    private static let own = OwnKey.all.filter { own in
        // With itself as well.
        own.secret(with: own.key.exported(6) ?? []) != nil
    }

    static func run(_ input: UnsafeRawBufferPointer) {
        let input = BlobInput(input)
        let able = own.filter { $0.key.algorithm.rawValue == number(input.blob.dropFirst(4)) }
        let own = able.isEmpty ? own[input.choice % own.count] : able[input.choice % able.count]
        guard input.blob.first == 6, let key = own.secret(with: input.blob) else { return }
        guard let again = own.secret(with: input.blob) else { fatalError("two keys agree once more") }
        let value = key.value()
        expect(value != nil && value == again.value(), "two keys agree on the same")
        key.expectItEncrypts()
    }
}

extension OwnKey {
    /// The session key that it agrees on, of a cipher that the provider has; nil where the other's key is refused.
    fileprivate func secret(with blob: [UInt8]) -> Key? {
        guard let agreed = context.imported(blob, under: key) else { return nil }
        for cipher in [AlgorithmID.aes128, .tripleDES, .des] {
            // KP_ALGID
            if (try? agreed.setParameter(7, data: littleEndian(cipher.rawValue), flags: 0)) != nil { return agreed }
        }
        fatalError("an agreed key becomes a session key")
    }
}
