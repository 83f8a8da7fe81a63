public import PKCS11

/// The tokens at hand, and their administration.
public enum Tokens {
    /// Every token of the module that the configuration's URI names, or of all modules that p11-kit has configured;
    /// uninitialized ones too. Asks for no PIN.
    public static func list(_ configuration: Configuration) throws(CSPError) -> [TokenDescription] {
        let locator = TokenLocator(configuration: configuration)
        let uri = try locator.configuredURI()
        let slots = try locator.slots(uri)
        return try onToken { () throws(PKCS11Error) in
            var tokens: [TokenDescription] = []
            for slot in slots {
                if let uri, try !uri.matches(slot) { continue }
                tokens.append(try TokenDescription(slot))
            }
            return tokens
        }
    }

    /// Makes a token in a free slot, and sets its user PIN.
    ///
    /// - Parameters:
    ///   - label: 1 to 32 bytes of UTF-8.
    ///   - soPIN: nil: entered at the reader's own pad, as `userPIN`.
    ///   - reinitialize: erase the token that the configuration's URI matches, instead of using a free slot.
    ///   - usingFinalTry: send the officer's PIN to a token of theirs although one try is left, as after a fresh entry.
    /// - Throws: ERROR_INVALID_PARAMETER (label), NTE_EXISTS (a token of this label is there), SCARD_E_NO_SMARTCARD
    ///   (no free slot), SCARD_E_INVALID_CHV, SCARD_W_WRONG_CHV (another officer PIN).
    public static func initialize(
        _ configuration: Configuration, label: String, soPIN: PIN?, userPIN: PIN?, reinitialize: Bool = false,
        usingFinalTry: Bool = false
    ) throws(CSPError) -> TokenDescription {
        guard (1...32).contains(label.utf8.count), !label.utf8.contains(0) else {
            throw CSPError(
                .invalidParameter,
                "token label \"\(label)\": 1 to 32 bytes of UTF-8 are allowed, this has \(label.utf8.count)")
        }
        let locator = TokenLocator(configuration: configuration)
        let uri = try locator.configuredURI()
        let slot = try reinitialize ? locator.find(uri, anew: true).slot : freeSlot(locator, uri, label)
        // Until it is initialized the token has its old name, or none.
        let old = try onToken { () throws(PKCS11Error) in try slot.tokenInfo() }
        let subject = "token \"\(reinitialize ? old.label : label)\""
        do throws(CSPError) {
            try onToken(subject) { () throws(PKCS11Error) in
                for pin in [soPIN, userPIN] { try old.checkLength(pin) }
                try slot.initializeToken(label: label, soPIN: soPIN, usingFinalTry: usingFinalTry)
            }
        } catch {
            guard error.code == .wrongChv else { throw error }
            throw CSPError(.wrongChv, subject + ": the security officer's PIN is wrong", cause: error.cause)
        }
        // The slot's number may be another now: look for the label.
        return try onToken("token \"\(label)\"") { () throws(PKCS11Error) in
            for made in try slot.module.slots() {
                let info = try made.tokenInfo()
                guard info.label == label, info.flags.contains(.isInitialized),
                    !info.flags.contains(.isUserPINInitialized)
                else { continue }
                try made.module.token(in: made).initializePIN(userPIN, soPIN: soPIN)
                return try TokenDescription(made)
            }
            throw PKCS11Error(
                .returned(.generalError), function: "C_GetSlotList", message: "the module does not show the new token")
        }
    }

    private static func freeSlot(_ locator: TokenLocator, _ uri: TokenURI?, _ label: String) throws(CSPError) -> Slot {
        // The URI says which module; a token it names is one that is still to be made.
        for slot in try locator.slots(uri) {
            let info = try onToken { () throws(PKCS11Error) in try slot.tokenInfo() }
            if info.flags.contains(.isInitialized), info.label == label {
                throw CSPError(.exists, "a token \"\(label)\" is there already, in slot \(slot.id)")
            }
        }
        for slot in try locator.slots(uri) {
            let info = try onToken { () throws(PKCS11Error) in try slot.tokenInfo() }
            if !info.flags.contains(.isInitialized), !info.flags.contains(.isWriteProtected) { return slot }
        }
        throw CSPError(
            .noSmartcard,
            "no slot has a token that is not initialized yet; name a module by module-path in TOKENCSP_TOKEN")
    }
}
