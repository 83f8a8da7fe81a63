internal import PKCS11
internal import Synchronization

/// A context's own PIN and whether it has logged in with it: no context rides on another's login.
///
/// A PIN comes from the program, from a PIN source, or from a person. A person is asked before an operation begins, while no
/// lock of the token is held.
final class Authenticator: Sendable {
    struct State {
        /// Set by the program (PP_SIGNATURE_PIN): stays, right or wrong, until another is set.
        var given: PIN?
        /// Whether no protected key was used by `given` yet: it stands for the user's consent to one use.
        var isGivenFresh = false
        /// Entered by a person.
        var entered: PIN?
        /// Read from a PIN source.
        var stored: PIN?
        /// Which one; errors name it.
        var storedFrom: String?
        /// The token object that this context's PIN was accepted on.
        var acceptedBy: ObjectIdentifier?
        /// Seconds of the monotonic clock when the PIN came.
        var since: Int = 0
        var prompts = Prompts()
        /// How people are asked; nil: as the configuration says.
        var interaction: (any UserInteraction)?
    }

    let uris: [(uri: TokenURI, isConfigured: Bool)]
    let pinSource: String?
    let isSilent: Bool
    let configuration: Configuration
    let state = Lock(State())
    /// The number of the login that this context has found to be its own, where that holds until somebody logs out or sets
    /// another PIN: then each further use asks no more than whether this login still stands. 0: ask everything.
    private let pass = Atomic<UInt>(0)

    /// - Parameters:
    ///   - uris: the container's and the configuration's URI; the first with a PIN or a PIN source is used. Commands are
    ///     run for the configuration's alone: a program may have a container's name from anywhere.
    ///   - isSilent: nobody is asked (CRYPT_SILENT, CRYPT_VERIFYCONTEXT).
    ///   - interaction: how people are asked; nil: as the configuration says.
    init(
        uris: [(uri: TokenURI, isConfigured: Bool)], configuration: Configuration, isSilent: Bool,
        interaction: (any UserInteraction)?
    ) {
        self.uris = uris
        self.configuration = configuration
        // A command line's own source: given for this run, as a program's PIN is.
        pinSource = configuration.pinSource
        self.isSilent = isSilent
        let interaction = interaction ?? Interactions.ofTheProcess.withLock { $0 }
        state.withLock { $0.interaction = interaction }
        if pinSource != nil { state.withLock { $0.isGivenFresh = true } }
    }

    func set(_ pin: PIN?) {
        state.withLock { state in
            state.given = pin
            state.isGivenFresh = pin != nil
            state.entered = nil
            state.stored = nil
            state.acceptedBy = nil
            state.since = Self.now
            pass.store(0, ordering: .releasing)
        }
    }

    func setInteraction(_ interaction: (any UserInteraction)?) {
        state.withLock { $0.interaction = interaction }
    }

    func setPrompts(_ change: (inout Prompts) -> Void) {
        state.withLock { change(&$0.prompts) }
    }

    func forget() {
        state.withLock { state in
            var empty = State()
            empty.interaction = state.interaction
            state = empty
            pass.store(0, ordering: .releasing)
        }
    }

    /// Whether a login needs nobody's answer.
    var needsNobody: Bool { hasPIN || isAccepted }

    var hasPIN: Bool {
        state.withLock { $0.given != nil || $0.entered != nil || $0.stored != nil } || pinSource != nil
            || uris.contains { $0.uri.pinValue != nil || $0.uri.pinSource != nil }
    }

    private var isAccepted: Bool { state.withLock { $0.acceptedBy != nil } }
}

// MARK: - Logging in

