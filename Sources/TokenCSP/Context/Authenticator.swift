internal import PKCS11

/// A context's own PIN and whether it has logged in with it: no context rides on another's login.
final class Authenticator: Sendable {
    private struct State {
        /// Set by the program (PP_SIGNATURE_PIN): stays, right or wrong, until another is set. May use the last try.
        var given: PIN?
        /// Entered by a person, who is asked anew after a wrong one. May use the last try.
        var entered: PIN?
        /// Read from a PIN source.
        var stored: PIN?
        /// The token object that this context's PIN was accepted on.
        var acceptedBy: ObjectIdentifier?
    }

    private let uris: [TokenURI]
    private let pinSource: String?
    private let ask: (@Sendable (PINRequest) throws(CSPError) -> PIN?)?
    private let isSilent: Bool
    private let state = Lock(State())
    /// Held while a person is asked, so that two threads make one question.
    private let asking = Lock(())

    /// - Parameters:
    ///   - uris: the container's and the configuration's URI; the first with a PIN or a PIN source is used.
    ///   - pinSource: a PIN source that comes before theirs.
    ///   - isSilent: nobody is asked (CRYPT_SILENT, CRYPT_VERIFYCONTEXT).
    init(uris: [TokenURI], pinSource: String?, isSilent: Bool, ask: (@Sendable (PINRequest) throws(CSPError) -> PIN?)?)
    {
        self.uris = uris
        self.pinSource = pinSource
        self.isSilent = isSilent
        self.ask = ask
    }

    func set(_ pin: PIN?) {
        state.withLock { state in
            state.given = pin
            state.entered = nil
            state.acceptedBy = nil
        }
    }

    func forget() {
        state.withLock { $0 = State() }
    }

    /// Whether a login needs nobody's answer.
    var needsNobody: Bool {
        state.withLock { $0.given != nil || $0.entered != nil || $0.stored != nil } || pinSource != nil
            || uris.contains { $0.pinValue != nil || $0.pinSource != nil }
    }

    /// Logs in unless this context has done so and the login still stands.
    ///
    /// - Throws: NTE_SILENT_CONTEXT, SCARD_W_CARD_NOT_AUTHENTICATED (no PIN to be had), SCARD_W_WRONG_CHV,
    ///   SCARD_W_CHV_BLOCKED.
    func authenticate(_ token: Token, mayLogIn: Bool) throws(CSPError) {
        guard mayLogIn else {
            throw CSPError(
                .silentContext,
                "CRYPT_VERIFYCONTEXT shows a container's public information; private keys need a context without it")
        }
        let isAccepted = state.withLock { $0.acceptedBy == ObjectIdentifier(token) }
        if isAccepted, token.isLoggedIn { return }
        try asking.withLock { _ throws(CSPError) in try logIn(token) }
    }

    private func logIn(_ token: Token) throws(CSPError) {
        if state.withLock({ $0.acceptedBy == ObjectIdentifier(token) }), token.isLoggedIn { return }
        let info = try onToken { () throws(PKCS11Error) in try token.info() }
        guard info.flags.contains(.needsLogin) else { return }
        let (pin, isFresh) = try pin(for: token, info)
        do throws(CSPError) {
            try onToken("token \"\(info.label)\"") { () throws(PKCS11Error) in
                try token.login(pin, usingFinalTry: isFresh)
            }
        } catch {
            // A person may try another one; the token's memory of rejected PINs stays.
            state.withLock { $0.entered = nil }
            throw error
        }
        state.withLock { $0.acceptedBy = ObjectIdentifier(token) }
    }

    /// The PIN that this context logged in with, for a key that wants it at each use.
    func operationPIN(_ token: Token) throws(CSPError) -> PIN {
        if let pin = state.withLock({ $0.given ?? $0.entered ?? $0.stored }) { return pin }
        let info = try onToken { () throws(PKCS11Error) in try token.info() }
        return try pin(for: token, info).pin
    }

    private func pin(for token: Token, _ info: TokenInfo) throws(CSPError) -> (pin: PIN, isFresh: Bool) {
        let known = state.withLock { state in (state.given ?? state.entered, state.stored) }
        func keep(_ pin: PIN) -> (pin: PIN, isFresh: Bool) {
            state.withLock { $0.stored = pin }
            return (pin, false)
        }
        if let pin = known.0 { return (pin, true) }
        if let pin = known.1 { return (pin, false) }
        if let pinSource {
            return keep(
                try onToken("token \"\(info.label)\"") { () throws(PKCS11Error) in try PKCS11.PINSource.read(pinSource)
                })
        }
        for uri in uris {
            // A PIN goes to the token that its URI names, and to no other.
            let isMeant = try onToken { () throws(PKCS11Error) in try uri.matches(token.slot) }
            guard isMeant else { continue }
            let pin: PIN?
            if let source = uri.pinSource {
                pin = try onToken("token \"\(info.label)\"") { () throws(PKCS11Error) in
                    try PKCS11.PINSource.read(source)
                }
            } else {
                pin = uri.pinValue
            }
            guard let pin else { continue }
            return keep(pin)
        }
        guard !isSilent else {
            throw CSPError(
                .silentContext,
                "token \"\(info.label)\" wants its PIN, and this context asks nobody (CRYPT_SILENT, CRYPT_VERIFYCONTEXT)"
            )
        }
        guard let ask, let pin = try ask(PINRequest(token: info.label, serial: info.serial)) else {
            throw CSPError(
                .notAuthenticated,
                "token \"\(info.label)\" wants its PIN: give one by pin-source in TOKENCSP_TOKEN, or by PP_SIGNATURE_PIN before the key is used"
            )
        }
        state.withLock { $0.entered = pin }
        return (pin, true)
    }
}
