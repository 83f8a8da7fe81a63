public import PKCS11

/// How a person is asked: by a terminal, a dialog, the program's own window, or not at all.
///
/// Calls may come from any thread; the library has one question at a time for a token. No lock of the token is held and no
/// operation is active on it meanwhile: the program may use other contexts within its answer, as long as they have nothing
/// to ask. A question about the same token within a question is SCARD_W_CARD_NOT_AUTHENTICATED.
public protocol UserInteraction: Sendable {
    /// Whether somebody can be asked now. Where not, the library refuses instead of asking.
    var isAvailable: Bool { get }
    /// Why nobody can be asked, in a few words for the error.
    var whyUnavailable: String { get }
    /// Whether `confirm` can be called: else a PIN is asked for where a yes would do.
    var asksYesOrNo: Bool { get }

    /// Asks for a PIN (`request.question` is `.pin` or `.newPIN`).
    ///
    /// - Throws: SCARD_W_CANCELLED_BY_USER, ERROR_TIMEOUT; SCARD_W_CARD_NOT_AUTHENTICATED where nobody can be asked.
    func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN

    /// Asks for a yes (`.consent`, `.token`) and returns when it was said.
    ///
    /// - Throws: as `enterPIN`; a no is SCARD_W_CANCELLED_BY_USER.
    func confirm(_ request: UserRequest) throws(CSPError)

    /// Tells that the PIN is to be entered at the reader's own pad.
    ///
    /// - Returns: what takes the notice away; nil where there is nothing to take away.
    func announcePad(_ request: UserRequest) -> (@Sendable () -> Void)?
}

extension UserInteraction {
    public var isAvailable: Bool { true }
    public var whyUnavailable: String { "the program refuses" }
    public var asksYesOrNo: Bool { true }
    public func announcePad(_ request: UserRequest) -> (@Sendable () -> Void)? { nil }
}

/// Asks nobody: every question is refused.
public struct RefusingInteraction: UserInteraction {
    public init() {}

    public var isAvailable: Bool { false }
    public var whyUnavailable: String { "interaction = none" }

    public func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN { throw Self.refusal(request) }
    public func confirm(_ request: UserRequest) throws(CSPError) { throw Self.refusal(request) }

    private static func refusal(_ request: UserRequest) -> CSPError {
        CSPError(.notAuthenticated, "\(request.label): there is nobody to ask")
    }
}

/// Asks the program itself.
public struct CallbackInteraction: UserInteraction {
    private let pin: @Sendable (UserRequest) throws(CSPError) -> PIN?
    private let consent: (@Sendable (UserRequest) throws(CSPError) -> Bool)?

    /// - Parameters:
    ///   - consent: answers whether a key may be used this once; where there is none the PIN is asked for instead.
    ///   - pin: answers the PIN; nil where there is none to be had (SCARD_W_CARD_NOT_AUTHENTICATED).
    public init(
        consent: (@Sendable (UserRequest) throws(CSPError) -> Bool)? = nil,
        pin: @escaping @Sendable (UserRequest) throws(CSPError) -> PIN?
    ) {
        self.pin = pin
        self.consent = consent
    }

    public var asksYesOrNo: Bool { consent != nil }

    public func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
        guard let pin = try pin(request) else {
            throw CSPError(.notAuthenticated, "\(request.label): no PIN was given")
        }
        return pin
    }

    public func confirm(_ request: UserRequest) throws(CSPError) {
        guard let consent, try consent(request) else {
            throw CSPError(.cancelledByUser, "\(request.label): refused by the user")
        }
    }
}
