import ArgumentParser
import TokenCSP

/// What the user learns of an error, whichever part it comes from.
struct Failure {
    let status: ExitStatus
    let message: String
    private let code: ErrorCode?
    /// What an error without a code is called; nil: as its status.
    private var ownName: String?
    private let cause: CSPError.Cause?
    /// The usage lines after a mistake on the command line. Not part of JSON.
    private let usage: String?

    init(_ error: any Error) {
        switch error {
        case let error as CSPError:
            (status, message, code, cause, usage) = (ExitStatus(error.code), error.reason, error.code, error.cause, nil)
        case let error as ToolError:
            (status, message, code, cause, usage) = (error.status, error.message, nil, nil, nil)
            ownName = error.name
        default:
            status = ExitStatus(rawValue: TokenCSPCommand.exitCode(for: error).rawValue) ?? .failure
            message = TokenCSPCommand.message(for: error)
            usage = status == .usage ? TokenCSPCommand.fullMessage(for: error) : nil
            (code, cause) = (nil, nil)
        }
    }

    /// Writes it on standard error. Nothing is left to do where that fails.
    func report(json: Bool) {
        let text = json ? (try? Output.encode(document)) ?? line : line
        Output.writeError(text)
    }

    // MARK: - Forms

    /// `tokencsp: reason [NTE_EXISTS 0x8009000F; C_Login CKR_PIN_INCORRECT 0xA0]`
    private var line: String {
        if let usage { return printable(usage, keepingNewlines: true) }
        var details: [String] = []
        if let code { details.append("\(code.name) \(hexadecimal(code.rawValue))") }
        if let cause { details.append("\(cause.function) \(cause.name) \(hexadecimal(cause.value))") }
        let text = "tokencsp: " + printable(message, keepingNewlines: true)
        return details.isEmpty ? text : text + " [" + details.joined(separator: "; ") + "]"
    }

    private var document: Document {
        Document(
            error: .init(
                code: code.map { hexadecimal($0.rawValue) }, name: code?.name ?? ownName ?? status.name,
                message: message,
                exitStatus: status.rawValue,
                pkcs11: cause.map { .init(function: $0.function, name: $0.name, value: hexadecimal($0.value)) }))
    }

    /// The JSON of an error, on standard error:
    ///
    ///     {"error": {"code": "0x8009000F", "name": "NTE_EXISTS", "message": "…", "exit_status": 3,
    ///                "pkcs11": {"function": "C_Login", "name": "CKR_PIN_INCORRECT", "value": "0xA0"}}}
    ///
    /// `code` is absent for errors of the command itself (`name` is then USAGE, FAILURE …), `pkcs11` where no PKCS#11
    /// function failed.
    private struct Document: Encodable {
        struct Details: Encodable {
            let code: String?
            let name: String
            let message: String
            let exitStatus: Int32
            let pkcs11: PKCS11?
        }
        struct PKCS11: Encodable {
            let function: String
            let name: String
            let value: String
        }
        let error: Details
    }
}
