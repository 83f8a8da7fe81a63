internal import PKCS11

/// What is to be known of a session key's algorithm, on the token and on the host.
struct SessionAlgorithm: Sendable {
    /// How a token makes and uses such keys; nil where none does.
    struct OnToken: Sendable {
        let generation: MechanismType
        let keyType: KeyType
        let cbc: MechanismType
        let ecb: MechanismType
        /// Whether CKA_VALUE_LEN says the size, or the mechanism alone does.
        let hasLength: Bool
    }

    let id: AlgorithmID
    let cipher: HostCipher.Kind
    /// Size of the value, parity included; nil for RC2 and RC4, where the key says it.
    let bytes: Int?
    let onToken: OnToken?

    /// In bytes; 0 for RC4.
    var blockSize: Int { cipher.blockSize }
    /// RC2 and RC4: keys below 128 bits are filled up with salt.
    var hasSalt: Bool { bytes == nil }
    /// Whether each byte's lowest bit is parity.
    var hasParity: Bool { cipher == .des || cipher == .tripleDES || cipher == .tripleDES112 }

    static let all: [AlgorithmID: SessionAlgorithm] = {
        let algorithms = [
            SessionAlgorithm(id: .rc2, cipher: .rc2, bytes: nil, onToken: nil),
            SessionAlgorithm(id: .rc4, cipher: .rc4, bytes: nil, onToken: nil),
            // SoftHSM makes DES keys and cannot use them: on the host.
            SessionAlgorithm(id: .des, cipher: .des, bytes: 8, onToken: nil),
            SessionAlgorithm(
                id: .tripleDES112, cipher: .tripleDES112, bytes: 16,
                onToken: OnToken(
                    generation: .des2KeyGen, keyType: .des2, cbc: .des3CBC, ecb: .des3ECB, hasLength: false)
            ),
            SessionAlgorithm(
                id: .tripleDES, cipher: .tripleDES, bytes: 24,
                onToken: OnToken(
                    generation: .des3KeyGen, keyType: .des3, cbc: .des3CBC, ecb: .des3ECB, hasLength: false)
            ),
            SessionAlgorithm(id: .aes128, cipher: .aes128, bytes: 16, onToken: aes),
            SessionAlgorithm(id: .aes192, cipher: .aes192, bytes: 24, onToken: aes),
            SessionAlgorithm(id: .aes256, cipher: .aes256, bytes: 32, onToken: aes),
        ]
        return Dictionary(uniqueKeysWithValues: algorithms.map { ($0.id, $0) })
    }()

    private static let aes = OnToken(generation: .aesKeyGen, keyType: .aes, cbc: .aesCBC, ecb: .aesECB, hasLength: true)

    /// Whether RFC 3217 wraps such keys under keys of the other algorithm: 3DES under 3DES, RC2 under RC2.
    func isWrapped(under other: SessionAlgorithm) -> Bool {
        let tripleDES: Set<HostCipher.Kind> = [.tripleDES, .tripleDES112]
        return cipher == .rc2 && other.cipher == .rc2 || tripleDES.contains(cipher) && tripleDES.contains(other.cipher)
    }

    /// Sets the parity of DES keys, as Windows makes and exports them.
    func setParity(_ key: UnsafeMutableRawBufferPointer) {
        guard hasParity else { return }
        for index in key.indices where key[index].nonzeroBitCount.isMultiple(of: 2) { key[index] ^= 1 }
    }
}
