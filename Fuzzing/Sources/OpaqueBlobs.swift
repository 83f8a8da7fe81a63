import PKCS11

@testable import TokenCSP

/// An OPAQUEKEYBLOB, on a token: the input is BLOBHEADER and content, which is encrypted and signed here as this
/// container's own blobs are.
///
/// With bit 0 the input is laid over such a blob: no change may go unnoticed.
enum OpaqueBlobs {
    private static let context: Context = {
        do {
            // scripts/fuzz makes the token.
            let context = try Context.acquire(
                container: "fuzz", provider: "Microsoft Enhanced RSA and AES Cryptographic Provider", flags: .newKeySet)
            _ = try context.generateKey(.keyExchange, bits: 1024)
            return context
        } catch {
            fatalError("no container: \(error)")
        }
    }()
    private static let contentKey = [UInt8](repeating: 0x5A, count: 32)
    /// The container's key, the content key under it, and a blob of an AES key.
    private static let material: (exchange: Key, block: [UInt8], sample: [UInt8]) = {
        do {
            let exchange = try context.userKey(.keyExchange)
            var block = contentKey + [UInt8](repeating: 0, count: 96)
            var length: UInt32 = 32
            try block.withUnsafeMutableBufferPointer {
                try exchange.encrypt(
                    hash: nil, final: true, flags: ImportFlag.oaep, data: $0.baseAddress, length: &length, capacity: 128
                )
            }
            block.reverse()
            let key = context.plaintextKey(.aes128, [UInt8](repeating: 9, count: 16))
            return (exchange, block, key?.exported(9) ?? [])
        } catch {
            fatalError("no key: \(error)")
        }
    }()

    static func run(_ input: UnsafeRawBufferPointer) {
        let material = material
        let input = BlobInput(input)
        if input.has(0) { return runOver(material.sample, input.blob) }
        guard input.blob.count >= 8, let blob = sealed(input.blob) else { return }
        guard let key = context.imported(blob) else { return }
        guard let value = key.value() else { fatalError("an exportable key leaves") }
        expect(input.blob.suffix(value.count) == value[...], "the key is what the content ends with")
        let again = key.exported(9).flatMap { context.imported($0) }
        expect(again?.value() == value, "a key comes back from its OPAQUEKEYBLOB")
        // KP_IV, KP_SALT, KP_MODE, KP_MODE_BITS, KP_EFFECTIVE_KEYLEN
        for parameter: UInt32 in [1, 2, 4, 5, 19] {
            expect(again?.parameter(parameter) == key.parameter(parameter), "parameter \(parameter) comes back")
        }
        key.expectItEncrypts()
    }

    private static func runOver(_ sample: [UInt8], _ input: [UInt8]) {
        let changed = zip(sample, input.dropFirst(4) + [UInt8](repeating: 0, count: sample.count)).map {
            $0 ^ $1
        }
        let imported = context.imported(changed)
        expect((imported != nil) == (changed == sample), "a blob is taken as it was made and not otherwise")
    }

    private static func sealed(_ input: [UInt8]) -> [UInt8]? {
        var content = Array(input[8...])
        let padding = 16 - content.count % 16
        content += [UInt8](repeating: UInt8(padding), count: padding)
        guard let cipher = contentKey.withUnsafeBytes({ HostCipher(.aes256, key: $0, effectiveBits: 0) }) else {
            return nil
        }
        var register = [UInt8](repeating: 0, count: 16)
        content.withUnsafeMutableBytes { cipher.cbc($0, register: &register, encrypting: true) }
        let blob = Array(input[..<8]) + littleEndian(1) + material.block + littleEndian(UInt32(content.count)) + content
        guard let hash = try? context.makeHash(.sha256) else { return nil }
        try? hash.update(Array("TokenCSP OPAQUEKEYBLOB\0".utf8) + blob)
        guard let signature = try? hash.sign(.keyExchange) else { return nil }
        return blob + signature.reversed()
    }
}

extension Key {
    /// CryptGetKeyParam; nil where it is refused.
    fileprivate func parameter(_ id: UInt32) -> [UInt8]? {
        var data = [UInt8](repeating: 0, count: 64)
        var length: UInt32 = 64
        let told: Void? = data.withUnsafeMutableBufferPointer {
            try? parameter(id, data: $0.baseAddress, length: &length, flags: 0)
        }
        return told.map { Array(data.prefix(Int(length))) }
    }
}
