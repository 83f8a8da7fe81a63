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

    typealias Made = (pair: StoredPair, twin: SessionObject?, report: KeyReport)

    func carryOut(_ make: (KeyIdentifier) throws(CSPError) -> Made) throws(CSPError) -> Made {
        let current = old.isEmpty ? nil : before.current(spec, family)?.identifier
        if let current {
            let record = ContainerRecord(label: store.keySet.label(name), kind: store.kind, current: [current])
            // On a token without data objects the newest complete pair is current: the same for who has logged in.
            _ = try onToken(subject) { () throws(PKCS11Error) in try store.create(record) }
        }
        let made: Made
        do throws(CSPError) {
            made = try make(KeyIdentifier(spec, protection, newerThan: old.compactMap(\.identifier)))
        } catch {
            if current != nil { try? removeRecords(keeping: before.records.map(\.handle)) }
            throw error
        }
        do throws(CSPError) {
            try removeRecords(keeping: [])
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

    private func removeRecords(keeping kept: [ObjectHandle]) throws(CSPError) {
        if old.isEmpty, before.records.isEmpty { return }
        let now = try store.contents(name).records.map(\.handle).filter { !kept.contains($0) }
        try onToken(subject) { () throws(PKCS11Error) in try store.destroy([], records: now) }
    }

    private var subject: String { "container \"\(name)\"" }
}
