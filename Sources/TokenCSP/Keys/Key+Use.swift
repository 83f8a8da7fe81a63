internal import PKCS11

extension Context {
    /// Uses the container's private half once: after a login, and where the key asks its user at each use, after the answer.
    ///
    /// A person is asked before the operation begins: no lock is held meanwhile, and a refusal leaves nothing to clear up.
    func use<R>(
        _ key: StoredKey, to operation: UserRequest.Operation,
        _ work: (StoredKey.PrivateHalf, Authorization?) throws(PKCS11Error) -> R
    ) throws(CSPError) -> R {
        guard key.protection != .none else {
            return try withLogin(for: key, to: operation) { () throws(CSPError) in
                let authorization = try ownAuthorization(for: key, operation)
                return try key.withPrivateHalf { half throws(PKCS11Error) in
                    try unlessNotAsked(half, authorization, work)
                }
            }
        }
        // PINs went through here.
        defer { wipeStack() }
        let use = key.use(operation)
        if mayUsePrivateKeys, try authenticator.answersAtPad(key.token),
            try key.findPrivateHalf().asksForPIN
        {
            var isAsked = true
            do throws(CSPError) {
                return try authenticator.atPad(use, key.token) { () throws(CSPError) in
                    try key.withPrivateHalf { half throws(PKCS11Error) in
                        do throws(PKCS11Error) {
                            return try work(half, .pad)
                        } catch {
                            isAsked = error.code != .padNotAsked
                            throw error
                        }
                    }
                }
            } catch {
                // The token stores the attribute and does nothing: a login of its own has to prove the user.
                guard !isAsked else { throw error }
            }
        }
        let authorization = try authorize(use, on: key.token)
        defer { authenticator.endOperation(key.token) }
        return try keepingLogin(authorization, on: key.token) { () throws(CSPError) in
            try key.withPrivateHalf { half throws(PKCS11Error) in
                // The login at the pad was for this use: where the token asks for no other, it is enough.
                try unlessNotAsked(half, half.asksForPIN ? authorization : nil, work)
            }
        }
    }

    private func unlessNotAsked<R>(
        _ half: StoredKey.PrivateHalf, _ authorization: Authorization?,
        _ work: (StoredKey.PrivateHalf, Authorization?) throws(PKCS11Error) -> R
    ) throws(PKCS11Error) -> R {
        do throws(PKCS11Error) {
            return try work(half, authorization)
        } catch {
            guard error.code == .padNotAsked else { throw error }
            return try work(half, nil)
        }
    }
}

extension Key {
    /// The user's consent to a use that is not the private half's own, such as taking the key out of the token.
    func consent(_ key: StoredKey, to operation: UserRequest.Operation) throws(CSPError) {
        let use = key.use(operation)
        if use.protection != .none { _ = try context.authorize(use, on: key.token) }
    }

    /// Refuses a use that silence forbids, before the work that leads to it.
    func checkSilence(_ operation: UserRequest.Operation) throws(CSPError) {
        guard case .stored(let key) = material else { return }
        try context.authenticator.checkSilence(
            key.use(operation), on: key.token, mayLogIn: context.mayUsePrivateKeys)
    }

    /// What the key asks of its user at each use. Asks for no PIN.
    public var protection: KeyProtection {
        guard case .stored(let key) = material else { return .none }
        return key.protection
    }
}

extension StoredKey {
    func use(_ operation: UserRequest.Operation) -> KeyUse {
        KeyUse(container: container, spec: spec, operation: operation, protection: protection)
    }
}

extension Context {
    /// What goes with a use of a key whose id asks for nothing; the caller has logged in.
    ///
    /// CKA_ALWAYS_AUTHENTICATE of another program's key: its token wants the PIN, and nobody else anything. Our own of
    /// before the level stood in its id asks for consent, as is known with the private half.
    private func ownAuthorization(
        for key: StoredKey, _ operation: UserRequest.Operation
    ) throws(CSPError) -> Authorization? {
        guard try key.findPrivateHalf().asksForPIN else { return nil }
        defer { wipeStack() }
        let known = key.use(operation)
        guard known.protection == .none else { return try authorize(known, on: key.token) }
        return try authenticator.operationAuthorization(key.token, for: known)
    }

    fileprivate func authorize(_ use: KeyUse, on token: Token) throws(CSPError) -> Authorization {
        try checkAlive()
        return try authenticator.authorize(use, on: token, mayLogIn: mayUsePrivateKeys)
    }

    /// Where another library of the process logged out meanwhile, logs in again by what was just answered.
    private func keepingLogin<R>(
        _ authorization: Authorization, on token: Token, _ work: () throws(CSPError) -> R
    ) throws(CSPError) -> R {
        do throws(CSPError) {
            return try work()
        } catch {
            guard case .pin(let pin, _) = authorization, try isLoggedOut(token, after: error) else { throw error }
            try authenticator.login(pin, usingFinalTry: false, token)
            return try work()
        }
    }
}
