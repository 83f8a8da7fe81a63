import TokenCSP

import class PKCS11.PIN

/// Asks for a PIN of the command's own on the terminal: the present one of a change, the security officer's.
enum PINPrompt {
    /// - Throws: `.notAuthenticated` without a terminal, `.cancelledByUser` for an empty answer and at the end of input,
    ///   `.invalidChv` for an over-long one.
    static func ask(_ question: String) throws(CSPError) -> PIN {
        try entry(question).pin
    }

    /// Asks for a PIN that is to be set, twice.
    ///
    /// - Throws: As `ask`, and `.invalidChv` where the two differ.
    static func askTwice(_ question: String) throws(CSPError) -> PIN {
        let first = try entry(question)
        guard try entry(question + ", again").holdsSame(as: first) else {
            throw CSPError(.invalidChv, "the two PINs differ; nothing was changed")
        }
        return first.pin
    }

    private static func entry(_ question: String) throws(CSPError) -> SecretBuffer {
        guard let terminal = Terminal() else {
            throw CSPError(
                .notAuthenticated,
                "\(question): there is no terminal to ask on; name a source: --pin-source, or of a new or an officer's PIN --new-pin-source, --so-pin-source (file:PATH, env:NAME or fd:N)"
            )
        }
        return try terminal.askForPIN(printable(question))
    }
}
