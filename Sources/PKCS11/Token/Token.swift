internal import CPKCS11

/// A token in a slot: its sessions, its locks and its login, one object for the whole process.
public final class Token: Sendable {
    public let slot: Slot
    let pool = SessionPool()
    let access = ReadWriteLock()
    let login = LoginState()
    private let identity = Lock<TokenInfo?>(nil)
    let look = Lock<Look?>(nil)
    /// This process' last turn at storing; nil: it had none.
    let lastTurn = Lock<UInt64?>(nil)
    /// Session objects whose last reference went where no lock could be taken.
    private let discarded = Lock<[ObjectHandle]>([])

    init(slot: Slot) {
        self.slot = slot
    }

    public func info() throws(PKCS11Error) -> TokenInfo {
        let info = try slot.tokenInfo()
        remember(info)
        return info
    }

    /// What the token told last: for what does not change, such as its label and whether it wants a login.
    public func knownInfo() throws(PKCS11Error) -> TokenInfo {
        if let known = identity.withLock({ $0 }) { return known }
        return try info()
    }

    func remember(_ info: TokenInfo) {
        let isRenamed = identity.withLock { known in
            defer { known = info }
            return known.map { $0.label != info.label } ?? false
        }
        if isRenamed { login.forgetNumber() }
    }
}

// MARK: - Sessions

extension Token {
    /// Lends a session for signing, decrypting, random numbers: work that needs no lock.
    ///
    /// A session that saw an error is closed, for its operation may still be active (tpm2-pkcs11). Sessions that the
    /// token has forgotten (reset, removed and back) are opened anew, once, and the work begins again.
    public func withSession<R>(_ body: (borrowing Session) throws(PKCS11Error) -> R) throws(PKCS11Error) -> R {
        do throws(PKCS11Error) {
            return try lend(body)
        } catch {
            guard error.returnValue == .sessionHandleInvalid || error.returnValue == .sessionClosed else { throw error }
            reset(closingSessions: false)
            return try lend(body)
        }
    }

    private func lend<R>(_ body: (borrowing Session) throws(PKCS11Error) -> R) throws(PKCS11Error) -> R {
        let connection = try pool.borrow(slot)
        var isSound = false
        defer { pool.giveBack(connection, isSound: isSound) }
        let result = try body(Session(connection: connection._withUnsafeGuaranteedRef { $0 }, token: self))
        isSound = true
        return result
    }

    /// Lends a session for finding objects and reading attributes, while nobody in this process writes.
    ///
    /// Not inside another `reading` or `writing`: the lock is not recursive.
    public func reading<R>(_ body: (borrowing Session) throws(PKCS11Error) -> R) throws(PKCS11Error) -> R {
        try access.reading { () throws(PKCS11Error) in try withSession(body) }
    }

    /// Lends a session for making, changing and destroying objects, while nobody else in this process reads or writes.
    ///
    /// Not inside another `reading` or `writing`: the lock is not recursive.
    ///
    /// - Parameter lasting: makes or destroys objects that stay on the token.
    public func writing<R>(
        lasting: Bool = false, _ body: (borrowing Session) throws(PKCS11Error) -> R
    ) throws(PKCS11Error) -> R {
        // Before others in this process have to wait: another process may be at a long key.
        let turn = lasting ? try StoringTurn(self) : nil
        defer { turn?.end() }
        return try access.writing { () throws(PKCS11Error) in
            destroyDiscarded()
            return try withSession { session throws(PKCS11Error) in
                if turn?.mustSearch == true {
                    _ = try session.find([Attribute(.certificate), Attribute(.id, bytes: [])])
                }
                return try body(session)
            }
        }
    }

    /// Destroys a session object now if nobody is at work, else when somebody writes next.
    func discard(_ object: ObjectHandle) {
        let wasFree = access.writingIfFree {
            destroyDiscarded()
            destroy(discarded: [object])
        }
        if !wasFree { discarded.withLock { $0.append(object) } }
    }

    private func destroyDiscarded() {
        let objects = discarded.withLock { objects in
            defer { objects = [] }
            return objects
        }
        if !objects.isEmpty { destroy(discarded: objects) }
    }

    private func destroy(discarded objects: [ObjectHandle]) {
        // One that is gone already, with its session or login, is no failure.
        try? withSession { session in
            for object in objects { _ = session.functions.pointee.C_DestroyObject?(session.handle, object.rawValue) }
        }
    }

    /// Forgets sessions and login.
    func reset(closingSessions: Bool) {
        pool.reset()
        login.reset()
        if closingSessions {
            _ = slot.module.functions.pointee.C_CloseAllSessions?(slot.id)
        }
    }
}
