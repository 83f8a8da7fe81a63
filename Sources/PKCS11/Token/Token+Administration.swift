internal import CPKCS11

// A PIN that is nil is entered at the reader's own pad (CKF_PROTECTED_AUTHENTICATION_PATH).
extension Token {
    /// Sets the user's PIN as security officer (C_InitPIN): on a new token, or to unlock it. The user's login ends.
    ///
    /// - Parameter usingFinalTry: send the officer's PIN although one try is left, as after a person's fresh entry.
    /// - Throws: `.returned(.pinIncorrect)`, also for an officer's PIN that the token rejected before, which is not sent
    ///   again; `.returned(.pinLocked)`, `.pinNotSent`; `.returned(.pinLenRange)` before anything is sent.
    public func initializePIN(_ pin: PIN?, soPIN: PIN?, usingFinalTry: Bool = false) throws(PKCS11Error) {
        try info().checkLength(pin)
        try asOfficer(soPIN, usingFinalTry) { session throws(PKCS11Error) in
            let answer = withBytes(pin) { session.functions.pointee.C_InitPIN?(session.handle, $0, $1) }
            try check(answer, "C_InitPIN")
        }
        forgetRejectedPINs()
    }

    /// Changes the user's PIN (C_SetPIN), also one that has expired. A wrong old PIN counts as a try.
    ///
    /// - Throws: as `initializePIN`, of the user's PIN.
    public func changePIN(from old: PIN?, to new: PIN?, usingFinalTry: Bool = false) throws(PKCS11Error) {
        try info().checkLength(new)
        let wasLoggedIn = isLoggedIn
        if let old { try logInUnlessExpired(old, usingFinalTry) }
        try login.attempting { () throws(PKCS11Error) in
            if old == nil { try info().checkTries(ofOfficer: false, true) }
            let answer = try withSession { session throws(PKCS11Error) in
                setPIN(old, new, in: session)
            }
            if let old, answer == .pinIncorrect {
                let digest = PINDigest(old)
                _ = login.known.withLock { $0.rejected.insert(digest) }
            }
            try check(answer.rawValue, "C_SetPIN")
        }
        login.known.withLock { known in
            known.rejected.removeAll()
            if known.isLoggedIn { known.accepted = new.map { PINDigest($0) } }
        }
        if !wasLoggedIn, isLoggedIn { try logout() }
    }

    /// opencryptoki 3.8 changes a PIN without a login too, and then the private keys are lost: it has not read the key that
    /// they are encrypted with, and writes another one under the new PIN. NSS wants a login. Only an expired PIN has to do
    /// without.
    private func logInUnlessExpired(_ pin: PIN, _ usingFinalTry: Bool) throws(PKCS11Error) {
        do throws(PKCS11Error) {
            try login(pin, usingFinalTry: usingFinalTry)
            // Somebody else's login that this process only believed in is none.
            try withSession { session throws(PKCS11Error) in
                if try !confirmsLogin(session) { try login(pin, usingFinalTry: usingFinalTry) }
            }
        } catch {
            guard error.returnValue == .pinExpired else { throw error }
        }
    }

    /// Changes the security officer's PIN. The user's login ends.
    ///
    /// - Throws: as `initializePIN`.
    public func changeOfficerPIN(from old: PIN?, to new: PIN?, usingFinalTry: Bool = false) throws(PKCS11Error) {
        try info().checkLength(new)
        try asOfficer(old, usingFinalTry) { session throws(PKCS11Error) in
            try check(setPIN(old, new, in: session).rawValue, "C_SetPIN")
        }
        login.known.withLock { $0.rejectedOfOfficer.removeAll() }
    }

    /// Works with the security officer logged in, whose login excludes the user's and every read-only session.
    private func asOfficer(
        _ pin: PIN?, _ usingFinalTry: Bool, _ work: (borrowing Session) throws(PKCS11Error) -> Void
    ) throws(PKCS11Error) {
        try login.attempting { () throws(PKCS11Error) in
            try checkOfficer(pin, usingFinalTry, "C_Login")
            reset(closingSessions: true)
            try withSession { session throws(PKCS11Error) in
                let functions = session.functions
                var answer = logInOfficer(pin, session)
                // Sessions of another library in the process have kept the user's login.
                if answer == CK_RV(CKR_USER_ANOTHER_ALREADY_LOGGED_IN) {
                    _ = functions.pointee.C_Logout?(session.handle)
                    answer = logInOfficer(pin, session)
                }
                remember(pin, answer)
                try check(answer, "C_Login")
                defer { _ = functions.pointee.C_Logout?(session.handle) }
                try work(session)
            }
        }
    }

