internal import PKCS11

/// Makes a container's pair so that a crash at any point leaves the old one or the new one, and nothing that the next
/// open does not clear away.
///
/// 1. Where there is an old pair, a record says that it is current.
/// 2. The new pair is made and read back.
/// 3. The records go: from here the newest pair is current.
/// 4. The old pair goes, with its certificate.
struct PairReplacement {
    private let store: ContainerStore
    private let name: String
    private let spec: KeySpec
    private let protection: KeyProtection
    private let family: PairFamily
    private let before: ContainerStore.Contents
    /// Ours only: a foreign pair is hidden by a new one of ours, and never destroyed.
    private let old: [StoredPair]

    /// The caller holds the container's lock, and has logged in.
    init(
        _ store: ContainerStore, name: String, spec: KeySpec, _ protection: KeyProtection, _ family: PairFamily,
        _ before: ContainerStore.Contents
    ) {
        self.store = store
        self.name = name
        self.spec = spec
        self.protection = protection
        self.family = family
        self.before = before
        old = before.pairs.filter { $0.identifier?.spec == spec && $0.family == family }
    }

    typealias Made = (pair: StoredPair, twin: SessionObject?, report: UnwrittenReport)

    func carryOut(_ make: (KeyIdentifier) throws(CSPError) -> Made) throws(CSPError) -> Made {
        let current = old.isEmpty ? nil : before.current(spec, family)?.identifier
        var own: [ObjectHandle] = []
        if let current {
            let record = ContainerRecord(label: store.keySet.label(name), kind: store.kind, current: [current])
            // On a token without data objects the newest complete pair is current: the same for who has logged in.
            let kept = try onToken(subject) { () throws(PKCS11Error) in try store.create(record) }
            if let kept { own = [kept] }
        }
        let made: Made
        do throws(CSPError) {
            made = try make(KeyIdentifier(spec, protection, newerThan: old.compactMap(\.identifier)))
        } catch {
            try? store.destroy([], records: own)
            throw error
        }
        do throws(CSPError) {
            let records = before.records.map(\.handle) + own
            try onToken(subject) { () throws(PKCS11Error) in try store.destroy([], records: records) }
        } catch {
            // The container is as its records say, as if the new pair had never been.
            try? store.destroy([made.pair])
            throw error
        }
        try onToken(subject) { () throws(PKCS11Error) in
            try store.destroyCertificates(of: old)
            try store.destroy(old)
        }
        return made
    }

    /// What stands in the container once the pair is made.
    func contents(with made: StoredPair) -> ContainerStore.Contents {
        var contents = before
        contents.records = []
        contents.pairs.removeAll { pair in old.contains { $0.id == pair.id } }
        contents.pairs.append(made)
        return contents
    }

    private var subject: String { "container \"\(name)\"" }
}
