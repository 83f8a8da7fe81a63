/// The types of key blobs.
enum BlobType {
    static let simple: UInt32 = 0x1
    static let publicKey: UInt32 = 0x6
    static let privateKey: UInt32 = 0x7
    static let plaintext: UInt32 = 0x8
    static let opaque: UInt32 = 0x9
}

extension Key {
    /// CryptExportKey.
    package func export(
        _ blobType: UInt32, under key: Key?, flags: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32
    ) throws(CSPError) {
        try checkAlive()
        switch blobType {
        case BlobType.publicKey:
            guard flags == 0 else { throw CSPError(.badFlags, "exporting a PUBLICKEYBLOB takes no flags") }
            guard key == nil else { throw CSPError(.badKey, "a PUBLICKEYBLOB is not encrypted: hExpKey must be 0") }
            try deliver(publicKeyBlob(), data: data, length: &length)
        case BlobType.privateKey:
            guard try isExportable() || self.flags.contains(.archivable) else {
                throw CSPError(.badKeyState, "the private key is not exportable: it was made without CRYPT_EXPORTABLE")
            }
            throw CSPError(.notSupported, "this release does not export private keys yet")
        default:
            throw CSPError(.badType, "a \(algorithm) key has no blob of type \(blobType) in this release")
        }
    }
}
