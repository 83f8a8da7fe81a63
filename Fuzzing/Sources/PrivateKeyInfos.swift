@testable import TokenCSP

/// PKCS #8, as tokens wrap private keys: DER of any kind.
enum PrivateKeyInfos {
    static func run(_ input: UnsafeRawBufferPointer) {
        walk(DERReader(input), input, depth: 0)
        for own in OwnKey.all { checkValue(input, own) }
        guard let numbers = try? PKCS8.decodeRSA(input) else { return }
        let encoded = PKCS8.encodeRSA(numbers)
        guard let again = try? PKCS8.decodeRSA(encoded) else { fatalError("what was encoded is decoded") }
        expect(PKCS8.encodeRSA(again) == encoded, "what was encoded twice is the same")
        // The RSAPrivateKey has one encoding only; attributes may follow, and NULL may be missing before it.
        let prefix = 26 + (encoded.count > 0x8100 ? 2 : 0)
        let inner = encoded.dropFirst(prefix)
        let bytes = Array(input)
        expect(
            bytes.indices.contains { bytes[$0...].starts(with: inner) },
            "the key that is encoded is the one that was read")
    }

    /// Of the other families the public key is known, and the private one must be its other half.
    private static func checkValue(_ input: UnsafeRawBufferPointer, _ own: OwnKey) {
        guard let publicKey = try? own.key.publicKey(), let numbers = try? PrivateNumbers.decode(input, publicKey)
        else {
            return
        }
        let blob = try? numbers.blob(own.key.algorithm)
        expect(blob == own.blob, "what a token wraps is the key")
    }

    /// Every element lies within its parent, and reading makes progress.
    private static func walk(_ reader: DERReader, _ parent: UnsafeRawBufferPointer, depth: Int) {
        var reader = reader
        while depth < 16, let tag = reader.tag {
            var copy = reader
            if tag == DERReader.Tag.integer, let number = try? copy.integer() { expectInside(number, parent) }
            guard let content = try? reader.element(tag) else { return }
            expectInside(content, parent)
            if tag & 0x20 != 0 { walk(DERReader(content), content, depth: depth + 1) }
        }
    }

    private static func expectInside(_ content: UnsafeRawBufferPointer, _ parent: UnsafeRawBufferPointer) {
        guard !content.isEmpty, let start = content.baseAddress, let from = parent.baseAddress else { return }
        expect(start > from && start + content.count <= from + parent.count, "an element lies within its parent")
    }
}
