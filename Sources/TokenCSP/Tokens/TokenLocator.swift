internal import PKCS11

/// Finds the token that a configuration, or a container's full name, means.
struct TokenLocator {
    let configuration: Configuration

    /// The one token that is meant.
    ///
    /// - Parameters:
    ///   - uri: a container's URI; what it does not say of token and module, the configuration's says.
    ///   - reader: the token's label or its reader's name, from `\\.\READER\CONTAINER`, in place of the configuration's token.
    /// - Throws: SCARD_E_NO_SMARTCARD where none matches, SCARD_E_UNKNOWN_READER where several do, listing them.
    func find(_ uri: TokenURI? = nil, reader: String? = nil) throws(CSPError) -> Token {
        let configured = try configuredURI()
        let slots = try slots(uri?.namesModule == true ? uri : configured)
        let uri = uri?.namesModule == true || uri?.namesToken == true ? uri : reader == nil ? configured : nil
        var candidates: [Slot] = []
        for slot in slots {
            let matches = try onToken { () throws(PKCS11Error) in try isMeant(slot, uri, reader) }
            if matches { candidates.append(slot) }
        }
        guard let slot = candidates.first else {
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
                    + described(candidates)
            )
        }
        return slot.module.token(in: slot)
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
        return try onToken { () throws(PKCS11Error) in try TokenURI(text) }
    }

    private func isMeant(_ slot: Slot, _ uri: TokenURI?, _ reader: String?) throws(PKCS11Error) -> Bool {
        let info = try slot.tokenInfo()
        guard info.flags.contains(.isInitialized) else { return false }
        if let uri, try !uri.matches(slot) { return false }
        guard let reader, info.label != reader else { return true }
        return try slot.description() == reader
    }

    private func described(_ slots: [Slot]) -> String {
        let tokens = slots.compactMap { slot in
            (try? TokenDescription(slot)).flatMap { $0.isInitialized ? $0.uri : nil }
        }
        return tokens.isEmpty ? "the modules show no initialized token" : "tokens: " + tokens.joined(separator: ", ")
    }
}
