internal import Glibc
internal import Synchronization

/// Sessions that wait to be lent, at 64 places that are emptied and filled without a lock.
///
/// A thread begins its search at a place of its own: threads that sign one after the other have each the session that
/// they had before, and touch no memory that another core writes.
final class IdleSessions: Sendable {
    /// A cache line each.
    private struct Place: ~Copyable {
        /// A retained SessionConnection, or 0.
        let session = Atomic<UInt>(0)
        private let padding = (0, 0, 0, 0, 0, 0, 0)
    }

    /// More idle sessions than this are closed when they come back. A power of two.
    static let capacity = 64

    // Unsafe: constant, and what it points to is atomic.
    nonisolated(unsafe) private let places: UnsafeMutablePointer<Place>

    init() {
        let size = MemoryLayout<Place>.stride * Self.capacity
        places = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64).bindMemory(
            to: Place.self, capacity: Self.capacity)
        for index in 0..<Self.capacity { (places + index).initialize(to: Place()) }
    }

    deinit {
        while let session = take() { session.release() }
        places.deallocate()
    }

    /// One of them, which is the caller's now, with its reference: a session goes round without being counted.
    func take() -> Unmanaged<SessionConnection>? {
        let home = Self.home
        for step in 0..<Self.capacity {
            let place = places + (home &+ step) & (Self.capacity - 1)
            // Read first: an exchange takes the line from the core that has it.
            guard place.pointee.session.load(ordering: .relaxed) != 0 else { continue }
            let found = place.pointee.session.exchange(0, ordering: .acquiring)
            if let pointer = UnsafeRawPointer(bitPattern: found) { return Unmanaged.fromOpaque(pointer) }
        }
        return nil
    }

    /// Takes a session and its reference over; false where there is no room.
    func put(_ session: Unmanaged<SessionConnection>) -> Bool {
        let home = Self.home
        let value = UInt(bitPattern: session.toOpaque())
        for step in 0..<Self.capacity {
            let place = places + (home &+ step) & (Self.capacity - 1)
            guard place.pointee.session.load(ordering: .relaxed) == 0 else { continue }
            if place.pointee.session.compareExchange(expected: 0, desired: value, ordering: .releasing).exchanged {
                return true
            }
        }
        return false
    }

    /// How many there are, as seen one after the other.
    var count: Int {
        (0..<Self.capacity).count { places[$0].session.load(ordering: .relaxed) != 0 }
    }

    // MARK: - Threads

    private static let threads = Atomic<Int>(0)

    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        return pthread_key_create(&key, nil) == 0 ? key : nil
    }()

    /// Where this thread begins: threads are numbered as they come.
    private static var home: Int {
        guard let key else { return 0 }
        if let number = pthread_getspecific(key) { return Int(bitPattern: number) }
        // 0 is no number: it stands for none.
        let number = threads.wrappingAdd(1, ordering: .relaxed).newValue & Int.max
        pthread_setspecific(key, UnsafeRawPointer(bitPattern: number))
        return number
    }
}
