internal import PKCS11
internal import Synchronization

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
        /// The token, which keeps it.
        case token
        /// The memory of this process, which is wiped.
        case host
    }

    enum Material: Sendable {
        /// A pair in a container.
        case stored(StoredKey)
        /// A pair of session objects (CRYPT_VERIFYCONTEXT).
        case ephemeral(EphemeralPair)
        /// A session key, on the token or on the host.
        case session(SessionKey)
        /// An RSA key pair on the host: imported under CRYPT_VERIFYCONTEXT.
        case hostPrivate(RSAPrivateKey)
        /// A public key that was imported.
        case publicKey(PublicKey)
        /// A pair before CRYPT_PREGEN's second step.
        case draft(PairDraft)
        /// What two keys agreed on, before KP_ALGID makes a session key of its leftmost bytes.
        case agreed(Secret)
    }

    /// What a key is. CRYPT_PREGEN and an agreement make one in two steps, of which the second changes it.
    struct Nature: Sendable {
        let material: Material
        let algorithm: AlgorithmID
        let bits: Int
        let flags: KeyFlags
        let report: UnwrittenReport?
    }

    let context: Context
    /// AT_KEYEXCHANGE or AT_SIGNATURE, for key pairs.
    public let spec: KeySpec?

    struct State {
        var nature: Nature
        /// CRYPT_ARCHIVABLE: the twin that can be extracted, until the handle is closed.
        var twin: SessionObject?
        /// KP_OAEP_PARAMS.
        var oaepLabel: [UInt8] = []
        /// KP_TOKENCSP_OAEP_HASH.
        var oaepHash = HashKind.sha1
    }

    let state: Lock<State>
    /// What the key is for good, read without the lock; nil for one that is made in two steps.
    private let settled: Nature?
    /// The container's pair, where the key is one.
    let stored: StoredKey?
    /// The same, not counted: threads that sign would pass its count from core to core.
    let uncounted: Unmanaged<StoredKey>?
    private let settledSession: SessionKey?
    private let isDestroyed = Atomic<Bool>(false)

    init(
        _ context: Context, _ material: Material, _ algorithm: AlgorithmID, spec: KeySpec?, bits: Int,
        flags: KeyFlags = [],
        report: UnwrittenReport? = nil, twin: SessionObject? = nil
    ) {
        self.context = context
        self.spec = spec
        let nature = Nature(material: material, algorithm: algorithm, bits: bits, flags: flags, report: report)
        state = Lock(State(nature: nature, twin: twin))
        stored = if case .stored(let key) = material { key } else { nil }
        uncounted = stored.map { .passUnretained($0) }
        settledSession = if case .session(let key) = material { key } else { nil }
        switch material {
        case .draft, .agreed: settled = nil
        case .stored, .ephemeral, .session, .hostPrivate, .publicKey: settled = nature
        }
        adopt(nature, twin)
    }

    deinit {
        if sessionObjects(nature, nil) != nil { context.disown(self) }
    }

    private func adopt(_ nature: Nature, _ twin: SessionObject?) {
        if let objects = sessionObjects(nature, twin) { context.adopt(objects, of: self) }
    }

    /// The second step of what is made in two.
    ///
    /// - Throws: NTE_BAD_TYPE where another thread was first.
    func become(_ nature: Nature, twin: SessionObject? = nil) throws(CSPError) {
        try state.withLock { state throws(CSPError) in
            switch state.nature.material {
            case .draft, .agreed: break
            default: throw CSPError(.badType, "the key is a \(state.nature.algorithm) key already")
            }
            state.nature = nature
            state.twin = twin
        }
        adopt(nature, twin)
    }

    var nature: Nature {
        if let settled { return settled }
        return state.withLock { $0.nature }
    }
    var material: Material {
        if let settled { return settled.material }
        return state.withLock { $0.nature.material }
    }
    /// The session key, where the key is one.
    var session: SessionKey? {
        if let settledSession { return settledSession }
        if case .session(let key) = material { return key }
        return nil
    }
    /// What the key is for.
    public var algorithm: AlgorithmID {
        if let settled { return settled.algorithm }
        return state.withLock { $0.nature.algorithm }
    }
    /// The key length in bits; of 3DES without parity.
    public var bits: Int { nature.bits }
    /// What was asked for at generation; empty for keys that were opened or imported.
    var flags: KeyFlags { nature.flags }
    var generationReport: UnwrittenReport? { nature.report }

    /// What a key has on the token that is to be gone once its context is released.
    enum SessionObjects: Sendable {
        case key(SessionKey)
        case pair(EphemeralPair)
        case twin(SessionObject?)

        /// What the token refuses goes with the last reference.
        func end() {
            switch self {
            case .key(let key):
                try? key.end()
            case .pair(let pair):
                try? pair.objects.privateKey.destroy()
                try? pair.objects.publicKey.destroy()
            case .twin(let twin):
                try? twin?.destroy()
            }
        }
    }

    private func sessionObjects(_ nature: Nature, _ twin: SessionObject?) -> SessionObjects? {
        switch nature.material {
        case .session(let key): key.isOnToken ? .key(key) : nil
        case .ephemeral(let pair): .pair(pair)
        case .stored: nature.report != nil && nature.flags.contains(.archivable) ? .twin(twin) : nil
        case .hostPrivate, .publicKey, .draft, .agreed: nil
        }
    }

    /// Where the key is: a public key alone, and what the token cannot make, on the host.
    public var placement: Placement {
        switch material {
        case .publicKey, .hostPrivate, .draft, .agreed: return .host
        case .session(let key): if case .host = key.place { return .host } else { return .token }
        case .stored, .ephemeral: return .token
        }
    }

    /// Closes the handle (CryptDestroyKey): a session key is gone, an archivable key is not exportable any more. A
    /// container's pair stays on the token.
    public func destroy() throws(CSPError) {
        guard !isDestroyed.exchange(true, ordering: .acquiringAndReleasing) else { throw Self.wasDestroyed }
        let twin = state.withLock { state in
            defer { state.twin = nil }
            return state.twin
        }
        try onToken { () throws(PKCS11Error) in
            try twin?.destroy()
            switch material {
            case .session(let key): try key.end()
            // A pair is its context's, the handle was one way to it.
            case .stored, .ephemeral, .hostPrivate, .publicKey, .draft, .agreed: break
            }
        }
    }

    func checkAlive() throws(CSPError) {
        try context.checkAlive()
        if isDestroyed.load(ordering: .acquiring) { throw Self.wasDestroyed }
    }

    private static var wasDestroyed: CSPError { CSPError(.invalidParameter, "the key was destroyed") }

    /// The same, and that the key is made.
    ///
    /// - Throws: NTE_BAD_KEY_STATE between the two steps of CRYPT_PREGEN and of an agreement.
    func checkMade() throws(CSPError) {
        try checkAlive()
        if stored != nil || settled != nil { return }
        switch material {
        case .draft:
            throw CSPError(.badKeyState, "CRYPT_PREGEN: the \(algorithm) key is made by CryptSetKeyParam with KP_X")
        case .agreed:
            throw CSPError(.badKeyState, "an agreed secret is made a session key by CryptSetKeyParam with KP_ALGID")
        case .stored, .ephemeral, .session, .hostPrivate, .publicKey: break
        }
    }

    func publicNumbers() throws(CSPError) -> PublicKey {
        switch material {
        case .stored(let key): key.publicKey
        case .ephemeral(let pair): pair.numbers
        case .publicKey(let key): key
        case .hostPrivate(let key): .rsa(key.publicKey)
        case .session, .draft, .agreed: throw CSPError(.badKey, "a \(algorithm) key has no public half")
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
        try checkMade()
        return try publicNumbers()
    }

    /// The PUBLICKEYBLOB. Asks for no PIN.
    ///
    /// - Parameter version: 3 of DSS and Diffie-Hellman keys, for which CRYPT_BLOB_VER3 asks.
    public func publicKeyBlob(version: UInt8 = 2) throws(CSPError) -> [UInt8] {
        try publicKey().blob(algorithm, version: version)
    }
}
