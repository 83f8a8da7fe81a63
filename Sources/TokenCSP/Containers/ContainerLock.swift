internal import Glibc
internal import PKCS11

/// One writer a container among the processes of a user: generation, replacement, repair and deletion hold it.
///
/// A lock on one byte of a file, so that the kernel gives it back when a process dies: who holds it knows that half a
/// pair in the container is the rest of a crash, and not somebody's work in progress.
final class ContainerLock {
    private var descriptor: CInt

    /// - Parameter waiting: false answers nil where another process holds the lock.
    init?(_ token: TokenInfo, label: String, waiting: Bool = true) {
        descriptor = Self.openFile()
        // No place for a lock file (a read-only system): go on without, the token's own checks remain.
        guard descriptor >= 0 else { return }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = Self.offset(token.label + "\0" + token.serial + "\0" + label)
        lock.l_len = 1
        var answer: CInt
        repeat {
            answer = fcntl(descriptor, waiting ? Self.setLockWaiting : Self.setLock, &lock)
        } while answer != 0 && errno == EINTR
        if answer != 0 && !waiting {
            end()
            return nil
        }
    }

    deinit {
        end()
    }

    /// Gives the lock back.
    func end() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    // F_OFD_SETLK and F_OFD_SETLKW: locks of the open file, so that threads of one process keep each other out as well.
    private static let setLock: CInt = 37
    private static let setLockWaiting: CInt = 38

    private static func openFile() -> CInt {
        for folder in ["/run/lock", "/dev/shm", "/tmp"] {
            let path = "\(folder)/tokencsp-\(geteuid()).lock"
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { continue }
            var status = stat()
            // Anybody may write these folders: a file that is not ours is no lock of ours.
            if fstat(descriptor, &status) == 0, status.st_uid == geteuid() { return descriptor }
            close(descriptor)
        }
        return -1
    }

    private static func offset(_ text: String) -> off_t {
        let hash = text.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        return off_t(hash >> 2)
    }
}
