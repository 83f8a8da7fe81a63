internal import PKCS11

/// The containers of one key set on one token: finding, listing, creating, deleting and repairing them.
struct ContainerStore: Sendable {
    let token: Token
    let keySet: KeySet
    let kind: ContainerKind

    /// What stands on the token under one label.
    struct Contents: Sendable {
        var pairs: [StoredPair] = []
        var records: [(handle: ObjectHandle, record: ContainerRecord)] = []
        /// Whether private objects could be seen: only then is a missing half really missing.
        let sawPrivate: Bool
        /// Whether the token was searched for it just now: then there is nothing else.
        var isSearched = true
        /// Other providers' under the name.
        private(set) var hiddenPairs: [StoredPair] = []
        private(set) var hiddenRecords: [ContainerRecord] = []

        var isEmpty: Bool { pairs.isEmpty && records.isEmpty }

        /// What a provider sees of it: the rest is another provider's container of the same name.
        func seen(by kind: ContainerKind) -> Contents {
            func isSeen(_ pair: StoredPair) -> Bool { pair.family.map { ContainerKind($0) == kind } ?? true }
            var seen = self
            seen.pairs = pairs.filter(isSeen)
            seen.hiddenPairs = pairs.filter { !isSeen($0) }
            seen.records = records.filter { $0.record.kind == kind }
            seen.hiddenRecords = records.map(\.record).filter { $0.kind != kind }
            return seen
        }

        /// The pair that a key spec means: one of ours before a foreign one; of ours the one that a record says is
        /// current while it is being replaced, else the newest complete one, else one whose public half is lost.
        func current(_ spec: KeySpec, _ family: PairFamily) -> StoredPair? {
            let serving = pairs.filter { $0.family == family && $0.specs.contains(spec) }
            let ours = serving.filter { $0.identifier != nil }.sorted {
                ($0.identifier?.time ?? 0) > ($1.identifier?.time ?? 0)
            }
            let kept = ours.first { pair in records.contains { $0.record.current.contains { $0.bytes == pair.id } } }
            return kept ?? ours.first { isComplete($0) } ?? serving.first { isComplete($0) }
                ?? ours.first { $0.privateHandle != nil }
        }

        func isComplete(_ pair: StoredPair) -> Bool {
            pair.publicHandle != nil && pair.privateHandle != nil || !sawPrivate || pair.identifier == nil
        }

        /// Of ours, those that are certainly the rest of a replacement that was cut off.
        ///
        /// A pair with a private half is one only where another complete pair is current: a private key alone, whose
        /// public half somebody deleted, is somebody's key. A public key alone wants proof as well: that a crash was
        /// found, a record, or another complete pair.
        func leftovers(afterCrash: Bool) -> [StoredPair] {
            pairs.filter { pair in
                guard let identifier = pair.identifier, identifier.isFromHere else { return false }
                guard let family = pair.family else { return false }
                let current = current(identifier.spec, family)
                let isReplaced = current.map { $0.id != pair.id && isComplete($0) } ?? false
                if isReplaced { return true }
                let isPublicAlone = sawPrivate && pair.privateHandle == nil
                return isPublicAlone && (afterCrash || !records.isEmpty)
            }
        }

        /// Whether there are signs of a replacement that was cut off, or goes on now.
        var isSuspicious: Bool {
            !leftovers(afterCrash: false).isEmpty || records.contains { !$0.record.current.isEmpty }
                || !records.isEmpty && !pairs.isEmpty
        }
    }
}

// MARK: - Finding

extension ContainerStore {
    /// Everything under the container's label, by one search and one read an object.
    func contents(_ name: String) throws(CSPError) -> Contents {
        // Token objects: an archivable pair has a twin of the same label and id that is none.
        try ofAllKinds(name).seen(by: kind)
    }

    /// The same with what other providers have under that name.
    func ofAllKinds(_ name: String) throws(CSPError) -> Contents {
        try read(name, [Attribute(.token, true), Attribute(.label, keySet.label(name))])
    }

    /// What a container's lock is named by: containers of other kinds have others.
    func lockName(_ name: String) -> String {
        kind == .rsa ? keySet.label(name) : keySet.label(name) + "\n" + kind.rawValue
    }

    /// A foreign pair that only its id tells: a URI without `object`.
    func contents(id: [UInt8]) throws(CSPError) -> Contents {
        try ofAllKinds(id: id).seen(by: kind)
    }

    /// The same of other providers' keys.
    func ofAllKinds(id: [UInt8]) throws(CSPError) -> Contents {
        try read("key id \(hexadecimal(id))", [Attribute(.token, true), Attribute(.id, bytes: id)])
    }

    private func read(_ name: String, _ template: Template) throws(CSPError) -> Contents {
        try onToken("container \"\(name)\"") { () throws(PKCS11Error) in
            try token.retryingOnce { isRetry throws(PKCS11Error) in
                try token.reading { session throws(PKCS11Error) in
                    // Asked before the search: a login in between must not make what was invisible look missing.
                    let sawPrivate = try token.seesPrivateObjects(session)
                    return try Self.read(
                        session.find(template), in: session, sawPrivate: sawPrivate, leavingOutGone: isRetry)
                }
            }
        }
    }

