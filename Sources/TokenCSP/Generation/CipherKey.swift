internal import PKCS11

/// How the token makes a session key of an algorithm.
struct CipherKey: Sendable {
    let mechanism: MechanismType
    let keyType: KeyType
    /// Size of the value, parity included.
    let bytes: Int
    /// Whether CKA_VALUE_LEN says the size, or the mechanism alone does.
    let hasLength: Bool
    /// In bits, as KP_BLOCKLEN tells it.
    let blockBits: Int

    static let all: [AlgorithmID: CipherKey] = [
        .aes128: aes(16), .aes192: aes(24), .aes256: aes(32),
        .tripleDES: CipherKey(mechanism: .des3KeyGen, keyType: .des3, bytes: 24, hasLength: false, blockBits: 64),
        .tripleDES112: CipherKey(mechanism: .des2KeyGen, keyType: .des2, bytes: 16, hasLength: false, blockBits: 64),
    ]

    private static func aes(_ bytes: Int) -> CipherKey {
        CipherKey(mechanism: .aesKeyGen, keyType: .aes, bytes: bytes, hasLength: true, blockBits: 128)
    }
}
