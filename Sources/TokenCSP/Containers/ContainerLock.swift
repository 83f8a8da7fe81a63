internal import Glibc
internal import PKCS11

/// One writer a container among the processes of a user: generation, replacement, repair and deletion hold it.
///
/// A lock on one byte of a file, so that the kernel gives it back when a process dies: who holds it knows that half a
/// pair in the container is the rest of a crash, and not somebody's work in progress.
///
/// While it is held a mark stands in the file, which a crash leaves behind: what a token object looks like that its
/// module had not finished (no label, no id), only the mark tells whose it was.
final class ContainerLock {
    private var descriptor: CInt
    private let mark: off_t
    private let wholeToken: off_t
    /// Whether a holder died. The mark then stays until `clearedUp` is set.
    let foundCrash: Bool
    var clearedUp = false

    /// - Parameter waiting: false answers nil where another process holds the lock.
    init?(_ token: TokenInfo, label: String, waiting: Bool = true) {
        let place = token.label + "\0" + token.serial
        mark = Self.mark(place, label)
        wholeToken = LockFile.offset(place)
        descriptor = LockFile.open()
        // No place for a lock file (a read-only system): go on without, the token's own checks remain.
        guard descriptor >= 0 else {
            foundCrash = false
            return
        }
        guard LockFile.lock(descriptor, F_WRLCK, LockFile.offset(place + "\0" + label), waiting: waiting) || waiting
        else {
            close(descriptor)
            descriptor = -1
            foundCrash = false
            return nil
        }
        _ = LockFile.lock(descriptor, F_RDLCK, wholeToken, waiting: true)
        foundCrash = Self.isSet(mark, descriptor)
        Self.set(mark, 1, descriptor)
    }

    deinit {
        end()
    }

    /// Gives the lock back.
    func end() {
        guard descriptor >= 0 else { return }
        if !foundCrash || clearedUp { Self.set(mark, 0, descriptor) }
        close(descriptor)
        descriptor = -1
    }

    /// Runs `work` if no other process or thread of this user holds a lock of the token, so that none makes an object.
    func alone<E: Error>(_ work: () throws(E) -> Void) throws(E) {
        guard descriptor >= 0, LockFile.lock(descriptor, F_WRLCK, wholeToken, waiting: false) else { return }
        defer { _ = LockFile.lock(descriptor, F_RDLCK, wholeToken, waiting: false) }
        try work()
    }

    /// Whether somebody holds the container's lock, or died while holding it.
    static func isMarked(_ token: TokenInfo, label: String) -> Bool {
        let descriptor = LockFile.open()
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return isSet(mark(token.label + "\0" + token.serial, label), descriptor)
    }

    // The marks are the file's bytes; the locks lie beyond them, where no byte can be. Two containers with one mark
    // cost a search that finds nothing.
    private static func mark(_ place: String, _ label: String) -> off_t {
        LockFile.offset(place + "\0" + label) & 0xFFFF
    }

    private static func isSet(_ mark: off_t, _ descriptor: CInt) -> Bool {
        var byte: UInt8 = 0
        return pread(descriptor, &byte, 1, mark) == 1 && byte != 0
    }

    private static func set(_ mark: off_t, _ value: UInt8, _ descriptor: CInt) {
        var byte = value
        _ = pwrite(descriptor, &byte, 1, mark)
    }
}
