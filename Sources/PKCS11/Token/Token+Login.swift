internal import CPKCS11
internal import Glibc

extension Token {
    /// Logs the user in, or checks the PIN against the login that is there.
    ///
    /// A PIN that the token rejected is not sent to it again. The last try before a lock is used only when the caller
    /// allows it, which a person's fresh entry does and a stored PIN does not.
    ///
    /// - Parameter verifying: where another library of the process, or a reader's pad, made the login that stands, end it
    ///   and log in anew: nobody can tell else whether the PIN is right.
    /// - Throws: `.returned(.pinIncorrect)` (also for a PIN other than the one that is logged in), `.returned(.pinLocked)`,
    ///   `.pinNotSent`.
    public func login(_ pin: PIN, usingFinalTry: Bool = false, verifying: Bool = false) throws(PKCS11Error) {
        let digest = PINDigest(pin)
        try login.attempting { () throws(PKCS11Error) in try login(pin, digest, usingFinalTry, verifying) }
    }

    /// Whether this process has logged in on the token.
    public var isLoggedIn: Bool {
        login.known.withLock { $0.isLoggedIn && $0.generation == ForkGeneration.current }
    }

    /// Whether a PIN is held against the one that is logged in, and none is sent: no try is used.
    package var comparesPINs: Bool {
        login.known.withLock {
            $0.isLoggedIn && $0.accepted != nil && $0.generation == ForkGeneration.current
        }
    }

    /// The number of the login that stands in this process, 0 for none. Another login, of any token, has another one: who
    /// has seen this number knows that nobody has logged out since, as far as this process can tell.
    package var loginNumber: UInt { login.number }

    /// Asks the token whether the user is logged in, in the session that wants to know: another library in the process
    /// may have logged out. What is known is put right.
    public func confirmsLogin(_ session: borrowing Session) throws(PKCS11Error) -> Bool {
        var info = CK_SESSION_INFO()
        try check(session.functions.pointee.C_GetSessionInfo?(session.handle, &info), "C_GetSessionInfo")
        let isLoggedIn = info.state == CK_STATE(CKS_RO_USER_FUNCTIONS) || info.state == CK_STATE(CKS_RW_USER_FUNCTIONS)
        if !isLoggedIn { login.reset() }
        return isLoggedIn
    }

    /// Ends the login of the whole process; private objects' handles become invalid.
    public func logout() throws(PKCS11Error) {
        try withSession { session throws(PKCS11Error) in
            let answer = session.functions.pointee.C_Logout?(session.handle)
            login.reset()
            if answer != CK_RV(CKR_USER_NOT_LOGGED_IN) { try check(answer, "C_Logout") }
        }
    }

    /// Lets a rejected PIN be sent again: after a person entered it anew, or the token's PIN was changed.
    public func forgetRejectedPINs() {
        login.known.withLock { $0.rejected.removeAll() }
    }

    private func login(
        _ pin: PIN, _ digest: PINDigest, _ usingFinalTry: Bool, _ verifying: Bool
    ) throws(PKCS11Error) {
        let known = login.known.withLock { $0 }
        try refuseRejected(digest, known)
        let isUnknown = known.accepted == nil || known.generation != ForkGeneration.current
        if isUnknown, verifying || known.isByPad {
            try checkTries(usingFinalTry)
            try endLogin()
        } else if known.isLoggedIn, known.generation == ForkGeneration.current {
            guard let accepted = known.accepted, accepted != digest else { return }
            throw .returned(.pinIncorrect, "C_Login", "another PIN is logged in on this token")
        }
        // Between the look at the tries and the try no other process of this user makes one.
        let place = LockFile.offset(try lockName)
        let lock = LockFile.open()
        defer { if lock >= 0 { LockFile.release(lock, place) } }
        if lock >= 0 { _ = LockFile.lock(lock, F_WRLCK, place, waiting: true) }
        try checkTries(usingFinalTry)
        let answer = try withSession { session throws(PKCS11Error) in
            session.login(CK_USER_TYPE(CKU_USER), .pin(pin))
        }
        switch answer {
        case .ok:
            logIn(accepted: digest)
        case .userAlreadyLoggedIn:
            // A forked child inherits its parent's login, on tokens that keep it in memory, and what is known of its PIN.
            if let accepted = known.accepted, accepted != digest {
                throw .returned(.pinIncorrect, "C_Login", "another PIN is logged in on this token")
            }
            // Else somebody in this process logged in; whether with this PIN nobody can tell.
            logIn(accepted: known.accepted)
        case .pinIncorrect, .pinInvalid, .pinLenRange:
            _ = login.known.withLock { $0.rejected.insert(digest) }
            try checkLogin(answer)
        default:
            try check(answer.rawValue, "C_Login")
        }
    }

