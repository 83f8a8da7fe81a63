internal import PKCS11

extension PKCS8 {
    /// DSA and Diffie-Hellman: an INTEGER in the OCTET STRING. The parameters are known from the public half.
    static func decodeInteger(_ der: UnsafeRawBufferPointer) throws(CSPError) -> Secret {
        var whole = DERReader(der)
        var info = try whole.sequence()
        try whole.end()
        guard try info.integer().allSatisfy({ $0 <= 1 }) else { throw DERReader.malformed }
        _ = try info.sequence()
        var content = DERReader(try info.element(DERReader.Tag.octetString))
        for tag in [0xA0, 0x81] as [UInt8] where info.tag == tag { _ = try info.element(tag) }
        try info.end()
        let number = try content.integer()
        try content.end()
        guard !number.isEmpty else { throw DERReader.malformed }
        return Secret(number)
    }
}