extension Authenticator {
    /// Logs in unless this context has done so and the login still stands.
    ///
    /// - Parameters:
    ///   - use: what the login is wanted for, where that is a key.
    ///   - mayAsk: false where nobody is to be asked now: where others wait for a lock, or the work can do without.
    /// - Throws: NTE_SILENT_CONTEXT, SCARD_W_CARD_NOT_AUTHENTICATED (no PIN to be had), SCARD_W_WRONG_CHV,
    ///   SCARD_W_CHV_BLOCKED, SCARD_W_CANCELLED_BY_USER, ERROR_TIMEOUT.
    func authenticate(
        _ token: Token, mayLogIn: Bool, for use: KeyUse? = nil, mayAsk: Bool = true
    ) throws(CSPError) {
        try checkMayLogIn(mayLogIn)
        if passes(token) { return }
        try dropExpired(token)
        if isAccepted(by: token) { return try keepPass(token) }
        guard try needsLogin(token) else { return }
        if isSilent, !hasPIN { throw try silence(token) }
        // Who needs nobody's answer does not wait for other people's.
        if try logInWithPINAtHand(token, mayAsk: mayAsk) { return }
        if isSilent { throw try silence(token) }
        guard mayAsk else {
            throw CSPError(
                .notAuthenticated, "token \"\(try known(token).label)\" wants its PIN, and nobody is asked now")
        }
        try QuestionQueue.of(token).inTurn(asker) { answered throws(CSPError) in
            if isAccepted(by: token) { return }
            if let answered {
                // The person was asked this very question while this thread waited.
                try accept(answered.get(), entered: true, token)
                return
            }
            do throws(CSPError) {
                let authorization = try ask(request(.pin, token, use), token)
                guard case .pin(let pin, _) = authorization else { return accepted(token) }
                try accept(pin, entered: true, token)
                QuestionQueue.of(token).share(.success(pin), asker)
            } catch {
                QuestionQueue.of(token).share(.failure(error), asker)
                throw error
            }
        }
    }

    /// What goes with a use of an unprotected key that its token wants the PIN for each time (made by another program).
    func operationAuthorization(_ token: Token, for use: KeyUse) throws(CSPError) -> Authorization {
        if let pin = state.withLock({ $0.given ?? $0.entered ?? $0.stored }) { return .pin(pin) }
        if let pin = try pinFromSource(token) { return .pin(pin) }
        if try hasPad(token), !isSilent { return .pad }
        if isSilent { throw try silence(token) }
        return try QuestionQueue.of(token).inTurn(asker) { _ throws(CSPError) in
            try ask(request(.pin, token, use), token)
        }
    }

    /// The user's consent to one use of a protected key, with a login where there is none yet.
    ///
    /// A PIN that the program set stands for one consent; one from a standing source for none. A person's PIN is the
    /// consent. Where only consent is wanted and the PIN is known, a yes is enough.
    func authorize(_ use: KeyUse, on token: Token, mayLogIn: Bool) throws(CSPError) -> Authorization {
        try checkMayLogIn(mayLogIn)
        try dropExpired(token)
        if state.withLock({ $0.isGivenFresh }), try mayUseTry(token), let pin = try takeFreshPIN() {
            try accept(pin, entered: false, verifying: true, token)
            return .pin(pin)
        }
        if isSilent { throw silence(use) }
        return try QuestionQueue.of(token).inTurn(asker) { _ throws(CSPError) in
            let interaction = try availableInteraction(token, for: use)
            // A wrong PIN is told before somebody is asked in vain.
            if use.protection == .consent, interaction.asksYesOrNo, let pin = try knownPIN(token),
                try isLoggedIn(token)
            {
                let request = try request(.consent, token, use)
                try QuestionQueue.of(token).asking { () throws(CSPError) in try interaction.confirm(request) }
                return .pin(pin)
            }
            let authorization = try ask(request(.pin, token, use), token)
            // A key that wants the PIN each time leaves none behind; the login stands for the rest.
            if case .pin(let pin, _) = authorization, use.protection == .consent {
                try accept(pin, entered: true, token)
            } else {
                accepted(token)
            }
            return authorization
        }
    }

