internal import PKCS11

/// A key pair in a container, from public information.
public struct KeySummary: Sendable {
    public let container: String
    /// The spec it was made for; of a foreign pair that serves both, AT_KEYEXCHANGE, and of one on a
    /// curve AT_SIGNATURE.
    public let spec: KeySpec
    /// Every spec that it serves.
    public let specs: [KeySpec]
    public let algorithm: AlgorithmID
    /// Key length in bits; 0 where the token does not tell.
    public let bits: Int
    /// CKA_ID.
    public let id: [UInt8]
    /// The key's PKCS#11 URI.
    public let uri: String
    /// Made by TokenCSP.
    public let isOurs: Bool
}

extension KeySummary {
    fileprivate init(_ pair: StoredPair, _ container: String, _ uris: TokenURI.Objects) {
        self.container = container
        spec = pair.specs.first ?? (pair.decrypts ? .keyExchange : .signature)
        specs = pair.specs
        algorithm = PairAlgorithm.algorithm(of: pair, spec)
        bits = pair.bits
        id = pair.id
        uri = uris.uri(label: pair.label, id: pair.id)
        isOurs = pair.identifier != nil
    }
}

extension Context {
    /// The containers' names of this key set, sorted (PP_ENUMCONTAINERS). Asks for no PIN.
    public func containers() throws(CSPError) -> [String] {
        try store().names()
    }

    /// Every key pair of this key set on the token. Asks for no PIN.
    public func keys() throws(CSPError) -> [KeySummary] {
        try containersWithKeys().flatMap(\.keys)
    }

    /// Both by one search of the token.
    package func containersWithKeys() throws(CSPError) -> [(name: String, keys: [KeySummary])] {
        let store = try store()
        let containers = try store.all()
        return try onToken { () throws(PKCS11Error) in
            let uris = try TokenURI.Objects(on: try store.token.knownInfo())
            return containers.map { container in
                (container.name, container.contents.pairs.map { KeySummary($0, container.name, uris) })
            }
        }
    }

    /// What this provider has in the context's container, as ``keys()`` tells it: what goes with it.
    package func ownKeys() throws(CSPError) -> [KeySummary] {
        let (name, store) = (try namedContainer(), try store())
        let pairs = try store.contents(name).pairs
        return try onToken { () throws(PKCS11Error) in
            let uris = try TokenURI.Objects(on: try store.token.knownInfo())
            return pairs.map { KeySummary($0, name, uris) }
        }
    }

    /// The PKCS#11 URI of a container of this key set: what its keys have in common.
    package func containerURI(_ name: String) throws(CSPError) -> String {
        let store = try store()
        let id = try ContainerName(name).uri?.objectID ?? []
        return try onToken { () throws(PKCS11Error) in
            try TokenURI.object(
                on: try store.token.knownInfo(), label: id.isEmpty ? store.keySet.label(name) : "", id: id)
        }
    }

    /// Removes the container's pair of this spec from the token; the container stays.
    ///
    /// - Throws: NTE_NO_KEY where there is none, and what a login throws.
    public func deleteKey(_ spec: KeySpec) throws(CSPError) {
        let store = try store()
        let name = try namedContainer()
        let family = try currentPair(spec).family
        try authenticate()
        let info = try onToken { () throws(PKCS11Error) in try store.token.presentInfo() }
        let lock = ContainerLock(info, label: store.lockName(name))
        defer { lock?.end() }
        let contents = try store.repaired(store.contents(name), name: name, lock)
        guard let family, let pair = contents.current(spec, family) else {
            throw CSPError(.noKey, "container \"\(name)\" has no \(spec) key")
        }
        try onToken("container \"\(name)\"") { () throws(PKCS11Error) in
            if contents.pairs.count == 1, contents.records.isEmpty {
                // Nothing else would say that the container is there.
                _ = try store.create(ContainerRecord(label: store.keySet.label(name), kind: store.kind))
            }
            try store.destroyCertificates(of: [pair])
            try store.destroy([pair])
        }
        state.withLock { $0.signers[spec] = nil }
    }
}
