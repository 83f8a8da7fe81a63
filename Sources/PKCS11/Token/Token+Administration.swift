internal import CPKCS11

extension Token {
    /// Sets the user's PIN as security officer (C_InitPIN): on a new token, or to unlock it.
    public func initializePIN(_ pin: PIN, soPIN: PIN) throws(PKCS11Error) {
        // The officer's login excludes the user's and every read-only session.
        reset(closingSessions: true)
        try withSession { session throws(PKCS11Error) in
            let functions = session.functions
            let answer = soPIN.withUnsafeBytes {
                functions.pointee.C_Login?(session.handle, CK_USER_TYPE(CKU_SO), $0.mutableBytes, CK_ULONG($0.count))
            }
            try check(answer, "C_Login")
            let result = pin.withUnsafeBytes {
                functions.pointee.C_InitPIN?(session.handle, $0.mutableBytes, CK_ULONG($0.count))
            }
            _ = functions.pointee.C_Logout?(session.handle)
            try check(result, "C_InitPIN")
        }
        forgetRejectedPINs()
    }

    /// Changes the user's PIN (C_SetPIN). A wrong old PIN counts as a try.
    public func changePIN(from old: PIN, to new: PIN) throws(PKCS11Error) {
        let digest = PINDigest(old)
        let isKnownWrong = login.known.withLock { $0.rejected.contains(digest) }
        if isKnownWrong {
            throw .returned(.pinIncorrect, "C_SetPIN", "the token rejected this PIN before; it was not sent again")
        }
        let answer = try withSession { session throws(PKCS11Error) in
            old.withUnsafeBytes { old in
                new.withUnsafeBytes { new in
                    session.functions.pointee.C_SetPIN?(
                        session.handle, old.mutableBytes, CK_ULONG(old.count), new.mutableBytes, CK_ULONG(new.count)
                    )
                }
            }
        }
        if answer == CK_RV(CKR_PIN_INCORRECT) {
            _ = login.known.withLock { $0.rejected.insert(digest) }
        }
        try check(answer, "C_SetPIN")
        login.known.withLock { known in
            known.rejected.removeAll()
            if known.isLoggedIn { known.accepted = PINDigest(new) }
        }
    }
}