    /// Refuses what silence forbids, before other work that leads to the use.
    func checkSilence(_ use: KeyUse, on token: Token, mayLogIn: Bool) throws(CSPError) {
        try checkMayLogIn(mayLogIn)
        guard isSilent else { return }
        guard use.protection == .none else {
            if !state.withLock({ $0.isGivenFresh }) { throw silence(use) }
            return
        }
        if !hasPIN, !isAccepted(by: token), try needsLogin(token) { throw try silence(token) }
    }

    private func silence(_ use: KeyUse) -> CSPError {
        CSPError(
            .silentContext,
            "container \"\(use.container)\": the key asks its user at each use, and this context asks nobody (CRYPT_SILENT)"
        )
    }

    private func checkMayLogIn(_ mayLogIn: Bool) throws(CSPError) {
        guard mayLogIn else {
            throw CSPError(
                .silentContext,
                "CRYPT_VERIFYCONTEXT shows a container's public information; private keys need a context without it")
        }
    }

    /// Whether the login that this context has a pass for still stands.
    func passes(_ token: Token) -> Bool {
        let number = pass.load(ordering: .acquiring)
        return number != 0 && number == token.loginNumber
    }

    /// Not where a PIN is kept for a time: the clock has to be asked then.
    private func keepPass(_ token: Token) throws(CSPError) {
        let number = token.loginNumber
        guard configuration.pinCache(try known(token).label) == .untilRelease else { return }
        state.withLock { state in
            if state.acceptedBy == ObjectIdentifier(token) { pass.store(number, ordering: .releasing) }
        }
    }

    func isAccepted(by token: Token) -> Bool {
        state.withLock { $0.acceptedBy == ObjectIdentifier(token) } && token.isLoggedIn
    }

    /// Whether the user's answer to a use is an entry at the reader's pad within the operation itself, where the token wants
    /// one there: the login stands, so that another entry before it would be one too many.
    func answersAtPad(_ token: Token) throws(CSPError) -> Bool {
        guard !isSilent, try hasPad(token) else { return false }
        try dropExpired(token)
        return isAccepted(by: token) && !state.withLock { $0.isGivenFresh }
    }

    /// Whether this context has logged in, or does so now by a PIN at hand.
    private func isLoggedIn(_ token: Token) throws(CSPError) -> Bool {
        if isAccepted(by: token) { return true }
        return try logInWithPINAtHand(token)
    }

    private func needsLogin(_ token: Token) throws(CSPError) -> Bool {
        try known(token).flags.contains(.needsLogin)
    }

    func hasPad(_ token: Token) throws(CSPError) -> Bool {
        try known(token).flags.contains(.hasProtectedAuthenticationPath)
    }

    /// Logs in by a PIN that nobody has to be asked for. Answers false where there is none, or where it may not be sent
    /// because one try is left and a person can be asked.
    private func logInWithPINAtHand(_ token: Token, mayAsk: Bool = true) throws(CSPError) -> Bool {
        guard let pin = try knownPIN(token), try mayUseTry(token) else { return false }
        try accept(pin, entered: false, mayAsk: mayAsk, token)
        return true
    }

    /// Whether a PIN that no person entered just now is to be sent: not where one try is left and a person can be asked.
    private func mayUseTry(_ token: Token) throws(CSPError) -> Bool {
        if token.comparesPINs { return true }
        let info = try onToken { () throws(PKCS11Error) in try token.info() }
        return !info.flags.contains(.userPINFinalTry) || isSilent || !interaction.isAvailable
    }

    private func knownPIN(_ token: Token) throws(CSPError) -> PIN? {
        if let pin = state.withLock({ $0.given ?? $0.entered ?? $0.stored }) { return pin }
        return try pinFromSource(token)
    }

    /// The PIN that the program set and no protected key was used by yet; the next one needs another.
    private func takeFreshPIN() throws(CSPError) -> PIN? {
        let pin = state.withLock { state -> PIN?? in
            guard state.isGivenFresh else { return nil }
            state.isGivenFresh = false
            return .some(state.given)
        }
        guard let pin else { return nil }
        if let pin { return pin }
        // The command line's source, read when it is first needed.
        guard let pinSource else { return nil }
        if let stored = state.withLock({ $0.stored }) { return stored }
        return keep(try PINSource.read(pinSource, allowingCommands: true), from: pinSource)
    }

