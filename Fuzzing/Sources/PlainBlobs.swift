@testable import TokenCSP

/// Blobs that nothing is encrypted under: PUBLICKEYBLOB, PRIVATEKEYBLOB, PLAINTEXTKEYBLOB, of any algorithm.
///
/// The choices are the provider and the flags.
enum PlainBlobs {
    /// Exportable as well: nothing, no salt, CRYPT_IPSEC_HMAC_KEY, CRYPT_ARCHIVABLE, CRYPT_USER_PROTECTED, OAEP. Last: no flag.
    private static let flags: [UInt32] = [0x1, 0x11, 0x101, 0x4001, 0x3, 0x41, 0]

    static func run(_ input: UnsafeRawBufferPointer) {
        let input = BlobInput(input)
        let blob = input.blob
        let context = providerContext(of: number(blob.dropFirst(4)), choice: input.choice)
        let flags = flags[input.flags % flags.count]
        guard let key = context.imported(blob, flags: flags) else { return }

        let mayLeave = flags & ImportFlag.exportable != 0 || blob[0] == 6
        // CRYPT_BLOB_VER3: of Diffie-Hellman the other version goes without its parameters.
        let version: UInt32 = blob[1] == 3 ? 0x80 : 0
        let first = key.exported(UInt32(blob[0]), flags: version)
        // SoftHSM does not let Ed25519 keys out.
        expect((first != nil) == mayLeave || first == nil && key.placement == .token, "a key leaves as its flags say")
        if let first {
            expectAlike(first, blob)
            let again = context.imported(first, flags: flags)
            expect(again != nil, "what was exported is imported")
            expect(again?.exported(UInt32(blob[0]), flags: version) == first, "what was exported twice is the same")
        }
        use(key, context)
    }

    /// A blob that comes out again is the one that went in.
    static func expectAlike(_ blob: [UInt8], _ original: [UInt8]) {
        // One that was cut off in the private exponent, or says another length than its number has, comes out whole; one
        // of version 3 without its seed and its cofactor.
        guard original.count >= blob.count, blob[1] == 2, original[8...].prefix(8) == blob[8...].prefix(8) else {
            return
        }
        let isDSS = blob[8...].starts(with: "DSS".utf8)
        let kept = isDSS ? blob.dropLast(24) : blob[...]
        expect(
            original.starts(with: blob[..<2]) && original[4...].starts(with: kept[4...]),
            "a blob that comes out is the one that went in")
    }

    /// What programs do with an imported key.
    private static func use(_ key: Key, _ context: Context) {
        if case .session = key.material { return key.expectItEncrypts() }
        expect(key.exported(6) != nil, "a public key leaves")
        // Long keys take their time and show nothing else.
        guard key.bits <= 1100 else { return }
        guard let hash = try? context.makeHash(.sha1) else { return }
        try? hash.update(Array("data".utf8))
        let signature = key.spec.flatMap { try? hash.sign($0) } ?? [UInt8](repeating: 1, count: (key.bits + 7) / 8)
        try? hash.verify(signature, key: key)
        for oaep: UInt32 in [0, ImportFlag.oaep] {
            var data = [UInt8](repeating: 7, count: 256)
            var length: UInt32 = 16
            data.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                try? key.encrypt(hash: nil, final: true, flags: oaep, data: base, length: &length, capacity: 256)
                try? key.decrypt(hash: nil, final: true, flags: oaep, data: base, length: &length)
            }
        }
    }
}
