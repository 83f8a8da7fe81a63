internal import PKCS11

extension PKCS8 {
    /// DSA and Diffie-Hellman.
    static func decodeInteger(_ der: UnsafeRawBufferPointer) throws(CSPError) -> Secret {
        throw DERReader.malformed
    }
}
