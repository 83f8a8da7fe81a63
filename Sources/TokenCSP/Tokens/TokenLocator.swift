internal import PKCS11

/// Finds the token that a configuration, or a container's full name, means.
struct TokenLocator {
    let configuration: Configuration

    /// The one token that is meant.
    ///
    /// - Parameters:
    ///   - uri: a container's URI; what it does not say of token and module, the configuration's says.
    ///   - reader: the token's label or its reader's name, from `\\.\READER\CONTAINER`, in place of the configuration's token.
    ///   - anew: ask each token, whatever is remembered: for what cannot be taken back.
    /// - Throws: SCARD_E_NO_SMARTCARD where none matches, SCARD_E_UNKNOWN_READER where several do, listing them.
    func find(_ uri: TokenURI? = nil, reader: String? = nil, anew: Bool = false) throws(CSPError) -> Token {
        let configured = try configuredURI()
        let slots = try slots(uri?.namesModule == true ? uri : configured)
        let uri = uri?.namesModule == true || uri?.namesToken == true ? uri : reader == nil ? configured : nil
        let tokens = slots.map { $0.module.token(in: $0) }
        if anew { for token in tokens { token.forgetPlace() } }
        var candidates = try meant(tokens, uri, reader)
        if candidates.count != 1 {
            // A token may have another name since it was asked.
            for token in tokens { token.forgetPlace() }
            candidates = try meant(tokens, uri, reader)
        }
        guard let token = candidates.first else {
            let wanted = reader ?? uri?.text
            throw CSPError(
                reader == nil ? .noSmartcard : .unknownReader,
                (wanted.map { "no token matches \($0)" } ?? "no initialized token is there") + "; " + described(slots)
            )
        }
        guard candidates.count == 1 else {
            throw CSPError(
                .unknownReader,
                "\(candidates.count) tokens match\(uri.map { " " + $0.text } ?? ""); choose one by TOKENCSP_TOKEN: "
                    + described(candidates.map(\.slot))
            )
        }
        return token
    }

    /// Every slot of the URI's module, or of all configured ones.
    func slots(_ uri: TokenURI?, withToken: Bool = true) throws(CSPError) -> [Slot] {
        Log.observeRaces()
        return try onToken { () throws(PKCS11Error) in
            let modules: [Module]
            if let path = uri?.modulePath {
                modules = [try Module.load(path: path, reserved: configuration.initReserved[path])]
            } else if let name = uri?.moduleName {
                modules = [try Module.configured(name: name)]
            } else {
                modules = try Module.allConfigured()
            }
            var slots: [Slot] = []
            for module in modules { slots += try module.slots(withToken: withToken) }
            return slots
        }
    }

    func configuredURI() throws(CSPError) -> TokenURI? {
        guard let text = configuration.tokenURI else { return nil }
        if let known = Self.lastURI.withLock({ $0 }), text.isSame(known.text) { return known.uri }
        let uri = try onToken { () throws(PKCS11Error) in try TokenURI(text) }
        // A PIN in it is not kept for longer than it is needed.
        if uri.pinValue == nil { Self.lastURI.withLock { $0 = (text, uri) } }
        return uri
    }

    /// A process has one as a rule, and asks for it each time that it opens a container.
    private static let lastURI = Lock<(text: String, uri: TokenURI)?>(nil)

    private func meant(_ tokens: [Token], _ uri: TokenURI?, _ reader: String?) throws(CSPError) -> [Token] {
        try onToken { () throws(PKCS11Error) in
            var meant: [Token] = []
            for token in tokens where try isMeant(token, uri, reader) { meant.append(token) }
            return meant
        }
    }

    private func isMeant(_ token: Token, _ uri: TokenURI?, _ reader: String?) throws(PKCS11Error) -> Bool {
        guard let info = try token.presentInfo(meantBy: uri), info.flags.contains(.isInitialized) else { return false }
        guard let reader, info.label != reader else { return true }
        return try token.slot.description() == reader
    }

    private func described(_ slots: [Slot]) -> String {
        let tokens = slots.compactMap { slot in
            (try? TokenDescription(slot)).flatMap { $0.isInitialized ? $0.uri : nil }
        }
        return tokens.isEmpty ? "the modules show no initialized token" : "tokens: " + tokens.joined(separator: ", ")
    }
}
