internal import Glibc
internal import PKCS11

extension Authenticator {
    /// How often a person may enter a PIN for one operation.
    private static let entries = 3

    var interaction: any UserInteraction { state.withLock { $0.interaction } ?? Interactions.choose(configuration) }

    /// - Throws: SCARD_W_CARD_NOT_AUTHENTICATED where nobody can be asked.
    func availableInteraction(_ token: Token, for use: KeyUse? = nil) throws(CSPError) -> any UserInteraction {
        let interaction = interaction
        if interaction.isAvailable { return interaction }
        // What no answer would help is told first.
        _ = try tries(token)
        let nobody = "and there is nobody to ask (\(interaction.whyUnavailable))"
        if let use, use.protection != .none {
            throw CSPError(
                .notAuthenticated,
                "container \"\(use.container)\": the key asks its user at each use, \(nobody): set the PIN before each use (PP_SIGNATURE_PIN, --pin-source)"
            )
        }
        throw CSPError(
            .notAuthenticated,
            "token \"\(try known(token).label)\" wants its PIN, \(nobody): give one by pin-source in TOKENCSP_TOKEN, --pin-source of the command, or PP_SIGNATURE_PIN before the key is used"
        )
    }

    func request(_ question: UserRequest.Question, _ token: Token, _ use: KeyUse?) throws(CSPError) -> UserRequest {
        let info = try known(token)
        let prompts = state.withLock { $0.prompts }
        var request = UserRequest(question, token: info.label, serial: info.serial)
        request.container = use?.container
        request.spec = use?.spec
        request.operation = use?.operation
        request.isForOneUse = use.map { $0.protection != .none } ?? false
        request.prompt = prompts.pin
        let seconds = prompts.seconds.map { Int($0) } ?? configuration.promptTimeout
        request.timeout = seconds > 0 ? seconds : nil
        if info.maximumPINLength >= info.minimumPINLength, info.minimumPINLength > 0 {
            request.pinLength = info.minimumPINLength...info.maximumPINLength
        }
        return request
    }

    /// Asks a person for the PIN until the token takes one. The caller has its turn.
    func ask(_ request: UserRequest, _ token: Token) throws(CSPError) -> Authorization {
        let interaction = try availableInteraction(token)
        var request = request
        if try hasPad(token) { return try askAtPad(&request, interaction, token) }
        for entry in 1...Self.entries {
            request.tries = try tries(token)
            let pin = try asking(token) { () throws(CSPError) in try interaction.enterPIN(request) }
            if let fault = fault(of: pin, request) {
                // No try is spent on what can be no PIN.
                guard entry < Self.entries else { throw CSPError(.invalidChv, "\(request.label): \(fault)") }
                request.complaint = fault
                continue
            }
            do throws(CSPError) {
                // Only who was told that it is the last try uses it.
                let usingFinalTry = request.tries == .last
                let proven = try login(pin, usingFinalTry: usingFinalTry, verifying: request.isForOneUse, token)
                return .pin(proven, isFresh: true)
            } catch {
                if error.code == .notAuthenticated, request.tries != .last, entry < Self.entries,
                    try tries(token) == .last
                {
                    request.complaint = "Tries were used up elsewhere meanwhile; the PIN was not sent."
                    continue
                }
                // Without a cause it is no fault of this PIN's: the two entries of a new one, for an expired PIN, differed.
                guard error.code == .wrongChv || error.code == .invalidChv, error.cause != nil, entry < Self.entries
                else { throw error }
                // What may be wrong again is not the token's name.
                request.complaint = error.complaint
            }
        }
        throw CSPError(.wrongChv, "wrong PIN")
    }

    /// What makes it impossible that this is the token's PIN.
    private func fault(of pin: PIN, _ request: UserRequest) -> String? {
        if pin.count == 0 { return "An empty PIN is not sent." }
        if pin.withUnsafeBytes({ $0.contains(0) }) { return "A PIN with a NUL in it is not sent." }
        guard let allowed = request.pinLength, !allowed.contains(pin.count) else { return nil }
        return "The token takes PINs of \(allowed.lowerBound) to \(allowed.upperBound) bytes."
    }

