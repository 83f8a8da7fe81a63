/// What the program wants a person to see who is asked for something.
struct Prompts: Sendable {
    /// Asks for the PIN (PP_PIN_PROMPT_STRING).
    var pin: String?
    /// Asks for the token (PP_UI_PROMPT).
    var token: String?
    /// After so many seconds the question goes away (PP_DISMISS_PIN_UI_SEC).
    var seconds: UInt32?
}
