internal import CPKCS11
internal import Synchronization

/// A session lent by a token for one piece of work: `token.withSession { session in … }`.
///
/// It cannot leave the closure, so no two threads share one (SoftHSM crashes then) and no two operations meet in it.
public struct Session: ~Copyable {
    // Not counted: who lends a session holds both, and threads that sign would pass the token's count from core to core.
    unowned(unsafe) let connection: SessionConnection
    unowned(unsafe) let token: Token

    var functions: UnsafeMutablePointer<CK_FUNCTION_LIST> { connection.functions }
    var handle: CK_SESSION_HANDLE { connection.handle }
}

/// An object's handle: valid in every session of the process until the object, or for private ones the login, is gone.
public struct ObjectHandle: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt

    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }
}

/// A session object, which lives as long as this reference, in a session that is kept open for it.
public final class SessionObject: Sendable {
    public let handle: ObjectHandle
    private let token: Token
    private let connection: SessionConnection

    /// Who still has the object; 0 once it is destroyed.
    private let owners = Atomic(1)

    init(_ handle: ObjectHandle, in session: borrowing Session) {
        self.handle = handle
        token = session.token
        connection = session.connection
    }

    deinit {
        // A child process must not touch its parent's objects.
        if connection.generation == ForkGeneration.current, owners.load(ordering: .acquiring) > 0 {
            token.discard(handle)
        }
    }

    /// One owner more, who calls `destroy` as well: the object goes with the last of them.
    public func share() {
        owners.wrappingAdd(1, ordering: .acquiringAndReleasing)
    }

    /// Destroys the object now, unless another owner is left. Not inside `reading` or `writing`.
    public func destroy() throws(PKCS11Error) {
        var before = owners.load(ordering: .acquiring)
        while before > 0 {
            let result = owners.compareExchange(
                expected: before, desired: before - 1, ordering: .acquiringAndReleasing)
            if result.exchanged { break }
            before = result.original
        }
        guard before == 1, connection.generation == ForkGeneration.current else { return }
        try token.writing { session throws(PKCS11Error) in try session.destroy(handle) }
    }
}