    /// Every container of the key set with what is in it, in the order of the names. Asks for no PIN.
    func all() throws(CSPError) -> [(name: String, contents: Contents)] {
        let contents = try onToken { () throws(PKCS11Error) in
            try token.retryingOnce { isRetry throws(PKCS11Error) in
                try token.reading { session throws(PKCS11Error) in
                    let sawPrivate = try token.seesPrivateObjects(session)
                    // One search, whose objects say themselves what they are: SoftHSM opens every object's file
                    // twice in each, which is most of the time that a long list takes.
                    let handles = try session.find([Attribute(.token, true)])
                    return try Self.read(handles, in: session, sawPrivate: sawPrivate, leavingOutGone: isRetry)
                }
            }
        }
        return grouped(contents)
    }

    /// The names of the containers that this kind of provider sees, in their order: no more is read of an object than that
    /// takes. Asks for no PIN.
    func names() throws(CSPError) -> [String] {
        try onToken { () throws(PKCS11Error) in
            try token.retryingOnce { isRetry throws(PKCS11Error) in
                try token.reading { session throws(PKCS11Error) in
                    var names: Set<String> = []
                    for handle in try session.find([Attribute(.token, true)]) {
                        do throws(PKCS11Error) {
                            if let name = try name(of: handle, in: session) { names.insert(name) }
                        } catch {
                            guard isRetry, let value = error.returnValue, Self.unreadable.contains(value) else {
                                throw error
                            }
                        }
                    }
                    return names.sorted()
                }
            }
        }
    }

    /// The container that an object belongs to.
    private func name(of handle: ObjectHandle, in session: borrowing Session) throws(PKCS11Error) -> String? {
        let values = try session.attributes(of: handle, [.objectClass, .label, .id, .keyType])
        if let pair = StoredPair(values, handle) {
            return pair.family.map { ContainerKind($0) == kind } ?? true ? containerName(pair) : nil
        }
        guard let record = try Self.record(handle, values, in: session), record.kind == kind else { return nil }
        return keySet.name(record.label)
    }

    private func grouped(_ contents: Contents) -> [(name: String, contents: Contents)] {
        var containers: [String: Contents] = [:]
        for pair in contents.pairs {
            guard let name = containerName(pair) else { continue }
            containers[name, default: Contents(sawPrivate: contents.sawPrivate)].pairs.append(pair)
        }
        for record in contents.records {
            guard let name = keySet.name(record.record.label) else { continue }
            containers[name, default: Contents(sawPrivate: contents.sawPrivate)].records.append(record)
        }
        return containers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// A key without a label, or with one that no container can have, is a container that its id names, as a URI.
    private func containerName(_ pair: StoredPair) -> String? {
        if let name = keySet.name(pair.label), ContainerName.isValid(name) { return name }
        // A label of the other key set is no name in this one.
        guard pair.label.isEmpty || keySet.name(pair.label) != nil else { return nil }
        guard !keySet.isMachine, !pair.id.isEmpty else { return nil }
        return "pkcs11:id=" + pair.id.map { "%" + hexadecimal([$0]) }.joined()
    }

    /// - Parameter leavingOutGone: leave out what is gone since the search, or is still being written: a token that
    ///   other processes work on is never at rest, and each retry of a long list would meet the next change.
    static func read(
        _ handles: [ObjectHandle], in session: borrowing Session, sawPrivate: Bool, leavingOutGone: Bool
    ) throws(PKCS11Error) -> Contents {
        var contents = Contents(sawPrivate: sawPrivate)
        // By id and label: listing thousands of keys must not compare each with each.
        var places: [PairKey: [Int]] = [:]
        for handle in handles {
            let found: Found?
            do throws(PKCS11Error) {
                found = try Self.found(handle, in: session)
            } catch {
                guard leavingOutGone, let value = error.returnValue, Self.unreadable.contains(value) else {
                    throw error
                }
                continue
            }
            switch found {
            case .pair(let pair):
                let key = PairKey(id: KeyIdentifier.identity(pair.id), label: pair.label)
                if let place = places[key]?.first(where: { contents.pairs[$0].isSamePair(pair) }) {
                    contents.pairs[place].merge(pair)
                } else {
                    places[key, default: []].append(contents.pairs.count)
                    contents.pairs.append(pair)
                }
            case .record(let record):
                contents.records.append((handle, record))
            case nil:
                continue
            }
        }
        return contents
    }

    /// Answers about an object that is gone, and SoftHSM's about one whose class or key type is not written yet.
    static let unreadable: Set<ReturnValue> = [.objectHandleInvalid, .attributeValueInvalid]

    private enum Found {
        case pair(StoredPair)
        case record(ContainerRecord)
    }

    private static func found(_ handle: ObjectHandle, in session: borrowing Session) throws(PKCS11Error) -> Found? {
        let values = try session.attributes(of: handle, StoredPair.attributes)
        if var pair = StoredPair(values, handle) {
            if !pair.moreAttributes.isEmpty { pair.read(try session.attributes(of: handle, pair.moreAttributes)) }
            return .pair(pair)
        }
        return try record(handle, values, in: session).map { .record($0) }
    }

    private static func record(
        _ handle: ObjectHandle, _ values: AttributeValues, in session: borrowing Session
    ) throws(PKCS11Error) -> ContainerRecord? {
        guard values.objectClass == .data else { return nil }
        let data = try session.attributes(of: handle, [.application, .value])
        guard data.string(.application) == ContainerRecord.application else { return nil }
        return ContainerRecord(data.bytes(.value) ?? [], label: values.string(.label) ?? "")
    }

    private struct PairKey: Hashable {
        let id: [UInt8]
        let label: String
    }
}

// MARK: - Creating, deleting, repairing

extension ContainerStore {
    /// Puts down a record. Answers nil where the token takes no data objects.
    func create(_ record: ContainerRecord) throws(PKCS11Error) -> ObjectHandle? {
        do throws(PKCS11Error) {
            return try token.writing(lasting: true) { session throws(PKCS11Error) in
                try session.create(record.template)
            }
        } catch {
            switch error.returnValue {
            case .attributeValueInvalid, .attributeTypeInvalid, .templateInconsistent, .templateIncomplete,
                .functionNotSupported, .attributeReadOnly:
                return nil
            default:
                throw error
            }
        }
    }

