extension AlgorithmID {
    /// Broken, for old data alone: MD2, 16 bytes.
    public static let md2 = AlgorithmID(rawValue: 0x8001)
    /// Broken, for old data alone: MD4, 16 bytes.
    public static let md4 = AlgorithmID(rawValue: 0x8002)
    /// CBC-MAC of a block cipher: see ``Context/makeMAC(key:)``.
    public static let mac = AlgorithmID(rawValue: 0x8005)
    /// The 36 bytes of MD5 and SHA-1 that SSL 3.0 and TLS 1.0 sign; made elsewhere, and set.
    public static let ssl3SHAMD5 = AlgorithmID(rawValue: 0x8008)
    /// RFC 2104: see ``Context/makeHMAC(_:key:)``.
    public static let hmac = AlgorithmID(rawValue: 0x8009)
}
