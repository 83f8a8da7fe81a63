internal import PKCS11

/// What the program wants a person to see who is asked for something.
struct Prompts: Sendable {
    /// Asks for the PIN (PP_PIN_PROMPT_STRING).
    var pin: String?
    /// After so many seconds the question goes away (PP_DISMISS_PIN_UI_SEC); 0: never.
    var seconds: UInt32?

    /// Asks for the token (PP_UI_PROMPT): for all contexts that the process acquires from then on, as documented. Nil: the
    /// token must be there.
    static let token = Lock<String?>(nil)
}