    /// - Throws: where the officer's PIN must not be sent.
    func checkOfficer(_ pin: PIN?, _ usingFinalTry: Bool, _ function: String) throws(PKCS11Error) {
        try refuse(pin.map { PINDigest($0) }, function, login.known.withLock { $0.rejectedOfOfficer })
        try info().checkTries(ofOfficer: true, usingFinalTry || pin == nil)
    }

    /// Keeps in mind what the token answered to the officer's PIN.
    func remember(_ pin: PIN?, _ answer: CK_RV?) {
        guard let pin, answer == CK_RV(CKR_PIN_INCORRECT) else { return }
        let digest = PINDigest(pin)
        _ = login.known.withLock { $0.rejectedOfOfficer.insert(digest) }
    }

    private func logInOfficer(_ pin: PIN?, _ session: borrowing Session) -> CK_RV? {
        let functions = session.functions
        let handle = session.handle
        return withBytes(pin) { functions.pointee.C_Login?(handle, CK_USER_TYPE(CKU_SO), $0, $1) }
    }

    private func setPIN(_ old: PIN?, _ new: PIN?, in session: borrowing Session) -> ReturnValue {
        let functions = session.functions
        let handle = session.handle
        let answer = withBytes(old) { old, oldCount in
            withBytes(new) { functions.pointee.C_SetPIN?(handle, old, oldCount, $0, $1) }
        }
        return ReturnValue(rawValue: answer ?? CK_RV(CKR_FUNCTION_NOT_SUPPORTED))
    }

    private func refuse(
        _ digest: PINDigest?, _ function: String, _ rejected: Set<PINDigest>
    ) throws(PKCS11Error) {
        guard let digest, rejected.contains(digest) else { return }
        throw .returned(.pinIncorrect, function, "the token rejected this PIN before; it was not sent again")
    }
}

extension TokenInfo {
    /// - Throws: `.returned(.pinLenRange)` for a PIN that the token would not take.
    public func checkLength(_ pin: PIN?) throws(PKCS11Error) {
        // 0: the token does not tell.
        guard let pin, maximumPINLength > 0, maximumPINLength >= minimumPINLength else { return }
        guard (minimumPINLength...maximumPINLength).contains(pin.count) else {
            throw .returned(
                .pinLenRange, "C_GetTokenInfo",
                "the new PIN has \(pin.count) bytes: \(minimumPINLength) to \(maximumPINLength) are allowed")
        }
    }

    /// - Throws: `.returned(.pinLocked)`; `.pinNotSent` where one try is left and must not be used.
    fileprivate func checkTries(ofOfficer: Bool, _ usingFinalTry: Bool) throws(PKCS11Error) {
        let owner = ofOfficer ? "security officer's" : "user"
        if flags.contains(ofOfficer ? .officerPINLocked : .userPINLocked) {
            let way = ofOfficer ? "only the maker of the token can help" : "the security officer can set a new one"
            throw .returned(.pinLocked, "C_GetTokenInfo", "the \(owner) PIN is locked; \(way)")
        }
        if flags.contains(ofOfficer ? .officerPINFinalTry : .userPINFinalTry), !usingFinalTry {
            throw PKCS11Error(
                .pinNotSent, function: "C_GetTokenInfo",
                message: "one try is left before the \(owner) PIN locks: a person must enter the PIN by hand")
        }
    }
}

/// Lends a PIN's bytes as C_Login and its like want them; NULL stands for the pad.
func withBytes<R>(_ pin: PIN?, _ body: (UnsafeMutablePointer<UInt8>?, CK_ULONG) -> R) -> R {
    guard let pin else { return body(nil, 0) }
    return pin.withUnsafeBytes { body($0.mutableBytes, CK_ULONG($0.count)) }
}
