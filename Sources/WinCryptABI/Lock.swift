internal import Glibc

/// A value behind a mutex that works in the child of a fork too. Whoever makes it calls `destroy` in the end.
///
/// `Synchronization.Mutex` does not: on Linux it remembers the thread's number from before the fork, and stops the
/// process ("Unknown error occurred while attempting to acquire a Mutex", Swift 6.3) when that thread meets another.
/// A struct, because counting references to a lock costs as much as taking it.
struct Lock<Value: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    init(_ initial: Value) {
        value.initialize(to: initial)
        pthread_mutex_init(mutex, nil)
    }

    func destroy() {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
        value.deinitialize(count: 1).deallocate()
    }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock()
        defer { unlock() }
        return body(&value.pointee)
    }

    // MARK: - For fork handlers, which hold the lock across functions

    func lock() {
        pthread_mutex_lock(mutex)
    }

    func unlock() {
        pthread_mutex_unlock(mutex)
    }
}
