internal import CPKCS11

/// An open session of the token. Closed when the last reference goes: the pool's, a borrower's, or that of a session
/// object which lives in it (PKCS#11 destroys session objects with the session that made them).
final class SessionConnection: @unchecked Sendable {
    // Unchecked: constant; who borrows a session is its only user for the time.
    let functions: UnsafeMutablePointer<CK_FUNCTION_LIST>
    let handle: CK_SESSION_HANDLE
    let generation: UInt
    /// How often the pool had been reset when it was opened.
    let era: UInt

    init(_ slot: Slot, era: UInt) throws(PKCS11Error) {
        functions = slot.module.functions
        generation = ForkGeneration.current
        self.era = era
        var handle: CK_SESSION_HANDLE = 0
        let serial = CK_FLAGS(CKF_SERIAL_SESSION)
        var answer = functions.pointee.C_OpenSession?(slot.id, serial | CK_FLAGS(CKF_RW_SESSION), nil, nil, &handle)
        if answer == CK_RV(CKR_TOKEN_WRITE_PROTECTED) {
            answer = functions.pointee.C_OpenSession?(slot.id, serial, nil, nil, &handle)
        }
        try check(answer, "C_OpenSession")
        self.handle = handle
    }

    deinit {
        // A child process must not close what its parent still uses.
        if generation == ForkGeneration.current {
            _ = functions.pointee.C_CloseSession?(handle)
        }
    }
}
