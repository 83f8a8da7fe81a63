internal import Glibc

/// Many readers or one writer.
///
/// SoftHSM 2.6.1 fails when an object is created while another thread searches; NSS hangs when two threads create.
final class ReadWriteLock: @unchecked Sendable {
    // Unchecked: the lock is its own synchronization; it needs an address of its own.
    private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)

    init() {
        // Threads that list without pause must not keep one that generates waiting for ever.
        var attributes = pthread_rwlockattr_t()
        pthread_rwlockattr_init(&attributes)
        pthread_rwlockattr_setkind_np(&attributes, CInt(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
        pthread_rwlock_init(lock, &attributes)
        pthread_rwlockattr_destroy(&attributes)
    }

    deinit {
        pthread_rwlock_destroy(lock)
        lock.deallocate()
    }

    func reading<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        pthread_rwlock_rdlock(lock)
        defer { pthread_rwlock_unlock(lock) }
        return try body()
    }

    /// Writes if nobody, this thread included, reads or writes now; answers whether it did.
    func writingIfFree(_ body: () -> Void) -> Bool {
        guard pthread_rwlock_trywrlock(lock) == 0 else { return false }
        defer { pthread_rwlock_unlock(lock) }
        body()
        return true
    }

    func writing<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        pthread_rwlock_wrlock(lock)
        defer { pthread_rwlock_unlock(lock) }
        return try body()
    }
}
