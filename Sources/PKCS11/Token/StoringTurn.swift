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
        let place = Self.place(offset)
        let last = Self.numbers(descriptor, from: place, count: 1).first
        // Now already: who dies in the turn has had it.
        Self.draw(descriptor, place)
        let known = token.lastTurn.withLock { $0 } ?? token.slot.module.turnsAtStart.withLock { $0?[place] }
        mustSearch = known != last
    }

    func end() {
        let own = Self.draw(descriptor, Self.place(offset))
        token.lastTurn.withLock { $0 = own }
        LockFile.release(descriptor, offset)
    }

    // MARK: - The numbers

    // Behind the marks and stamps of containers. Two tokens with one place cost a search that finds nothing new.
    private static let beginning: off_t = 0x9_0000
    private static let places = 1024

    private static func place(_ offset: Int) -> Int { offset & (places - 1) }

    /// The number of the turn that ended last, by place; 0 where there was none.
    static var numbers: [UInt64] {
        let descriptor = LockFile.open()
        defer { if descriptor >= 0 { close(descriptor) } }
        return numbers(descriptor, from: 0, count: places)
    }

    private static func numbers(_ descriptor: CInt, from place: Int, count: Int) -> [UInt64] {
        var numbers = [UInt64](repeating: 0, count: count)
        let size = MemoryLayout<UInt64>.stride
        _ = pread(descriptor, &numbers, count * size, beginning + off_t(place * size))
        return numbers
    }

    /// Drawn, not counted: another token's turn may end at the same time.
    @discardableResult private static func draw(_ descriptor: CInt, _ place: Int) -> UInt64 {
        var number = UInt64.random(in: 1 ... .max)
        let size = MemoryLayout<UInt64>.stride
        _ = pwrite(descriptor, &number, size, beginning + off_t(place * size))
        return number
    }
}

extension Module {
    fileprivate var overlooksChanges: Bool {
        get throws(PKCS11Error) {
            let info = try ownInfo()
            return withUnsafeBytes(of: info.manufacturerID) { $0.starts(with: "SoftHSM".utf8) }
        }
    }
}
