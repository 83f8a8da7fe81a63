public import PKCS11

/// Asks by pinentry, the dialog of the GnuPG project, which every desktop has one of.
public struct PinentryInteraction: UserInteraction {
    /// The program's path; nil: the `pinentry` on PATH.
    private let path: String?

    public init(path: String? = nil) {
        self.path = path
    }

    public var isAvailable: Bool { false }

    public func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
        throw CSPError(.notAuthenticated, "\(request.label): there is no pinentry")
    }

    public func confirm(_ request: UserRequest) throws(CSPError) {
        throw CSPError(.notAuthenticated, "\(request.label): there is no pinentry")
    }
}
