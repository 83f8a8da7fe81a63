internal import Glibc

/// Locks among the processes of a user: each one byte of a file, which the kernel gives back when a process dies. They are
/// locks of the open file, so that threads of one process keep each other out as well.
package enum LockFile {
    /// The file's descriptor, which the caller closes; -1 where there is no place for one (a read-only system).
    package static func open() -> CInt {
        let user = geteuid()
        let known = paths.withLock { known in
            if known.user != user { known = (user, places) }
            return known.places
        }
        for path in known {
            let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { continue }
            var status = stat()
            // Anybody may write these folders: a file that is not ours is no lock of ours.
            if fstat(descriptor, &status) == 0, status.st_uid == user { return descriptor }
            close(descriptor)
        }
        return -1
    }

    /// The places of the user that the process was last: they are wanted several times an operation.
    private static let paths = Lock<(user: uid_t, places: [String])>((.max, []))

    /// Where the file may be, the best first.
    package static var places: [String] {
        ["/run/lock", "/dev/shm", "/tmp"].map { "\($0)/tokencsp-\(geteuid()).lock" }
    }

    /// Takes, changes or gives back (`F_WRLCK`, `F_RDLCK`, `F_UNLCK`) the lock at a place; answers whether it did.
    package static func lock(_ descriptor: CInt, _ type: CInt, _ offset: Int, waiting: Bool) -> Bool {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = offset
        lock.l_len = 1
        var answer: CInt
        repeat {
            answer = fcntl(descriptor, waiting ? setLockWaiting : setLock, &lock)
        } while answer != 0 && errno == EINTR
        return answer == 0
    }

    /// Gives back the locks at the places, and closes the file. A child that was forked meanwhile has it open too, and would keep
    /// them.
    package static func release(_ descriptor: CInt, _ offsets: Int...) {
        for offset in offsets { _ = lock(descriptor, F_UNLCK, offset, waiting: false) }
        close(descriptor)
    }

    /// Where the lock of this name is: far beyond the file's bytes.
    package static func offset(_ name: String) -> Int {
        let hash = name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        return Int(hash >> 2)
    }

    // F_OFD_SETLK and F_OFD_SETLKW.
    private static let setLock: CInt = 37
    private static let setLockWaiting: CInt = 38
}
