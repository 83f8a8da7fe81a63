package import Glibc

/// A value behind a mutex.
///
/// Not `Synchronization.Mutex`: on Linux that remembers the thread's number from before a fork, and stops the process
/// ("Unknown error occurred while attempting to acquire a Mutex", Swift 6.3) when in the child that thread meets another.
package struct Lock<Value>: ~Copyable, @unchecked Sendable {
    // Unchecked: the value is reached through withLock alone.
    @usableFromInline package let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline package let value: UnsafeMutablePointer<Value>

    package init(_ initial: Value) {
        // One piece of memory: a key has several locks.
        let alignment = max(MemoryLayout<pthread_mutex_t>.alignment, MemoryLayout<Value>.alignment)
        let offset = (MemoryLayout<pthread_mutex_t>.size + alignment - 1) & ~(alignment - 1)
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: offset + MemoryLayout<Value>.size, alignment: alignment)
        mutex = memory.bindMemory(to: pthread_mutex_t.self, capacity: 1)
        value = (memory + offset).bindMemory(to: Value.self, capacity: 1)
        value.initialize(to: initial)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        value.deinitialize(count: 1)
        UnsafeMutableRawPointer(mutex).deallocate()
    }

    /// Not within itself: a second `withLock` of the same lock in one thread waits for ever.
    @inlinable package borrowing func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R)
        throws(E) -> R
    {
        lock()
        defer { unlock() }
        return try body(&value.pointee)
    }

    // Where each instruction counts: `value` is touched between these two alone.
    @inlinable package borrowing func lock() { pthread_mutex_lock(mutex) }
    @inlinable package borrowing func unlock() { pthread_mutex_unlock(mutex) }
}
