internal import PKCS11


/// A hash value in the making, on the host (CryptCreateHash).
///
/// Threads may share it; their updates are then in no particular order.
public final class Hash: Sendable {
    struct State {
        var host: HostHash
        /// The value, once it was asked for or set: no data can follow.
        var value: [UInt8]?
        var isDestroyed = false
    }

    let context: Context
    public let algorithm: AlgorithmID
    let kind: HashKind
    private let state: Lock<State>

    init(_ context: Context, _ algorithm: AlgorithmID, _ kind: HashKind) {
        self.context = context
        self.algorithm = algorithm
        self.kind = kind
        state = Lock(State(host: HostHash(kind)))
    }

    private init(copying other: Hash, _ host: HostHash, value: [UInt8]?) {
        context = other.context
        algorithm = other.algorithm
        kind = other.kind
        state = Lock(State(host: host, value: value))
    }

    /// Adds data.
    ///
    /// - Throws: NTE_BAD_HASH_STATE after the value was asked for or set.
    public func update(_ bytes: [UInt8]) throws(CSPError) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(CSPError) in try update(buffer, flags: 0) }
        }
        try result.get()
    }

    /// CryptHashData. CRYPT_USERDATA (1) is accepted and changes nothing.
    package func update(_ bytes: UnsafeRawBufferPointer, flags: UInt32) throws(CSPError) {
        guard flags & ~1 == 0 else { throw CSPError(.badFlags, "CryptHashData knows CRYPT_USERDATA (1), not \(hexadecimal(flags))") }
        try withLive { state throws(CSPError) in
            guard state.value == nil else {
                throw CSPError(.badHashState, "the hash value was asked for or set: no data can follow")
            }
            state.host.update(bytes)
        }
    }

    /// The hash value, in natural byte order. Ends the hash; may be asked for again.
    public func value() throws(CSPError) -> [UInt8] {
        try withLive { state throws(CSPError) in
            if let value = state.value { return value }
            let value = state.host.finish()
            state.value = value
            return value
        }
    }

    /// Takes a value that was made elsewhere, in place of data.
    ///
    /// - Throws: NTE_BAD_LEN for a value of another size, NTE_BAD_HASH_STATE after the value was asked for.
    public func setValue(_ digest: [UInt8]) throws(CSPError) {
        guard digest.count == kind.digestSize else {
            throw CSPError(.badLen, "a \(algorithm) value has \(kind.digestSize) bytes, this has \(digest.count)")
        }
        try withLive { state throws(CSPError) in
            guard state.value == nil else { throw CSPError(.badHashState, "the hash has its value already") }
            state.value = digest
        }
    }

    /// A second hash that goes on from the same state.
    public func duplicate() throws(CSPError) -> Hash {
        try withLive { state throws(CSPError) in
            Hash(copying: self, state.host.duplicate(), value: state.value)
        }
    }

    /// Ends the handle; the state is wiped with the last reference.
    package func destroy() {
        state.withLock { $0.isDestroyed = true }
    }

    private func withLive<R>(_ body: (inout State) throws(CSPError) -> R) throws(CSPError) -> R {
        try context.checkAlive()
        return try state.withLock { state throws(CSPError) in
            guard !state.isDestroyed else { throw CSPError(.invalidParameter, "the hash was destroyed") }
            return try body(&state)
        }
    }
}

extension Context {
    /// A new hash: MD5, SHA-1 or SHA-2, as the provider has them.
    ///
    /// - Throws: NTE_BAD_ALGID.
    public func makeHash(_ algorithm: AlgorithmID) throws(CSPError) -> Hash {
        try checkAlive()
        guard profile.algorithm(algorithm) != nil, let kind = HashKind(algorithm) else {
            throw CSPError(.badAlgID, "provider \"\(profile.name)\" has no hash \(algorithm)")
        }
        return Hash(self, algorithm, kind)
    }

    /// CryptCreateHash.
    package func makeHash(_ algorithm: AlgorithmID, key: Key?, flags: UInt32) throws(CSPError) -> Hash {
        guard flags == 0 else { throw CSPError(.badFlags, "CryptCreateHash takes no flags") }
        let hash = try makeHash(algorithm)
        guard key == nil else { throw CSPError(.badKey, "\(algorithm) takes no key: hKey must be 0") }
        return hash
    }
}

extension HashKind {
    init?(_ algorithm: AlgorithmID) {
        switch algorithm {
        case .md5: self = .md5
        case .sha1: self = .sha1
        case .sha256: self = .sha256
        case .sha384: self = .sha384
        case .sha512: self = .sha512
        default: return nil
        }
    }
}
