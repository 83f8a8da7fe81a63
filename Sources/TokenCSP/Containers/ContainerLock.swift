internal import Glibc
internal import PKCS11

/// One writer a container among the processes of a user: generation, replacement, repair and deletion hold it.
///
/// A lock on one byte of a file, so that the kernel gives it back when a process dies: who holds it knows that half a
/// pair in the container is the rest of a crash, and not somebody's work in progress.
///
/// While it is held a mark stands in the file, which a crash leaves behind: what a token object looks like that its
/// module had not finished (no label, no id), only the mark tells whose it was. Each holder leaves another stamp in the
/// file, by which the others see that the container may have changed.
final class ContainerLock {
    private var descriptor: CInt
    private let mark: off_t
    private let own: off_t
    private let wholeToken: off_t
    /// Whether a holder died. The mark then stays until `clearedUp` is set.
    let foundCrash: Bool
    var clearedUp = false
    /// What the file said of the container before, and what it says afterwards.
    let before: Sign
    var after: Sign { descriptor < 0 ? .unknown : foundCrash && !clearedUp ? .marked : .resting(stamp: stamp) }
    /// Drawn, not counted: holders of other containers with this mark may leave theirs at the same time.
    private let stamp = UInt64.random(in: 1 ... .max)

    /// - Parameter waiting: false answers nil where another process holds the lock.
    init?(_ token: TokenInfo, label: String, waiting: Bool = true) {
        let place = token.label + "\0" + token.serial
        mark = Self.mark(place, label)
        own = LockFile.offset(place + "\0" + label)
        wholeToken = LockFile.offset(place)
        descriptor = LockFile.open()
        // No place for a lock file (a read-only system): go on without, the token's own checks remain.
        guard descriptor >= 0 else {
            foundCrash = false
            before = .unknown
            return
        }
        guard LockFile.lock(descriptor, F_WRLCK, own, waiting: waiting) || waiting
        else {
            close(descriptor)
            descriptor = -1
            foundCrash = false
            before = .unknown
            return nil
        }
        _ = LockFile.lock(descriptor, F_RDLCK, wholeToken, waiting: true)
        before = Self.sign(mark, descriptor)
        foundCrash = before == .marked
        Self.set(mark, 1, descriptor)
    }

    deinit {
        end()
    }

    /// Gives the lock back.
    func end() {
        guard descriptor >= 0 else { return }
        // The stamp first: who sees no mark sees the stamp of what was done.
        Self.set(stamp, of: mark, descriptor)
        if !foundCrash || clearedUp { Self.set(mark, 0, descriptor) }
        LockFile.release(descriptor, own, wholeToken)
        descriptor = -1
    }

    /// Runs `work` if no other process or thread of this user holds a lock of the token, so that none makes an object.
    func alone<E: Error>(_ work: () throws(E) -> Void) throws(E) {
        guard descriptor >= 0, LockFile.lock(descriptor, F_WRLCK, wholeToken, waiting: false) else { return }
        defer { _ = LockFile.lock(descriptor, F_RDLCK, wholeToken, waiting: false) }
        try work()
    }

    /// What the file says of a container.
    enum Sign: Equatable {
        /// Nobody holds the lock. As long as the stamp is the same nobody has.
        case resting(stamp: UInt64)
        /// Somebody holds the lock, or died while holding it.
        case marked
        /// There is no file.
        case unknown
    }

    static func sign(_ token: TokenInfo, label: String) -> Sign {
        let descriptor = LockFile.open()
        guard descriptor >= 0 else { return .unknown }
        defer { close(descriptor) }
        return sign(mark(token.label + "\0" + token.serial, label), descriptor)
    }

    /// The mark first: who sees none sees the stamp of what was done before.
    private static func sign(_ mark: off_t, _ descriptor: CInt) -> Sign {
        isSet(mark, descriptor) ? .marked : .resting(stamp: stamp(of: mark, descriptor))
    }

    // The marks are the file's first bytes, and the stamps follow; the locks lie beyond them, where no byte can be. Two
    // containers with one mark cost a search that finds nothing new.
    private static let marks: off_t = 0x1_0000

    private static func mark(_ place: String, _ label: String) -> off_t {
        LockFile.offset(place + "\0" + label) & (marks - 1)
    }

    private static func isSet(_ mark: off_t, _ descriptor: CInt) -> Bool {
        var byte: UInt8 = 0
        return pread(descriptor, &byte, 1, mark) == 1 && byte != 0
    }

    private static func set(_ mark: off_t, _ value: UInt8, _ descriptor: CInt) {
        var byte = value
        _ = pwrite(descriptor, &byte, 1, mark)
    }

    /// 0 where none was left yet.
    private static func stamp(of mark: off_t, _ descriptor: CInt) -> UInt64 {
        var stamp: UInt64 = 0
        _ = pread(descriptor, &stamp, MemoryLayout<UInt64>.size, marks + mark * off_t(MemoryLayout<UInt64>.size))
        return stamp
    }

    private static func set(_ stamp: UInt64, of mark: off_t, _ descriptor: CInt) {
        var stamp = stamp
        _ = pwrite(descriptor, &stamp, MemoryLayout<UInt64>.size, marks + mark * off_t(MemoryLayout<UInt64>.size))
    }
}