    /// Removes pairs and records; what is gone already is no failure.
    ///
    /// Private halves go first: half a pair that a crash leaves is then a public key, which the next open can see.
    func destroy(_ pairs: [StoredPair], records: [ObjectHandle] = []) throws(PKCS11Error) {
        let handles = pairs.compactMap(\.privateHandle) + pairs.compactMap(\.publicHandle) + records
        guard !handles.isEmpty else { return }
        try token.writing(lasting: true) { session throws(PKCS11Error) in
            for handle in handles {
                do throws(PKCS11Error) {
                    try session.destroy(handle)
                } catch {
                    guard error.returnValue == .objectHandleInvalid else { throw error }
                }
            }
        }
    }

    /// Removes the certificates that share a pair's id.
    func destroyCertificates(of pairs: [StoredPair]) throws(PKCS11Error) {
        let pairs = pairs.filter { !$0.id.isEmpty }
        guard !pairs.isEmpty, try !KnownCertificates.areNone(on: token) else { return }
        for pair in pairs {
            let certificates = try token.reading { session throws(PKCS11Error) in
                try session.find([Attribute(.certificate), Attribute(.id, bytes: pair.id)])
            }
            try destroy([], records: certificates)
        }
    }

    /// Clears away what a replacement left that was cut off, and answers what stands afterwards.
    ///
    /// - Parameter lock: the container's, which the caller holds; nil where there is none. The caller has logged in.
    func repaired(_ contents: Contents, name: String, _ lock: ContainerLock?) throws(CSPError) -> Contents {
        guard contents.sawPrivate else { return contents }
        if let lock, lock.foundCrash {
            do throws(PKCS11Error) {
                try lock.alone { () throws(PKCS11Error) in
                    try removeBlanks()
                    lock.clearedUp = true
                }
            } catch {
                // The mark stays, for the next open.
                Log.debug("not cleared up after a crash in container \"\(name)\": \(error.description)")
            }
        }
        var contents = contents
        if lock?.foundCrash == true, try finishRenaming(contents) { contents = try self.contents(name) }
        let leftovers = contents.leftovers(afterCrash: lock?.foundCrash ?? false)
        guard contents.isSuspicious || !leftovers.isEmpty else { return contents }
        let remaining = contents.pairs.filter { pair in !leftovers.contains { $0.id == pair.id } }
        // A record of an empty container stays while no key speaks for the container.
        let records = contents.records.filter { !remaining.isEmpty || !$0.record.current.isEmpty }
        try onToken("repairing container \"\(name)\"") { () throws(PKCS11Error) in
            try destroyCertificates(of: leftovers)
            try destroy(leftovers)
            try destroy([], records: records.map(\.handle))
        }
        Log.notice("container \"\(name)\": removed \(leftovers.count) half-made or replaced key pairs after a crash")
        return try self.contents(name)
    }
}

extension Token {
    /// Another process may remove an object between our search and our read; SoftHSM also answers other errors then.
    ///
    /// - Parameter work: is told whether it runs for the second time.
    func retryingOnce<R>(_ work: (_ isRetry: Bool) throws(PKCS11Error) -> R) throws(PKCS11Error) -> R {
        do throws(PKCS11Error) {
            return try work(false)
        } catch {
            let races = ContainerStore.unreadable.union([.keyHandleInvalid, .generalError, .functionFailed])
            guard let value = error.returnValue, races.contains(value) else { throw error }
            Log.raceRetry("once more after \(error.description): another process changed the token")
            return try work(true)
        }
    }

    /// Whether a search shows private objects: after a login, or where none is needed.
    func seesPrivateObjects(_ session: borrowing Session) throws(PKCS11Error) -> Bool {
        if try confirmsLogin(session) { return true }
        return try !knownInfo().flags.contains(.needsLogin)
    }
}
