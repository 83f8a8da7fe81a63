internal import PKCS11

/// A key pair of session objects, and its public numbers.
struct EphemeralPair: Sendable {
    let objects: KeyPair<SessionObject>
    let numbers: PublicKey
    let algorithm: AlgorithmID
    /// What CryptGetUserKey's handles may do: CRYPT_EXPORTABLE, not CRYPT_ARCHIVABLE, which was the first handle's.
    let flags: KeyFlags
}

/// An RSA key pair on the host, and what CryptGetUserKey's handles to it may do.
struct HostPair: Sendable {
    let key: RSAPrivateKey
    let flags: KeyFlags
}

/// A key: a container's pair, a session key, or somebody's public key.
public final class Key: Sendable {
    /// Where the key's value is.
    public enum Placement: String, Sendable {
        case token, host
    }

    enum Material: Sendable {
        /// A pair in a container.
        case stored(StoredKey)
        /// A pair of session objects (CRYPT_VERIFYCONTEXT).
        case ephemeral(EphemeralPair)
        /// A session key, on the token or on the host.
        case session(SessionKey)
        /// What two keys agreed on, before KP_ALGID makes a session key of it.
        case agreed(Secret)
        /// An RSA key pair on the host: imported under CRYPT_VERIFYCONTEXT.
        case hostPrivate(RSAPrivateKey)
        /// A public key that was imported.
        case publicKey(PublicKey)
    }

    /// What a key is; of an agreed one KP_ALGID changes it, once.
    struct Identity: Sendable {
        let material: Material
        let algorithm: AlgorithmID
        let bits: Int
        let flags: KeyFlags
    }

    let context: Context
    let identity: Lock<Identity>
    /// AT_KEYEXCHANGE or AT_SIGNATURE, for key pairs.
    public let spec: KeySpec?
    let generationReport: KeyReport?

    struct State {
        var isDestroyed = false
        /// CRYPT_ARCHIVABLE: the twin that can be extracted, until the handle is closed.
        var twin: SessionObject?
        /// KP_OAEP_PARAMS.
        var oaepLabel: [UInt8] = []
        /// KP_TOKENCSP_OAEP_HASH.
        var oaepHash = HashKind.sha1
    }

    let state: Lock<State>
    private let hasSessionObjects: Bool

    init(
        _ context: Context, _ material: Material, _ algorithm: AlgorithmID, spec: KeySpec?, bits: Int,
        flags: KeyFlags = [],
        report: KeyReport? = nil, twin: SessionObject? = nil
    ) {
        self.context = context
        identity = Lock(Identity(material: material, algorithm: algorithm, bits: bits, flags: flags))
        self.spec = spec
        generationReport = report
        state = Lock(State(twin: twin))
        hasSessionObjects =
            switch material {
            case .session(let key): key.isOnToken
            case .ephemeral: true
            case .stored, .agreed, .hostPrivate, .publicKey: twin != nil
            }
        if hasSessionObjects { context.adopt(self) }
    }

    deinit {
        if hasSessionObjects { context.disown(self) }
    }

    var material: Material { identity.withLock { $0.material } }
    public var algorithm: AlgorithmID { identity.withLock { $0.algorithm } }
    /// The key length in bits; of 3DES without parity.
    public var bits: Int { identity.withLock { $0.bits } }
    /// What was asked for at generation; empty for keys that were opened or imported.
    var flags: KeyFlags { identity.withLock { $0.flags } }

    public var placement: Placement {
        switch material {
        case .publicKey, .hostPrivate, .agreed: return .host
        case .session(let key): if case .host = key.place { return .host } else { return .token }
        case .stored, .ephemeral: return .token
        }
    }

    /// Closes the handle (CryptDestroyKey): a session key is gone, an archivable key is not exportable any more. A
    /// container's pair stays on the token.
    public func destroy() throws(CSPError) {
        let twin = try state.withLock { state throws(CSPError) in
            guard !state.isDestroyed else { throw CSPError(.invalidParameter, "the key was destroyed") }
            state.isDestroyed = true
            defer { state.twin = nil }
            return state.twin
        }
        try onToken { () throws(PKCS11Error) in
            try twin?.destroy()
            switch material {
            case .session(let key): try key.end()
            // A pair is its context's, the handle was one way to it.
            case .stored, .ephemeral, .agreed, .hostPrivate, .publicKey: break
            }
        }
    }

    /// The context is released: nothing of this key stays on the token but a container's pair.
    func endSessionObjects() {
        let twin = state.withLock { state in
            defer { state.twin = nil }
            return state.twin
        }
        // What the token refuses goes with the last reference.
        try? twin?.destroy()
        switch material {
        case .session(let key):
            try? key.end()
        case .ephemeral(let pair):
            try? pair.objects.privateKey.destroy()
            try? pair.objects.publicKey.destroy()
        case .stored, .agreed, .hostPrivate, .publicKey:
            break
        }
    }

    func checkAlive() throws(CSPError) {
        try context.checkAlive()
        if state.withLock({ $0.isDestroyed }) { throw CSPError(.invalidParameter, "the key was destroyed") }
    }

    func publicNumbers() throws(CSPError) -> PublicKey {
        switch material {
        case .stored(let key): key.publicKey
        case .ephemeral(let pair): pair.numbers
        case .publicKey(let key): key
        case .hostPrivate(let key): .rsa(key.publicKey)
        case .session, .agreed: throw CSPError(.badKey, "a \(algorithm) key has no public half")
        }
    }

    /// The RSA public half.
    ///
    /// - Throws: NTE_BAD_KEY for other keys.
    func rsaNumbers() throws(CSPError) -> RSAPublicKey {
        guard let numbers = try publicNumbers().rsa else { throw CSPError(.badKey, "a \(algorithm) key is no RSA key") }
        return numbers
    }

    // MARK: The public half

    /// The public key, for PEM and blobs. Asks for no PIN.
    ///
    /// - Throws: NTE_BAD_KEY for a session key.
    public func publicKey() throws(CSPError) -> PublicKey {
        try checkAlive()
        return try publicNumbers()
    }

    /// The PUBLICKEYBLOB. Asks for no PIN.
    public func publicKeyBlob() throws(CSPError) -> [UInt8] {
        try publicKey().blob(algorithm)
    }
}
