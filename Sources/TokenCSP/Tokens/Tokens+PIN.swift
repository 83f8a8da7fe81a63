public import PKCS11

// A PIN that is nil is entered at the reader's own pad. `usingFinalTry` says that a person entered the PIN just now, and
// knew that one try was left: nothing else may lock a token.
extension Tokens {
    /// The one token that the configuration means.
    ///
    /// - Throws: SCARD_E_NO_SMARTCARD, SCARD_E_UNKNOWN_READER (several match).
    public static func find(_ configuration: Configuration) throws(CSPError) -> TokenDescription {
        let token = try TokenLocator(configuration: configuration).find()
        return try onToken { () throws(PKCS11Error) in try TokenDescription(token.slot) }
    }

    /// The user's PIN from the configuration's own source, or from the `pin-source` or `pin-value` of its URI, and where it
    /// came from; nil where it has none.
    public static func storedPIN(_ configuration: Configuration) throws(CSPError) -> (pin: PIN, source: String)? {
        let uri = try TokenLocator(configuration: configuration).configuredURI()
        if let source = configuration.pinSource ?? uri?.pinSource {
            return (try PINSource.read(source, allowingCommands: true), source)
        }
        return uri?.pinValue.map { ($0, "pin-value") }
    }

    /// Changes the user's PIN, also one that has expired. A wrong old PIN counts as a try on the token.
    ///
    /// - Parameter source: where the old PIN was read, which an error names.
    /// - Throws: SCARD_W_WRONG_CHV, SCARD_W_CHV_BLOCKED, SCARD_E_INVALID_CHV (the new one; before anything is sent),
    ///   SCARD_W_CARD_NOT_AUTHENTICATED (one try is left).
    public static func changePIN(
        _ configuration: Configuration, old: PIN?, new: PIN?, source: String? = nil, usingFinalTry: Bool = false
    ) throws(CSPError) {
        let token = try TokenLocator(configuration: configuration).find()
        try sendingPIN(to: token, from: source) { () throws(PKCS11Error) in
            try token.changePIN(from: old, to: new, usingFinalTry: usingFinalTry)
        }
    }

    /// Gives the user a new PIN as security officer: where the old one is locked or forgotten.
    ///
    /// - Parameter source: where the officer's PIN was read, which an error names.
    /// - Returns: the token before and after.
    /// - Throws: as `changePIN`, of the officer's PIN.
    @discardableResult
    public static func unblock(
        _ configuration: Configuration, soPIN: PIN?, newPIN: PIN?, source: String? = nil, usingFinalTry: Bool = false
    ) throws(CSPError) -> (before: TokenDescription, after: TokenDescription) {
        let token = try TokenLocator(configuration: configuration).find()
        return try sendingPIN(to: token, ofOfficer: true, from: source) { () throws(PKCS11Error) in
            let before = try TokenDescription(token.slot)
            try token.initializePIN(newPIN, soPIN: soPIN, usingFinalTry: usingFinalTry)
            return (before, try TokenDescription(token.slot))
        }
    }

    /// Changes the security officer's PIN.
    ///
    /// - Throws: as `changePIN`, of the officer's PIN.
    public static func changeOfficerPIN(
        _ configuration: Configuration, old: PIN?, new: PIN?, source: String? = nil, usingFinalTry: Bool = false
    ) throws(CSPError) {
        let token = try TokenLocator(configuration: configuration).find()
        try sendingPIN(to: token, ofOfficer: true, from: source) { () throws(PKCS11Error) in
            try token.changeOfficerPIN(from: old, to: new, usingFinalTry: usingFinalTry)
        }
    }
}
