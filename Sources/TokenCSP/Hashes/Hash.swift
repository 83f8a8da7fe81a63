internal import PKCS11

/// A hash value in the making, on the host (CryptCreateHash).
///
/// Threads may share it; their updates are then in no particular order.
public final class Hash: Sendable {
    /// How the value comes about.
    enum Computation: Sendable {
        case digest(HostHash)
        /// Nothing until HP_HMAC_INFO names the hash.
        case hmac(Key, HostHMAC?)
        case mac(Key, CBCMAC)
        /// CALG_SSL3_SHAMD5: the value is made elsewhere and set.
        case given
    }

    struct State: Sendable {
        var computation: Computation
        var hasData = false
        /// The value, once it was asked for or set: no data can follow.
        var value: Secret?
        var isDestroyed = false
        /// HP_TOKENCSP_PSS_SALT_LENGTH in bytes; nil for as many as the value has.
        var pssSaltLength: Int?
    }

    let context: Context
    /// What the hash was created as: of an HMAC `hmac`.
    public let algorithm: AlgorithmID
    private let state: Lock<State>

    init(_ context: Context, _ algorithm: AlgorithmID, _ computation: Computation) {
        self.context = context
        self.algorithm = algorithm
        state = Lock(State(computation: computation))
    }

    private init(copying other: Hash, _ state: State) {
        context = other.context
        algorithm = other.algorithm
        self.state = Lock(state)
    }

    /// The plain hash function; nil for HMAC, MAC and SSL3_SHAMD5.
    var kind: HashKind? { HashKind(algorithm) }

    /// A second hash that goes on from the same state.
    public func duplicate() throws(CSPError) -> Hash {
        try withLive { state throws(CSPError) in
            var copy = state
            copy.computation = state.computation.duplicate()
            return Hash(copying: self, copy)
        }
    }

    /// Ends the handle; the state is wiped with the last reference.
    package func destroy() {
        state.withLock { $0.isDestroyed = true }
    }

    @inline(__always) func withLive<R>(_ body: (inout State) throws(CSPError) -> R) throws(CSPError) -> R {
        try context.checkAlive()
        state.lock()
        defer { state.unlock() }
        guard !state.value.pointee.isDestroyed else { throw CSPError(.invalidParameter, "the hash was destroyed") }
        return try body(&state.value.pointee)
    }
}

extension Hash.Computation {
    fileprivate func duplicate() -> Self {
        switch self {
        case .digest(let hash): .digest(hash.duplicate())
        case .hmac(let key, let hmac): .hmac(key, hmac?.duplicate())
        case .mac(let key, let mac): .mac(key, mac.duplicate())
        case .given: .given
        }
    }
}
