internal import PKCS11

/// A session key with its parameters and its place in a message: on the host, or as a session object on the token.
///
/// The chaining state is the host's in both cases, so that a key can be duplicated in the middle of a message: each
/// call to the token is an operation of its own.
final class SessionKey: Sendable {
    enum Place: Sendable {
        case host(Secret)
        case token(Token, SessionObject)
    }

    /// KP_MODE.
    enum Mode {
        static let cbc: UInt32 = 1
        static let ecb: UInt32 = 2
        static let ofb: UInt32 = 3
        static let cfb: UInt32 = 4
        static let cts: UInt32 = 5
    }

    struct Parameters: Sendable {
        var mode = Mode.cbc
        /// Feedback of CFB in bits.
        var modeBits: UInt32 = 8
        /// One block.
        var iv: [UInt8]
        /// RC2 and RC4: what fills the key up.
        var salt: [UInt8]
        /// RC2, in bits.
        var effectiveBits: Int
    }

    struct State: Sendable {
        var parameters: Parameters
        /// DES: the value that KP_KEYVAL set in place of the one that the key was made with.
        var replacement: Secret?
        /// The previous block of the message; the initialization vector between messages.
        var register: [UInt8]
        /// The key schedule, made at the first use, and again when salt or effective length change.
        var cipher: HostCipher?
    }

    let algorithm: SessionAlgorithm
    let place: Place
    /// The nominal length in bytes, parity included.
    let bytes: Int
    let state: Lock<State>

    init(_ algorithm: SessionAlgorithm, _ place: Place, bytes: Int, salt: [UInt8] = [], effectiveBits: Int? = nil) {
        self.algorithm = algorithm
        self.place = place
        self.bytes = bytes
        let iv = [UInt8](repeating: 0, count: algorithm.blockSize)
        let parameters = Parameters(iv: iv, salt: salt, effectiveBits: effectiveBits ?? bytes * 8)
        state = Lock(State(parameters: parameters, register: iv))
    }

    private init(copying other: SessionKey, _ state: State) {
        algorithm = other.algorithm
        place = other.place
        bytes = other.bytes
        self.state = Lock(state)
    }

    var isOnToken: Bool {
        if case .token = place { true } else { false }
    }

    /// The handle is closed, or its context released: an object on the token goes with the last key that shares it.
    func end() throws(PKCS11Error) {
        if case .token(_, let object) = place { try object.destroy() }
    }

    /// A second key with the same value and parameters, at the same place of the message; from here on on its own.
    func duplicate() -> SessionKey {
        let copy = state.withLock { state in
            var copy = state
            copy.cipher = state.cipher?.duplicate()
            return copy
        }
        return SessionKey(copying: self, copy)
    }

    /// Lends the nominal value, without salt; nil where the token keeps it.
    func withValue<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R? {
        value(state.withLock { $0 })?.withUnsafeBytes(body)
    }

    /// The nominal value on the host.
    func value(_ state: State) -> Secret? {
        guard case .host(let secret) = place else { return nil }
        return state.replacement ?? secret
    }

    /// KP_KEYVAL of a DES key on the host; the message under way is given up.
    func replaceValue(_ value: UnsafeRawBufferPointer) {
        state.withLock { state in
            state.replacement = Secret(value)
            state.cipher = nil
            state.register = state.parameters.iv
        }
    }

    /// Changes parameters; what depends on them is made anew.
    func setParameters(_ change: (inout Parameters) throws(CSPError) -> Void) throws(CSPError) {
        try state.withLock { state throws(CSPError) in
            var parameters = state.parameters
            try change(&parameters)
            if parameters.salt != state.parameters.salt || parameters.effectiveBits != state.parameters.effectiveBits {
                state.cipher = nil
            }
            state.parameters = parameters
            state.register = parameters.iv
        }
    }

    var parameters: Parameters { state.withLock { $0.parameters } }

    /// An RC2 key beyond 128 bits (SIMPLEBLOB, CRYPT_IPSEC_HMAC_KEY): for HMACs, which take all of it. It encrypts nothing;
    /// decryption and MACs take 512 bits at most.
    var isOverlong: Bool { algorithm.cipher == .rc2 && bytes > 16 }

    /// How much of the value the cipher uses, in bytes: what KP_KEYLEN tells.
    var cipherBytes: Int { isOverlong ? min(bytes, 64) : bytes }
}

extension SessionKey: KeyWrappingCipher {
    var kind: HostCipher.Kind { algorithm.cipher }
}
