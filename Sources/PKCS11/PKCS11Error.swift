/// What went wrong in a PKCS#11 module, or on the way to one.
///
/// Two errors are equal when their codes are: `error.code == .returned(.pinIncorrect)`.
public struct PKCS11Error: Error, Sendable {
    /// The kind of failure.
    public enum Code: Hashable, Sendable {
        /// A PKCS#11 function answered something else than CKR_OK.
        case returned(ReturnValue)
        /// The module could not be loaded.
        case moduleUnavailable
        /// A PKCS#11 URI (RFC 7512) could not be parsed.
        case invalidURI
        /// A PIN source could not be read.
        case pinSourceUnreadable
        /// This PIN was rejected before and is not sent again, or only one try is left and nobody allowed its use.
        case pinNotSent
        /// The token did not ask for the PIN at its pad: it stores CKA_ALWAYS_AUTHENTICATE and does nothing.
        case padNotAsked
    }

    public let code: Code
    /// The PKCS#11 or p11-kit function, for instance `C_Login`.
    public let function: String
    /// What this was about and what to do, without secrets.
    public let message: String

    public init(_ code: Code, function: String, message: String = "") {
        self.code = code
        self.function = function
        self.message = message
    }

    /// The CKR_… value, where a PKCS#11 function answered one.
    public var returnValue: ReturnValue? {
        guard case .returned(let value) = code else { return nil }
        return value
    }
}

extension PKCS11Error: Equatable {
    public static func == (a: PKCS11Error, b: PKCS11Error) -> Bool { a.code == b.code }
}

extension PKCS11Error: CustomStringConvertible {
    public var description: String {
        let what = returnValue.map { "\(function): \($0)" } ?? function
        return message.isEmpty ? what : "\(what): \(message)"
    }
}

extension PKCS11Error {
    static func returned(_ value: ReturnValue, _ function: String, _ message: String = "") -> PKCS11Error {
        PKCS11Error(.returned(value), function: function, message: message)
    }
}

/// Throws unless the function answered CKR_OK. A nil answer means that the module leaves the function out.
func check(_ answer: UInt?, _ function: StaticString) throws(PKCS11Error) {
    guard let answer else { throw .returned(.functionNotSupported, function.description) }
    guard answer == 0 else { throw .returned(ReturnValue(rawValue: answer), function.description) }
}
