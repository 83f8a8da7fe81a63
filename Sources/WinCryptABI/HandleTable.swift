internal import Synchronization

/// What the numbers stand for that C programs hand in: the live handles of the process.
///
/// A handle is the address of a small cell, because programs read through `HCRYPTPROV` and expect a word that is not
/// zero. The cell says nothing to us: a handle is looked up here, so that a stale, foreign or invented number is told
/// from a live one without reading the memory behind it. A dead cell rests a while before it may serve again, and is
/// never given back to the system, so that a stale handle neither faults when it is read nor soon means something else.
///
/// A lookup takes the lock of one shard, for a few steps in a table and a retain. Making and ending handles takes the lock
/// of the family first.
final class HandleTable<Object: Sendable>: Sendable {
    /// A provider's handle and the handles of the keys and hashes made under it: they die together.
    struct Family: Hashable, Sendable {
        fileprivate let serial: UInt
    }

    /// A live handle: what it stands for, and whose it is.
    struct Entry: Sendable {
        let object: Object
        let family: Family
        /// The provider's own handle, which alone is counted.
        let isHead: Bool
    }

    /// What `release` found.
    enum Release {
        case notLive
        case stillReferenced
        /// The last reference: everything that died with it.
        case ended(head: Object, members: [Object])
    }

    private struct Household: Sendable {
        var references = 1
        var members: Set<UInt> = []
    }

    // No arrays: counting references to one would pass its count from core to core. Unsafe: constant, as the locks are.
    nonisolated(unsafe) private let shards = sixteen { Lock(HandleCells<Entry>()) }
    nonisolated(unsafe) private let households = sixteen { Lock<[Family: Household]>([:]) }
    private let turn = Atomic<UInt>(0)

    private static func sixteen<Value>(_ make: () -> Value) -> UnsafeMutableBufferPointer<Value> {
        let values = UnsafeMutableBufferPointer<Value>.allocate(capacity: 16)
        for index in values.indices { values.initializeElement(at: index, to: make()) }
        return values
    }

    deinit {
        for lock in shards { lock.destroy() }
        for lock in households { lock.destroy() }
        shards.deallocate()
        households.deallocate()
    }

    // MARK: - Looking up

    /// The live handle's entry; nil for any other number.
    func entry(_ handle: UInt) -> Entry? {
        shard(of: handle).withLock { $0.live[handle] }
    }

    /// What a live handle stands for; nil for any other number.
    func object(_ handle: UInt) -> Object? {
        shard(of: handle).withLock { $0.live[handle]?.object }
    }

    /// How many handles are live.
    var count: Int {
        shards.reduce(0) { sum, shard in sum + shard.withLock { $0.live.count } }
    }

    // MARK: - Making and ending handles

    /// A new handle with one reference, the head of a family of its own.
    func insertHead(_ object: Object) -> UInt {
        let family = Family(serial: turn.wrappingAdd(1, ordering: .relaxed).oldValue)
        return households(of: family).withLock { households in
            households[family] = Household()
            return place(Entry(object: object, family: family, isHead: true))
        }
    }

    /// A new handle in a family; nil when the family has ended meanwhile.
    func insert(_ object: Object, into family: Family) -> UInt? {
        households(of: family).withLock { households in
            guard households[family] != nil else { return nil }
            let handle = place(Entry(object: object, family: family, isHead: false))
            households[family]?.members.insert(handle)
            return handle
        }
    }

    /// Ends a member handle whose object `matches`. Of several callers at once, one gets the object.
    func remove(_ handle: UInt, where matches: (Object) -> Bool) -> Object? {
        guard let entry = entry(handle), !entry.isHead, matches(entry.object) else { return nil }
        return households(of: entry.family).withLock { households in
            guard households[entry.family]?.members.remove(handle) != nil else { return nil }
            return bury(handle)
        }
    }

    /// One more reference on a head; false when the handle is no live head.
    func retain(_ handle: UInt) -> Bool {
        guard let entry = entry(handle), entry.isHead else { return false }
        return households(of: entry.family).withLock { households in
            guard let references = households[entry.family]?.references else { return false }
            households[entry.family]?.references = references + 1
            return true
        }
    }

    /// One reference less on a head. With the last one the head and all its members end.
    func release(_ handle: UInt) -> Release {
        guard let entry = entry(handle), entry.isHead else { return .notLive }
        return households(of: entry.family).withLock { households in
            guard let household = households[entry.family] else { return .notLive }
            guard household.references == 1 else {
                households[entry.family]?.references = household.references - 1
                return .stillReferenced
            }
            households[entry.family] = nil
            _ = bury(handle)
            return .ended(head: entry.object, members: household.members.compactMap { bury($0) })
        }
    }

    // MARK: - Fork

    /// Holds all locks across a fork, so that the child finds none of them taken by a thread it has not.
    func lockForFork() {
        for lock in households { lock.lock() }
        for lock in shards { lock.lock() }
    }

    func unlockAfterFork() {
        for lock in shards { lock.unlock() }
        for lock in households { lock.unlock() }
    }

    // MARK: - Internals

    private func shard(of handle: UInt) -> Lock<HandleCells<Entry>> {
        shards[HandleCells<Entry>.shard(of: handle, among: shards.count)]
    }

    private func households(of family: Family) -> Lock<[Family: Household]> {
        households[Int(family.serial % UInt(households.count))]
    }

    private func place(_ entry: Entry) -> UInt {
        let next = Int(turn.wrappingAdd(1, ordering: .relaxed).oldValue % UInt(shards.count))
        if let rested = shards[next].withLock({ $0.reuse(for: entry) }) { return rested }
        let handle = HandleCells<Entry>.newCell()
        shard(of: handle).withLock { $0.live.insert(handle, entry) }
        return handle
    }

    private func bury(_ handle: UInt) -> Object? {
        shard(of: handle).withLock { $0.bury(handle) }?.object
    }
}
