/// What goes with one use of a key that asks its user each time (CKA_ALWAYS_AUTHENTICATE).
public enum Authorization: Sendable {
    /// - Parameter isFresh: a person entered it for this use, and may use the last try.
    case pin(PIN, isFresh: Bool = false)
    /// The PIN is entered at the reader's own pad (CKF_PROTECTED_AUTHENTICATION_PATH).
    case pad
}