    /// Sends or compares a PIN, and keeps what it proves.
    private func accept(
        _ pin: PIN, entered: Bool, verifying: Bool = false, mayAsk: Bool = true, _ token: Token
    ) throws(CSPError) {
        let proven: PIN
        do throws(CSPError) {
            proven = try login(pin, usingFinalTry: entered, verifying: verifying, mayAsk: mayAsk, token)
        } catch {
            // A person may try another one; the token's memory of rejected PINs stays. A file may be mended, a descriptor
            // is read once.
            state.withLock { state in
                state.entered = nil
                if error.code == .wrongChv, state.storedFrom?.hasPrefix("fd:") != true { state.stored = nil }
            }
            throw error
        }
        if entered { state.withLock { $0.entered = proven } }
        accepted(token)
    }

    private func accepted(_ token: Token) {
        state.withLock { state in
            state.acceptedBy = ObjectIdentifier(token)
            state.since = Self.now
        }
    }
}

// MARK: - PINs at hand

extension Authenticator {
    /// Read anew where it is not kept.
    private func pinFromSource(_ token: Token) throws(CSPError) -> PIN? {
        let subject = "token \"\(try known(token).label)\""
        func read(_ source: String, allowingCommands: Bool) throws(CSPError) -> PIN {
            try onToken(subject) { () throws(PKCS11Error) in
                try PKCS11.PINSource.read(source, allowingCommands: allowingCommands)
            }
        }
        Log.observePINSources()
        if let pinSource { return keep(try read(pinSource, allowingCommands: true), from: pinSource) }
        for (uri, isConfigured) in uris where uri.pinSource != nil || uri.pinValue != nil {
            // A PIN goes to the token that its URI names, and to no other.
            let meant = try onToken { () throws(PKCS11Error) in try token.presentInfo(meantBy: uri) }
            guard meant != nil else { continue }
            if let source = uri.pinSource {
                return keep(try read(source, allowingCommands: isConfigured), from: source)
            }
            if let pin = uri.pinValue { return keep(pin, from: "pin-value") }
        }
        return nil
    }

    private func keep(_ pin: PIN, from source: String) -> PIN {
        state.withLock { state in
            state.stored = pin
            state.storedFrom = source
        }
        return pin
    }

    /// The operation that the PIN was wanted for is over: forgets it where each asks anew.
    func endOperation(_ token: Token) {
        if passes(token) { return }
        guard let label = try? known(token).label, configuration.pinCache(label) == .none else { return }
        try? dropExpired(token)
    }

    /// Forgets what the cache policy does not keep any longer.
    private func dropExpired(_ token: Token) throws(CSPError) {
        let policy = configuration.pinCache(try known(token).label)
        guard policy != .untilRelease else { return }
        let seconds = if case .seconds(let seconds) = policy { seconds } else { 0 }
        state.withLock { state in
            guard state.acceptedBy != nil, policy == .none || Self.now - state.since >= seconds else { return }
            state.given = nil
            state.entered = nil
            state.stored = nil
            state.acceptedBy = nil
        }
    }

    /// Who asks: questions of contexts that ask alike are shared, see `QuestionQueue`.
    var asker: ObjectIdentifier? { state.withLock { $0.interaction } == nil ? nil : ObjectIdentifier(self) }

    func known(_ token: Token) throws(CSPError) -> TokenInfo {
        try onToken { () throws(PKCS11Error) in try token.knownInfo() }
    }

    func silence(_ token: Token) throws(CSPError) -> CSPError {
        CSPError(
            .silentContext,
            "token \"\(try known(token).label)\" wants its PIN, and this context asks nobody (CRYPT_SILENT, CRYPT_VERIFYCONTEXT)"
        )
    }
}

extension Configuration {
    /// How long a PIN for the token of this label is kept.
    fileprivate func pinCache(_ label: String) -> PINCache { pinCaches[label] ?? pinCache }
}
