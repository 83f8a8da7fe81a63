@testable import TokenCSP

/// A SIMPLEBLOB under an RSA key of exponent one, which leaves its block as it is: the padding is the input's.
///
/// Bits: 0 CRYPT_OAEP with a block that is masked here, 1 CRYPT_OAEP without, 2
/// CRYPT_NO_SALT, 3 the key is named by its handle.
enum SimpleBlobs {
    private static let context = hostContext()
    private static let size = 64
    private static let exchangeKey: Key = {
        let prime1: [UInt8] = [0xC0] + (1..<32).map { UInt8($0) | 1 }
        let prime2: [UInt8] = [0xD0] + (1..<32).map { UInt8($0) &* 3 | 1 }
        guard let blob = RSABlob(exponent: 1, prime1, prime2)?.bytes, let key = context.imported(blob) else {
            fatalError("no key of exponent one")
        }
        return key
    }()

    static func run(_ input: UnsafeRawBufferPointer) {
        let exchangeKey = exchangeKey
        let input = BlobInput(input)
        var blob = input.blob
        let isMasked = input.has(0)
        let isOAEP = isMasked || input.has(1)
        var flags = ImportFlag.exportable | (isOAEP ? ImportFlag.oaep : 0)
        if input.has(2) { flags |= ImportFlag.noSalt }
        let isWhole = blob.count >= 12 + size
        let block = isWhole ? Array(blob[12..<12 + size].reversed()) : []
        if isWhole, isMasked { blob.replaceSubrange(12..<12 + size, with: masked(block).reversed()) }

        let under = input.has(3) ? exchangeKey : nil
        guard blob.first == 1, let key = context.imported(blob, under: under, flags: flags) else { return }
        guard let value = key.value() else { fatalError("an exportable key leaves") }
        if isMasked || !isOAEP {
            expect(block.suffix(value.count) == value[...], "the key is what the block ends with")
            expect(block.dropLast(value.count).last == (isOAEP ? 1 : 0), "the key begins behind the padding")
        }
        guard let again = key.exported(1, under: exchangeKey, flags: flags & ImportFlag.oaep) else {
            // Only a block too short for the key is a reason.
            expect(value.count > size - (isOAEP ? 42 : 11), "a key of \(value.count) bytes goes into a SIMPLEBLOB")
            return
        }
        expect(context.imported(again, flags: flags)?.value() == value, "a key comes back from a SIMPLEBLOB")
        key.expectItEncrypts()
    }

    /// Masks seed and data of an OAEP block (RFC 8017, section 7.1.1) whatever they are.
    private static func masked(_ block: [UInt8]) -> [UInt8] {
        var seed = Array(block[1..<21])
        var data = Array(block[21...])
        data = zip(data, mask(seed, data.count)).map { $0 ^ $1 }
        seed = zip(seed, mask(data, seed.count)).map { $0 ^ $1 }
        return block[..<1] + seed + data
    }

    /// MGF1 with SHA-1.
    private static func mask(_ seed: [UInt8], _ count: Int) -> [UInt8] {
        let pieces = (0...UInt8(count / 20)).flatMap { counter in
            let hash = HostHash(.sha1)
            (seed + [0, 0, 0, counter]).withUnsafeBytes { hash.update($0) }
            return hash.finish()
        }
        return Array(pieces.prefix(count))
    }
}
