/// Why a call failed: the code of the CryptoAPI contract, a sentence for a person, and what the token answered.
///
/// Two errors are equal when their codes are.
public struct CSPError: Error, Sendable {
    /// The PKCS#11 function behind a failure, and its answer.
    public struct Cause: Sendable, Hashable {
        /// For instance `C_Login`.
        public let function: String
        /// For instance `CKR_PIN_INCORRECT`.
        public let name: String
        /// CKR_….
        public let value: UInt
    }

    /// What kind of failure: what a program decides by.
    public let code: ErrorCode
    /// What failed, naming the value and what is allowed or what to do. Never holds a secret.
    public let reason: String
    /// What the token said, where it was the token that failed.
    public let cause: Cause?

    /// - Parameters:
    ///   - reason: never holds a secret.
    public init(_ code: ErrorCode, _ reason: String, cause: Cause? = nil) {
        self.code = code
        self.reason = reason
        self.cause = cause
    }
}

extension CSPError: Equatable {
    public static func == (a: CSPError, b: CSPError) -> Bool { a.code == b.code }
}

extension CSPError: CustomStringConvertible {
    public var description: String {
        guard let cause else { return "\(reason) [\(code)]" }
        return "\(reason) [\(code); \(cause.function) \(cause.name) \(hexadecimal(cause.value))]"
    }
}
