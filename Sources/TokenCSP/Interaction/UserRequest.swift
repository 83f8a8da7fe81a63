internal import Glibc

/// What a person is asked, and what there is to know before an answer: which key, which operation, which program, and
/// how many tries are left.
public struct UserRequest: Sendable, Hashable {
    /// What is asked.
    public enum Question: Sendable, Hashable {
        /// The user's PIN.
        case pin
        /// A new PIN for the user, which is entered twice.
        case newPIN
        /// Yes or no to one use of a key.
        case consent
        /// That the token be put into its reader.
        case token
    }

    /// What a private key is wanted for.
    public enum Operation: String, Sendable, Hashable {
        case sign, decrypt, agree, export
    }

    /// Whose PIN it is.
    public enum Owner: Sendable, Hashable {
        case user, securityOfficer
    }

    /// What the token tells of the tries that are left before it locks the PIN: PKCS#11 has no number for it.
    public enum Tries: Sendable, Hashable {
        /// No wrong PIN since the last right one, or a token that does not tell.
        case untouched
        /// A wrong PIN was entered since the last right one.
        case fewer
        /// One: a wrong PIN locks the token.
        case last
    }

    public var question: Question
    /// The token's label.
    public var token: String
    public var serial: String
    /// The container whose key is wanted; nil where the login alone is.
    public var container: String?
    public var spec: KeySpec?
    public var operation: Operation?
    /// Whose PIN an administrator is asked for, to change it or to set another; nil where a login or a key is wanted.
    public var administration: Owner?
    /// Whether the key asks at each use (CRYPT_USER_PROTECTED, CRYPT_FORCE_KEY_PROTECTION_HIGH): an answer is for this one
    /// use, and none that was given before may serve.
    public var isForOneUse = false
    public var tries = Tries.untouched
    /// What was wrong with the answer before; nil for the first.
    public var complaint: String?
    /// The program's own words (PP_PIN_PROMPT_STRING, PP_UI_PROMPT), shown beside ours and never in their place.
    public var prompt: String?
    /// Seconds after which the question goes away; nil: never.
    public var timeout: Int?
    /// The program that asks, by its file's name, and its process.
    public var program = Self.programName
    public var process: Int32 = getpid()
    /// The PIN's length in bytes, where the token tells.
    public var pinLength: ClosedRange<Int>?

    public init(_ question: Question, token: String, serial: String) {
        self.question = question
        self.token = token
        self.serial = serial
    }

    private static let programName: String = {
        var path = [UInt8](repeating: 0, count: 4096)
        let count = path.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { readlink("/proc/self/exe", $0, buffer.count) } ?? 0
        }
        guard count > 0 else { return "unknown" }
        let name = path[..<count].split(separator: UInt8(ascii: "/")).last ?? []
        return String(decoding: name, as: UTF8.self)
    }()
}

// MARK: - Words

extension UserRequest {
    /// The question in a few words, for a line of input: `PIN for token "demo"`.
    public var label: String {
        switch question {
        case .pin, .newPIN: "\(pinName) for token \"\(shown(token))\""
        case .consent: "Allow this"
        case .token: "Insert token \"\(shown(token))\""
        }
    }

    /// What stands before a dialog's field; the dialog's text names the token.
    var pinName: String {
        switch (question == .newPIN, administration) {
        case (false, nil): "PIN"
        case (false, .user): "Present PIN"
        case (false, .securityOfficer): "Security officer's PIN"
        case (true, .securityOfficer): "New security officer's PIN"
        case (true, _): "New PIN"
        }
    }

    /// Everything there is to know, a fact a line. Control characters in names are shown as `?`, long names by their
    /// two ends; the program's own words come last, so that they cannot push ours out of a dialog.
    public var facts: String {
        var lines = [purpose]
        lines.append("Token: \(shown(token))" + (serial.isEmpty ? "" : " (serial \(shown(serial)))"))
        if let warning {
            lines.append(warning)
        } else if question == .pin, complaint == nil {
            lines.append("Tries: no wrong PIN is counted.")
        }
        if let prompt, !prompt.isEmpty { lines.append("The program says: \"\(shown(prompt, 200))\"") }
        return lines.joined(separator: "\n")
    }

    /// What there is to say of the tries that are left.
    var warning: String? {
        switch tries {
        case .untouched: nil
        case .fewer: "A wrong PIN was entered before: fewer tries are left."
        case .last where administration == .securityOfficer:
            "LAST TRY: a wrong PIN locks the security officer out for ever."
        case .last: "LAST TRY: a wrong PIN locks the token."
        }
    }

    private var purpose: String {
        let asker = "Program \"\(shown(program, 40))\" (process \(process))"
        if question == .token { return asker + " needs the token." }
        if let administration {
            let owner = administration == .user ? "user" : "security officer"
            return "\(asker) asks for the \(question == .newPIN ? "new" : "present") PIN of the token's \(owner)."
        }
        if question == .newPIN { return asker + ": the token's PIN has expired and must be changed." }
        guard let container else { return asker + " logs in to the token." }
        let key = "the \(spec == .keyExchange ? "exchange" : "signature") key of container \"\(shown(container, 80))\""
        let use =
            switch operation {
            case .sign: "wants to sign with " + key
            case .decrypt: "wants to decrypt with " + key
            case .agree: "wants to agree on a secret with " + key
            case .export: "wants to EXPORT " + key
            case nil: "wants to use " + key
            }
        return "\(asker) \(use)." + (isForOneUse ? " This key asks at each use." : "")
    }

    /// The complaint as it is shown.
    var shownComplaint: String? {
        complaint.map { shown($0, 200) }
    }

    /// A text that cannot move a terminal's cursor or end a line.
    ///
    /// - Parameter limit: how many characters are shown of it.
    func shown(_ text: String, _ limit: Int = 64) -> String {
        let safe = String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "?"
                    default: scalar
                    }
                }))
        guard safe.unicodeScalars.count > limit else { return safe }
        let scalars = safe.unicodeScalars
        return String(scalars.prefix(limit / 2)) + "…" + String(scalars.suffix(limit / 2 - 1))
    }
}
