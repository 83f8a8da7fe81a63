internal import PKCS11

/// Where this process found containers, so that opening one again costs a read of its objects and no search of the token.
///
/// What is kept are handles, never what was read. They serve as long as
/// - each object still answers under the container's label: what was deleted or renamed, by anybody, is noticed at once;
/// - no process of this user has changed the container since, nor works on it now, as the lock file tells;
/// - private objects are seen, or not, as they were then, unless the container is empty;
/// - the search is no older than `lifetime`: then another user's or another program's keys beside the known ones show too.
enum KnownContainers {
    struct Place: Hashable {
        let token: ObjectIdentifier
        /// In bytes: a String is equal to others that tokens tell apart.
        let label: [UInt8]
        let kind: ContainerKind
    }

    struct Finding {
        let handles: [ObjectHandle]
        let sawPrivate: Bool
        let sign: ContainerLock.Sign
        /// Seconds of the monotonic clock.
        let time: Int
    }

    private static let findings = Lock<[Place: Finding]>([:])
    /// Seconds.
    private static let lifetime = 5
    /// Then all are forgotten: who opens so many containers does not open them often.
    private static let most = 4096

    static func finding(_ place: Place, _ sign: ContainerLock.Sign) -> Finding? {
        guard case .resting = sign else { return nil }
        return findings.withLock { findings in
            guard let found = findings[place] else { return nil }
            if found.sign == sign, Authenticator.now - found.time < lifetime { return found }
            findings[place] = nil
            return nil
        }
    }

    /// - Parameter sign: as it was before the search.
    static func remember(
        _ contents: ContainerStore.Contents, at place: Place, _ sign: ContainerLock.Sign
    ) {
        guard case .resting = sign, !contents.isEmpty else { return forget(place) }
        let handles = contents.handles
        let finding = Finding(handles: handles, sawPrivate: contents.sawPrivate, sign: sign, time: Authenticator.now)
        findings.withLock { findings in
            if findings.count >= most { findings = [:] }
            findings[place] = finding
        }
    }

    static func forget(_ place: Place) {
        _ = findings.withLock { $0.removeValue(forKey: place) }
    }
}

extension ContainerStore {
    /// What stands in the container, without a search where this process knows where its objects are.
    ///
    /// Not for who changes it, and a key that is not in it may be on the token all the same: search then.
    /// - Parameter sign: what the lock file says of the container, or said before the caller took the lock.
    func known(_ name: String, _ sign: ContainerLock.Sign) throws(CSPError) -> Contents {
        let place = place(name)
        if let finding = KnownContainers.finding(place, sign) {
            if let contents = try? read(finding, place.label) { return contents }
            KnownContainers.forget(place)
        }
        let contents = try contents(name)
        KnownContainers.remember(contents, at: place, sign)
        return contents
    }

    /// What the caller, who holds the lock, has left in the container.
    func remember(_ contents: Contents, _ name: String, _ lock: ContainerLock?) {
        KnownContainers.remember(contents, at: place(name), lock?.after ?? .unknown)
    }

    private func place(_ name: String) -> KnownContainers.Place {
        KnownContainers.Place(token: ObjectIdentifier(token), label: Array(keySet.label(name).utf8), kind: kind)
    }

    /// What the lock file says of the container.
    func sign(_ name: String) -> ContainerLock.Sign {
        guard let info = try? token.presentInfo() else { return .unknown }
        return ContainerLock.sign(info, label: lockName(name))
    }

    /// Nil where anything is not as it was found.
    private func read(
        _ finding: KnownContainers.Finding, _ label: [UInt8]
    ) throws(PKCS11Error) -> Contents? {
        try token.reading { session throws(PKCS11Error) in
            let seesPrivate = try token.seesPrivateObjects(session)
            var contents = try Self.read(finding.handles, in: session, sawPrivate: seesPrivate, leavingOutGone: false)
            // An empty container is one for whoever looks.
            guard seesPrivate == finding.sawPrivate || contents.pairs.isEmpty else { return nil }
            let labels = contents.pairs.map(\.label) + contents.records.map(\.record.label)
            guard contents.handles == finding.handles, labels.allSatisfy({ label.elementsEqual($0.utf8) }) else {
                return nil
            }
            contents.isSearched = false
            return contents
        }
    }
}

extension ContainerStore.Contents {
    /// Of all its objects.
    fileprivate var handles: [ObjectHandle] {
        pairs.flatMap { [$0.publicHandle, $0.privateHandle].compactMap { $0 } } + records.map(\.handle)
    }
}
