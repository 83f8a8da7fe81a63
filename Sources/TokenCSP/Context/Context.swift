public import PKCS11
internal import Synchronization

/// A context: one provider, one container or none, one PIN (what CryptAcquireContext answers).
///
/// Threads may share it. Its keys and hashes end with it.
public final class Context: Sendable {
    /// The flags of CryptAcquireContext.
    public struct Flags: OptionSet, Sendable, Hashable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// No private keys of a container: keys that go with the context, hashes, public information. Needs no PIN, and for
        /// much no token (CRYPT_VERIFYCONTEXT: four bits, all of them).
        public static let verifyContext = Flags(rawValue: 0xF000_0000)
        /// Makes the container, which must not exist (CRYPT_NEWKEYSET).
        public static let newKeySet = Flags(rawValue: 0x8)
        /// For CryptAcquireContext alone: see ``Context/deleteContainer(_:provider:type:flags:configuration:interaction:)``.
        public static let deleteKeySet = Flags(rawValue: 0x10)
        /// The machine's containers instead of the user's.
        public static let machineKeySet = Flags(rawValue: 0x20)
        /// Nobody is asked for anything.
        public static let silent = Flags(rawValue: 0x40)
        /// The default container need not exist.
        public static let defaultContainerOptional = Flags(rawValue: 0x80)

        var isVerifyContext: Bool { contains(.verifyContext) }
    }

    /// A container's two pairs.
    struct Signers {
        private var signature: StoredKey?
        private var keyExchange: StoredKey?

        subscript(spec: KeySpec) -> StoredKey? {
            get { spec == .signature ? signature : spec == .keyExchange ? keyExchange : nil }
            set {
                if spec == .signature { signature = newValue }
                if spec == .keyExchange { keyExchange = newValue }
            }
        }
    }

    struct State {
        var token: Token?
        /// PP_USE_HARDWARE_RNG.
        var usesTokenRandom = false
        /// PP_ADMIN_PIN, until the user's PIN is set.
        var officerPIN: PIN?
        /// Positions of PP_ENUMALGS, PP_ENUMALGS_EX and PP_ENUMCONTAINERS.
        var cursors: [UInt32: Int] = [:]
        var containerNames: [String] = []
        /// CRYPT_VERIFYCONTEXT: the pairs that were generated in this context.
        var ephemeral: [KeySpec: EphemeralPair] = [:]
        /// CRYPT_VERIFYCONTEXT: the private keys that were imported into this context.
        var hostKeys: [KeySpec: HostPair] = [:]
        /// DSA and Diffie-Hellman: the parameters that the token made for this context's keys, by length.
        var domains: [PairFamily: [Int: DomainParameters]] = [:]
        /// The pairs that signing found.
        var signers = Signers()
        /// The session objects of open keys, which end with this context.
        var sessionObjects: [ObjectIdentifier: Key.SessionObjects] = [:]
    }

    let profile: ProviderProfile
    let flags: Flags
    let keySet: KeySet
    /// The container, where the context has one.
    let container: String?
    /// The id, where a URI named a key without a label.
    let containerID: [UInt8]?
    /// Whether a new container is kept by this context alone until it has a key: the token takes no data objects (NSS, PIV).
    public let isTransient: Bool
    let locator: TokenLocator
    let place: ContainerName
    let authenticator: Authenticator
    let state: Lock<State>
    /// Changed under the lock, read without.
    private let isReleased = Atomic<Bool>(false)

    init(
        profile: ProviderProfile, flags: Flags, place: ContainerName, container: String?, isTransient: Bool,
        locator: TokenLocator, authenticator: Authenticator, token: Token?
    ) {
        self.profile = profile
        self.flags = flags
        self.place = place
        self.container = container
        containerID = container == nil ? place.uri?.objectID : nil
        self.isTransient = isTransient
        self.locator = locator
        self.authenticator = authenticator
        keySet = KeySet(isMachine: flags.contains(.machineKeySet))
        state = Lock(State(token: token))
    }

    /// The container's name; nil for a context without one (CRYPT_VERIFYCONTEXT).
    public var containerName: String? {
        container ?? containerID.map { "pkcs11:id=" + $0.map { "%" + hexadecimal([$0]) }.joined() }
    }

    /// The provider's name.
    public var providerName: String { profile.name }

    /// CryptReleaseContext: forgets the PIN; later use of this context, its keys and its hashes is ERROR_INVALID_PARAMETER.
    public func release() {
        // Outside the lock: what is destroyed and dropped here waits for the token.
        let old = state.withLock { state in
            let old = (state.signers, state.ephemeral, state.sessionObjects)
            isReleased.store(true, ordering: .releasing)
            state.officerPIN = nil
            state.signers = Signers()
            state.ephemeral = [:]
            state.hostKeys = [:]
            state.sessionObjects = [:]
            return old
        }
        authenticator.forget()
        // The program may still hold keys: what they have on the token ends all the same.
        for objects in old.2.values { objects.end() }
        withExtendedLifetime(old) {}
    }

    /// Ends a key's session objects when the context is released, if the key is still there then.
    func adopt(_ objects: Key.SessionObjects, of key: Key) {
        let isTooLate = state.withLock { state in
            let isReleased = isReleased.load(ordering: .relaxed)
            if !isReleased { state.sessionObjects[ObjectIdentifier(key)] = objects }
            return isReleased
        }
        if isTooLate { objects.end() }
    }

    func disown(_ key: Key) {
        // Dropped outside the lock: it may be the last reference.
        _ = state.withLock { $0.sessionObjects.removeValue(forKey: ObjectIdentifier(key)) }
    }

    /// Sets the PIN that this context logs in with; nil forgets it (PP_KEYEXCHANGE_PIN, PP_SIGNATURE_PIN).
    ///
    /// The token hears it at the next use of a private key. A rejected one is not sent again, and none while one try is left
    /// before the token locks. It stands for the user's consent to one use of a key that asks at each; for the next use it
    /// is set again.
    public func setPIN(_ pin: PIN?) {
        authenticator.set(pin)
    }
}