    /// Logs the user in by the reader's own pad. Whoever is logged in now may be another person: the pad asks anew, and
    /// what is at work with private keys meanwhile has to begin again.
    public func loginAtPad() throws(PKCS11Error) {
        try login.attempting { () throws(PKCS11Error) in
            try checkTries(true)
            try endLogin()
            try withSession { session throws(PKCS11Error) in
                try checkLogin(session.login(CK_USER_TYPE(CKU_USER), .pad))
            }
            logIn(accepted: nil, isByPad: true)
        }
    }

    private var lockName: String {
        get throws(PKCS11Error) {
            let info = try knownInfo()
            return "login\0" + info.label + "\0" + info.serial
        }
    }

    /// Ends the login that stands, whoever made it.
    private func endLogin() throws(PKCS11Error) {
        try withSession { session throws(PKCS11Error) in
            guard try confirmsLogin(session) else { return }
            _ = session.functions.pointee.C_Logout?(session.handle)
            login.reset()
        }
    }

    /// - Throws: `.returned(.pinLocked)`, `.pinNotSent`.
    private func checkTries(_ usingFinalTry: Bool) throws(PKCS11Error) {
        let flags = try info().flags
        try Self.checkNotLocked(flags)
        if flags.contains(.userPINFinalTry), !usingFinalTry {
            throw PKCS11Error(
                .pinNotSent,
                function: "C_GetTokenInfo",
                message: "one try is left before the PIN locks: a person must enter the PIN by hand"
            )
        }
    }

    private static func checkNotLocked(_ flags: TokenInfo.Flags) throws(PKCS11Error) {
        guard flags.contains(.userPINLocked) else { return }
        throw .returned(.pinLocked, "C_GetTokenInfo", "the user PIN is locked; the security officer can set a new one")
    }

    /// opencryptoki and OpenSC call the PIN that locks them incorrect, and tell in their flags that it did.
    private func checkLogin(_ answer: ReturnValue) throws(PKCS11Error) {
        if answer == .pinIncorrect { try Self.checkNotLocked(info().flags) }
        try check(answer.rawValue, "C_Login")
    }

    private func logIn(accepted: PINDigest?, isByPad: Bool = false) {
        login.logIn(accepted: accepted, isByPad: isByPad)
    }

    private func refuseRejected(_ digest: PINDigest, _ known: LoginState.Known) throws(PKCS11Error) {
        guard known.rejected.contains(digest) else { return }
        throw .returned(.pinIncorrect, "C_Login", "the token rejected this PIN before; it was not sent again")
    }

    /// The context-specific login between an operation's Init and the operation, for keys with CKA_ALWAYS_AUTHENTICATE.
    ///
    /// Where the token stores that attribute without enforcing it (NSS, opencryptoki), the PIN is held against the
    /// accepted one here instead.
    ///
    /// - Throws: as `login`; `.padNotAsked` where such a token has a pad, which nobody entered anything at.
    func authorize(_ authorization: Authorization, in session: borrowing Session) throws(PKCS11Error) {
        var digest: PINDigest?
        if case .pin(let pin, let isFresh) = authorization {
            digest = PINDigest(pin)
            // One that was accepted may be another by now: another process may have changed it.
            try checkTries(isFresh)
        }
        if let digest {
            let known = login.known.withLock { $0 }
            try refuseRejected(digest, known)
            if let accepted = known.accepted, accepted != digest {
                throw .returned(.pinIncorrect, "C_Login", "another PIN is logged in on this token")
            }
        }
        let answer = session.login(CK_USER_TYPE(CKU_CONTEXT_SPECIFIC), authorization)
        switch answer {
        case .userAlreadyLoggedIn, .userTypeInvalid, .operationNotInitialized:
            guard digest == nil else { return }
            throw PKCS11Error(
                .padNotAsked, function: "C_Login", message: "the token did not ask for the PIN at its pad")
        case .pinIncorrect, .pinInvalid, .pinLenRange:
            if let digest {
                login.known.withLock { known in
                    known.rejected.insert(digest)
                    // It was right once: another process has changed it.
                    if known.accepted == digest { known.accepted = nil }
                }
            }
            try checkLogin(answer)
        default:
            try check(answer.rawValue, "C_Login")
        }
    }
}

extension Session {
    /// C_Login, whose answer is the caller's to judge.
    fileprivate func login(_ user: CK_USER_TYPE, _ authorization: Authorization) -> ReturnValue {
        let answer =
            switch authorization {
            case .pin(let pin, _):
                pin.withUnsafeBytes {
                    functions.pointee.C_Login?(handle, user, $0.mutableBytes, CK_ULONG($0.count))
                }
            case .pad: functions.pointee.C_Login?(handle, user, nil, 0)
            }
        return ReturnValue(rawValue: answer ?? CK_RV(CKR_FUNCTION_NOT_SUPPORTED))
    }
}
