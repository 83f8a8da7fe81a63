/// One algorithm of a provider, as PP_ENUMALGS_EX tells it. Lengths in bits, without parity.
struct ProviderAlgorithm: Sendable {
    let id: AlgorithmID
    let defaultBits: Int
    let minimumBits: Int
    let maximumBits: Int
    let name: String
    let longName: String

    init(_ id: AlgorithmID, _ bits: Int, _ name: String, _ longName: String) {
        self.init(id, bits, bits...bits, name, longName)
    }

    init(_ id: AlgorithmID, _ defaultBits: Int, _ bits: ClosedRange<Int>, _ name: String, _ longName: String) {
        self.id = id
        self.defaultBits = defaultBits
        minimumBits = bits.lowerBound
        maximumBits = bits.upperBound
        self.name = name
        self.longName = longName
    }

    static func rsa(_ defaultBits: Int, _ bits: ClosedRange<Int>) -> [ProviderAlgorithm] {
        [
            ProviderAlgorithm(.rsaSign, defaultBits, bits, "RSA_SIGN", "RSA Signature"),
            ProviderAlgorithm(.rsaKeyExchange, defaultBits, bits, "RSA_KEYX", "RSA Key Exchange"),
        ]
    }

    static func dss(_ defaultBits: Int, _ bits: ClosedRange<Int>) -> [ProviderAlgorithm] {
        [ProviderAlgorithm(.dssSign, defaultBits, bits, "DSA_SIGN", "Digital Signature Algorithm")]
    }

    static func diffieHellman(_ defaultBits: Int, _ bits: ClosedRange<Int>) -> [ProviderAlgorithm] {
        [
            ProviderAlgorithm(.dhSF, defaultBits, bits, "DH_KEYX_SF", "Diffie-Hellman Store and Forward"),
            ProviderAlgorithm(.dhEphemeral, defaultBits, bits, "DH_KEYX_EPHEM", "Diffie-Hellman Ephemeral"),
        ]
    }

    static let ellipticCurve = [
        ProviderAlgorithm(.ecdsa, 256, 256...521, "ECDSA", "Elliptic Curve DSA"),
        ProviderAlgorithm(.ecdh, 256, 256...521, "ECDH", "Elliptic Curve Diffie-Hellman"),
        ProviderAlgorithm(.ecdhEphemeral, 256, 256...521, "ECDH_EPHEM", "Elliptic Curve DH, ephemeral"),
        ProviderAlgorithm(.ed25519, 255, "ED25519", "EdDSA on Curve25519"),
    ]

    /// SHA-1 and the keyed hashes.
    static let sha = legacyHashes.filter { [.sha1, .mac, .hmac].contains($0.id) }

    /// What Microsoft's DSS providers have.
    static let dssHashes = legacyHashes.filter { [.sha1, .md5, .mac, .hmac].contains($0.id) }

    /// RC2, RC4, DES, and the two 3DES.
    static let strongCiphers =
        rc(128, 40...128) + [
            ProviderAlgorithm(.des, 56, "DES", "Data Encryption Standard (DES)"),
            ProviderAlgorithm(.tripleDES112, 112, "3DES TWO KEY", "Two Key Triple DES"),
            ProviderAlgorithm(.tripleDES, 168, "3DES", "Three Key Triple DES"),
        ]

    /// What the Base provider was allowed to have: up to 56 bits.
    static let baseCiphers = rc(40, 40...56) + [ProviderAlgorithm(.des, 56, "DES", "Data Encryption Standard (DES)")]

    private static func rc(_ defaultBits: Int, _ bits: ClosedRange<Int>) -> [ProviderAlgorithm] {
        [
            ProviderAlgorithm(.rc2, defaultBits, bits, "RC2", "RSA Data Security's RC2"),
            ProviderAlgorithm(.rc4, defaultBits, bits, "RC4", "RSA Data Security's RC4"),
        ]
    }

    static let aes = [
        ProviderAlgorithm(.aes128, 128, "AES 128", "Advanced Encryption Standard (128)"),
        ProviderAlgorithm(.aes192, 192, "AES 192", "Advanced Encryption Standard (192)"),
        ProviderAlgorithm(.aes256, 256, "AES 256", "Advanced Encryption Standard (256)"),
    ]

    /// What every provider has besides HMAC, in Windows' order.
    static let legacyHashes = [
        ProviderAlgorithm(.sha1, 160, "SHA-1", "Secure Hash Algorithm (SHA-1)"),
        ProviderAlgorithm(.md2, 128, "MD2", "Message Digest 2 (MD2)"),
        ProviderAlgorithm(.md4, 128, "MD4", "Message Digest 4 (MD4)"),
        ProviderAlgorithm(.md5, 128, "MD5", "Message Digest 5 (MD5)"),
        ProviderAlgorithm(.ssl3SHAMD5, 288, "SSL3 SHAMD5", "SSL3 SHAMD5"),
        ProviderAlgorithm(.mac, 0, "MAC", "CBC Message Authentication Code"),
        ProviderAlgorithm(.hmac, 0, "HMAC", "Keyed-Hash MAC (HMAC)"),
    ]

    static let sha2 = [
        ProviderAlgorithm(.sha256, 256, "SHA-256", "Secure Hash Algorithm (SHA-256)"),
        ProviderAlgorithm(.sha384, 384, "SHA-384", "Secure Hash Algorithm (SHA-384)"),
        ProviderAlgorithm(.sha512, 512, "SHA-512", "Secure Hash Algorithm (SHA-512)"),
    ]
}
