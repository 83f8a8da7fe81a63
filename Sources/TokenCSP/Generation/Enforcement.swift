internal import PKCS11

/// Finds out by trying who holds a key's user to its policy: some tokens store an attribute and do nothing.
struct Enforcement {
    private let token: Token

    init(_ token: Token) {
        self.token = token
    }

    /// Who holds the user to the attributes of a private key that carry policy.
    ///
    /// - Parameters:
    ///   - trialSignature: a mechanism that the key signs 20 bytes with.
    ///   - asksForPIN: CKA_ALWAYS_AUTHENTICATE is true.
    ///   - isKept: a token object with CKA_EXTRACTABLE false.
    func holders(
        of privateKey: ObjectHandle, _ trialSignature: Mechanism?, asksForPIN: Bool, isKept: Bool
    ) throws(PKCS11Error) -> [AttributeType: KeyReport.Holder] {
        var holders: [AttributeType: KeyReport.Holder] = [:]
        if asksForPIN {
            let holdsToken = if let trialSignature { try self.asksForPIN(privateKey, trialSignature) } else { false }
            holders[.alwaysAuthenticate] = holdsToken ? .token : .csp
        }
        if isKept {
            holders[.extractable] = unextractableHolder(privateKey)
        }
        return holders
    }

    /// The same of a key that is there already, which may refuse the trial for reasons of its own.
    ///
    /// - Parameter unseen: who is said to ask for the PIN where the token was not seen to: never the token.
    func holders(
        of privateKey: ObjectHandle, _ trialSignature: Mechanism?, asksForPIN: Bool, isKept: Bool,
        unseen: KeyReport.Holder
    ) -> [AttributeType: KeyReport.Holder] {
        do throws(PKCS11Error) {
            return try holders(of: privateKey, trialSignature, asksForPIN: asksForPIN, isKept: isKept)
        } catch {
            var holders: [AttributeType: KeyReport.Holder] = [:]
            if asksForPIN { holders[.alwaysAuthenticate] = unseen }
            if isKept { holders[.extractable] = unextractableHolder(privateKey) }
            return holders
        }
    }

    /// Whether the token wraps an Ed25519 key that may leave it: SoftHSM wraps none. Tried once a token.
    ///
    /// True where the trial failed for another reason: what was not seen is not claimed.
    func letsOutEd25519(_ privateKey: ObjectHandle) -> Bool {
        let place = ObjectIdentifier(token)
        if let known = Self.wrapped.withLock({ $0[place] }) { return known }
        do throws(PKCS11Error) {
            let wraps = try token.writing { session throws(PKCS11Error) in try self.wraps(privateKey, in: session) }
            Self.wrapped.withLock { $0[place] = wraps }
            return wraps
        } catch {
            return true
        }
    }

    /// Whether the token refuses to sign before the context-specific login (NSS and opencryptoki do not).
    private func asksForPIN(_ privateKey: ObjectHandle, _ mechanism: Mechanism) throws(PKCS11Error) -> Bool {
        do throws(PKCS11Error) {
            _ = try token.withSession { session throws(PKCS11Error) in
                try session.sign([UInt8](repeating: 0, count: 20), with: privateKey, mechanism, maximumSize: 2048)
            }
            return false
        } catch {
            guard error.returnValue == .userNotLoggedIn else { throw error }
            return true
        }
    }

    /// Who keeps a key with CKA_EXTRACTABLE = false from being wrapped: NSS wraps it. Tried once a token.
    ///
    /// Nobody, where the trial failed for another reason: what was not seen is not claimed.
    private func unextractableHolder(_ privateKey: ObjectHandle) -> KeyReport.Holder {
        let place = ObjectIdentifier(token)
        if let known = Self.holders.withLock({ $0[place] }) { return known }
        let holder: KeyReport.Holder
        do throws(PKCS11Error) {
            holder =
                try token.writing { session throws(PKCS11Error) in try wraps(privateKey, in: session) } ? .csp : .token
        } catch {
            // A token that has no such keys, or no such mechanism, wraps nothing by it.
            guard [.mechanismInvalid, .functionNotSupported].contains(error.returnValue) else { return .nobody }
            holder = .token
        }
        Self.holders.withLock { $0[place] = holder }
        return holder
    }

    // Tokens are shared by the process and never go: their identity stays theirs.
    private static let holders = Lock<[ObjectIdentifier: KeyReport.Holder]>([:])
    private static let wrapped = Lock<[ObjectIdentifier: Bool]>([:])

    private func wraps(_ privateKey: ObjectHandle, in session: borrowing Session) throws(PKCS11Error) -> Bool {
        let wrappingKey = try session.generateKey(
            Mechanism(.aesKeyGen),
            [
                Attribute(.secretKey), Attribute(.aes), Attribute(.token, false), Attribute(.isPrivate, false),
                Attribute(.valueLen, 32), Attribute(.wrap, true),
            ]
        )
        defer { try? session.destroy(wrappingKey) }
        for mechanism in [
            Mechanism(.aesKeyWrapPad), Mechanism(.aesCBCPad, parameter: [UInt8](repeating: 0, count: 16)),
        ] {
            do throws(PKCS11Error) {
                // What it gives out is under a key that never leaves the token and is destroyed here.
                _ = try session.wrap(privateKey, under: wrappingKey, mechanism, maximumSize: 16_384)
                return true
            } catch {
                let refusals: [ReturnValue] = [
                    .keyUnextractable, .keyNotWrappable, .mechanismInvalid, .functionNotSupported,
                ]
                guard let value = error.returnValue, refusals.contains(value) else { throw error }
            }
        }
        return false
    }
}
