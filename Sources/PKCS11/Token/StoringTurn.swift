internal import CPKCS11
internal import Glibc

/// A turn at making and destroying objects on a token of SoftHSM, among the processes of a user.
///
/// SoftHSM 2.6.1 counts a token's changes in a file, and looks for objects anew where the count is not the one it knows. A
/// process that makes or destroys an object itself takes the count over from the file: what another one changed since its
/// last search it overlooks from then on, until there is a next change. So one process changes a token at a time, and
/// has searched since another one did.
final class StoringTurn {
    /// Whether another process may have had a turn since this one has searched.
    let mustSearch: Bool
    private let descriptor: CInt
    private let offset: Int
    private let token: Token

    /// Nil where the module needs no turns, and where there is no place for the lock.
    init?(_ token: Token) throws(PKCS11Error) {
        guard try token.slot.module.overlooksChanges else { return nil }
        let info = try token.knownInfo()
        descriptor = LockFile.open()
        guard descriptor >= 0 else { return nil }
        self.token = token
        offset = LockFile.offset(info.label + "\0" + info.serial + "\0storing")
        _ = LockFile.lock(descriptor, F_WRLCK, offset, waiting: true)
        let last = Self.last(descriptor)
        // Now already: who dies in the turn has had it.
        Self.draw(descriptor)
        mustSearch = (token.lastTurn.withLock { $0 } ?? token.slot.module.turnAtStart.withLock { $0 }) != last
    }

    func end() {
        let own = Self.draw(descriptor)
        token.lastTurn.withLock { $0 = own }
        LockFile.release(descriptor, offset)
    }

    /// Drawn, not counted: another token's turn may end at the same time.
    @discardableResult private static func draw(_ descriptor: CInt) -> UInt64 {
        var number = UInt64.random(in: 1 ... .max)
        _ = pwrite(descriptor, &number, MemoryLayout<UInt64>.size, place)
        return number
    }

    /// The turn that ended last, of all tokens; 0 where there was none.
    static var last: UInt64 {
        let descriptor = LockFile.open()
        defer { if descriptor >= 0 { close(descriptor) } }
        return descriptor >= 0 ? last(descriptor) : 0
    }

    private static func last(_ descriptor: CInt) -> UInt64 {
        var turn: UInt64 = 0
        _ = pread(descriptor, &turn, MemoryLayout<UInt64>.size, place)
        return turn
    }

    /// Behind the marks and stamps of containers.
    private static let place: off_t = 0x9_0000
}

extension Module {
    fileprivate var overlooksChanges: Bool {
        get throws(PKCS11Error) {
            let info = try ownInfo()
            return withUnsafeBytes(of: info.manufacturerID) { $0.starts(with: "SoftHSM".utf8) }
        }
    }
}
