internal import CPKCS11

/// A session lent by a token for one piece of work: `token.withSession { session in … }`.
///
/// It cannot leave the closure, so no two threads share one (SoftHSM crashes then) and no two operations meet in it.
public struct Session: ~Copyable {
    let connection: SessionConnection
    let token: Token

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

    private let isAlive = Lock(true)

    init(_ handle: ObjectHandle, in session: borrowing Session) {
        self.handle = handle
        token = session.token
        connection = session.connection
    }

    deinit {
        // A child process must not touch its parent's objects.
        if connection.generation == ForkGeneration.current, isAlive.withLock({ $0 }) {
            token.discard(handle)
        }
    }

    /// Destroys the object now. Not inside `reading` or `writing`.
    public func destroy() throws(PKCS11Error) {
        let wasAlive = isAlive.withLock { isAlive in
            defer { isAlive = false }
            return isAlive
        }
        guard wasAlive, connection.generation == ForkGeneration.current else { return }
        try token.writing { session throws(PKCS11Error) in try session.destroy(handle) }
    }
}