extension Context {
    /// Sets how people are asked from now on; nil: as the configuration says.
    public func setInteraction(_ interaction: (any UserInteraction)?) {
        authenticator.setInteraction(interaction)
    }
}

// MARK: - What keys and hashes need

extension Context {
    func checkAlive() throws(CSPError) {
        guard isReleased.load(ordering: .acquiring) else { return }
        throw CSPError(.invalidParameter, "the context was released")
    }

    /// The token, looked for when it is first needed: CRYPT_VERIFYCONTEXT works without one.
    func token() throws(CSPError) -> Token {
        try checkAlive()
        if let token = state.withLock({ $0.token }) { return token }
        let token = try locator.find(place.uri, reader: place.reader)
        state.withLock { $0.token = token }
        return token
    }

    func store() throws(CSPError) -> ContainerStore {
        ContainerStore(token: try token(), keySet: keySet, kind: profile.containerKind)
    }

    /// Logs in with this context's own PIN, where the token wants a login.
    func authenticate() throws(CSPError) {
        try authenticate(for: nil)
    }

    /// The same, naming the key that the login is wanted for.
    func authenticate(for use: KeyUse?) throws(CSPError) {
        try authenticator.authenticate(token(), mayLogIn: mayUsePrivateKeys, for: use)
    }

    /// Work with private objects, after a login. Where it fails because another library in the process logged out, it is
    /// done once more after a new login.
    func withLogin<R>(_ work: () throws(CSPError) -> R) throws(CSPError) -> R {
        let token = try token()
        return try withLogin(on: token, { () throws(CSPError) in try authenticate() }, work)
    }

    /// The same with a key's private half.
    func withLogin<R>(
        for key: StoredKey, to operation: UserRequest.Operation, _ work: () throws(CSPError) -> R
    ) throws(CSPError) -> R {
        try withLogin(
            on: key.token,
            { () throws(CSPError) in
                try checkAlive()
                if mayUsePrivateKeys, authenticator.passes(key.token) { return }
                defer { wipeStack() }
                try authenticator.authenticate(key.token, mayLogIn: mayUsePrivateKeys, for: key.use(operation))
            }, work)
    }

    private func withLogin<R>(
        on token: Token, _ logIn: () throws(CSPError) -> Void, _ work: () throws(CSPError) -> R
    ) throws(CSPError) -> R {
        try logIn()
        defer { authenticator.endOperation(token) }
        do throws(CSPError) {
            return try work()
        } catch {
            guard try isLoggedOut(token, after: error) else { throw error }
            try logIn()
            return try work()
        }
    }

    /// Whether work failed because another library in the process logged out.
    func isLoggedOut(_ token: Token, after error: CSPError) throws(CSPError) -> Bool {
        guard [.noKey, .notAuthenticated].contains(error.code) else { return false }
        let standsLogin = try? token.withSession { session throws(PKCS11Error) in
            try token.seesPrivateObjects(session)
        }
        return standsLogin == false
    }

    /// CRYPT_VERIFYCONTEXT with a container's name shows public information and nothing else.
    var mayUsePrivateKeys: Bool { !flags.isVerifyContext || container == nil && containerID == nil }

    /// What stands in the container now.
    func contents() throws(CSPError) -> ContainerStore.Contents {
        if let containerID { return try store().contents(id: containerID) }
        return try store().contents(try namedContainer())
    }

    /// The same without a search where this process knows where the container's objects are.
    func knownContents() throws(CSPError) -> ContainerStore.Contents {
        if containerID != nil { return try contents() }
        let (store, name) = (try store(), try namedContainer())
        return try store.known(name, store.sign(name))
    }

    func namedContainer() throws(CSPError) -> String {
        guard let container else {
            throw CSPError(
                .noKey, "this context has no container (CRYPT_VERIFYCONTEXT); acquire it with a container's name")
        }
        return container
    }
}