    private func askAtPad(
        _ request: inout UserRequest, _ interaction: any UserInteraction, _ token: Token
    ) throws(CSPError) -> Authorization {
        try atPad(&request, interaction, token) { () throws(CSPError) in
            try sendingPIN(to: token) { () throws(PKCS11Error) in try token.loginAtPad() }
        }
        return .pad
    }

    /// Runs an operation that asks for an entry at the reader's pad by itself.
    func atPad<R>(_ use: KeyUse, _ token: Token, _ work: () throws(CSPError) -> R) throws(CSPError) -> R {
        try QuestionQueue.of(token).inTurn(asker) { _ throws(CSPError) in
            var request = try request(.pin, token, use)
            return try atPad(&request, try availableInteraction(token, for: use), token, work)
        }
    }

    /// Shows what the entry is for while the pad waits for it; a wrong one may be followed by another.
    private func atPad<R>(
        _ request: inout UserRequest, _ interaction: any UserInteraction, _ token: Token,
        _ work: () throws(CSPError) -> R
    ) throws(CSPError) -> R {
        for entry in 1...Self.entries {
            request.tries = try tries(token)
            let takeAway = interaction.announcePad(request)
            defer { takeAway?() }
            do throws(CSPError) {
                return try work()
            } catch {
                guard error.code == .wrongChv, entry < Self.entries else { throw error }
                request.complaint = error.complaint
            }
        }
        throw CSPError(.wrongChv, "wrong PIN")
    }

    private func tries(_ token: Token) throws(CSPError) -> UserRequest.Tries {
        let info = try onToken { () throws(PKCS11Error) in try token.info() }
        if info.flags.contains(.userPINLocked) {
            try sendingPIN(to: token) { () throws(PKCS11Error) in
                throw PKCS11Error(.returned(.pinLocked), function: "C_GetTokenInfo")
            }
        }
        if info.flags.contains(.userPINFinalTry) { return .last }
        return info.flags.contains(.userPINCountLow) ? .fewer : .untouched
    }

    /// Logs in, or compares. A PIN that has expired is changed where somebody can be asked for a new one, which is answered.
    @discardableResult
    func login(
        _ pin: PIN, usingFinalTry: Bool, verifying: Bool = false, mayAsk: Bool = true, _ token: Token
    ) throws(CSPError) -> PIN {
        let source = state.withLock { $0.stored === pin ? $0.storedFrom : nil }
        do throws(CSPError) {
            try sendingPIN(to: token, from: source) { () throws(PKCS11Error) in
                try token.login(pin, usingFinalTry: usingFinalTry, verifying: verifying)
            }
            return pin
        } catch {
            let interaction = interaction
            guard error.code == .passwordChangeRequired, mayAsk, !isSilent, interaction.isAvailable else { throw error }
            return try QuestionQueue.of(token).inTurn(asker) { _ throws(CSPError) in
                try changeExpired(pin, interaction, token)
            }
        }
    }

    private func changeExpired(
        _ pin: PIN, _ interaction: any UserInteraction, _ token: Token
    ) throws(CSPError) -> PIN {
        let request = try request(.newPIN, token, nil)
        let new = try asking(token) { () throws(CSPError) in try interaction.enterPIN(request) }
        try sendingPIN(to: token) { () throws(PKCS11Error) in
            try token.changePIN(from: pin, to: new)
            try token.login(new)
        }
        state.withLock { state in
            if state.given != nil { state.given = new }
            if state.stored != nil { state.stored = new }
        }
        return new
    }

    private func asking<R>(_ token: Token, _ question: () throws(CSPError) -> R) throws(CSPError) -> R {
        try QuestionQueue.of(token).asking(question)
    }

    /// Seconds of the monotonic clock.
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }
}

extension CSPError {
    /// What was wrong with a PIN, for who entered it.
    fileprivate var complaint: String {
        guard let cause, cause.name != "CKR_PIN_INCORRECT" || !reason.contains("not sent again") else {
            return "The token has rejected this PIN before; it was not sent again."
        }
        return cause.name == "CKR_PIN_INCORRECT" ? "Wrong PIN." : "The token takes no such PIN: \(reason)."
    }
}
