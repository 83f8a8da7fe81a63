internal import CWinCrypt
internal import Glibc
internal import PKCS11
internal import TokenCSP

/// Asks the program by its function (PP_TOKENCSP_INTERACTION).
struct ProgramInteraction: UserInteraction, @unchecked Sendable {
    // Unchecked: a function, and a pointer that is the program's business.
    private let ask: TOKENCSP_ASK
    private let context: UnsafeMutableRawPointer?
    /// Longer than any token's PIN.
    private static let room = 1024

    /// Nil for NULL.
    ///
    /// - Throws: ERROR_INVALID_PARAMETER where the function is NULL.
    init?(_ data: UnsafePointer<BYTE>?) throws(CSPError) {
        guard let data else { return nil }
        let interaction = UnsafeRawPointer(data).loadUnaligned(as: TOKENCSP_INTERACTION.self)
        guard let ask = interaction.pfnAsk else { throw CSPError(.invalidParameter, "pfnAsk is NULL.") }
        self.ask = ask
        context = interaction.pvContext
    }

    func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.room, alignment: 1)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        defer {
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
            buffer.deallocate()
        }
        var count = DWORD(Self.room)
        try answer(request, buffer.baseAddress?.assumingMemoryBound(to: BYTE.self), &count)
        // A count that was left as it was, or bytes that were: nothing that would cost a try goes to the token.
        guard count > 0, count < Self.room, !buffer[..<Int(count)].contains(0) else {
            throw CSPError(
                .notAuthenticated,
                "\(request.label): the program's function gave no PIN: bytes that are not 0, and their number.")
        }
        return PIN(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<Int(count)]))
    }

    func confirm(_ request: UserRequest) throws(CSPError) {
        var count: DWORD = 0
        try answer(request, nil, &count)
    }

    private func answer(
        _ request: UserRequest, _ bytes: UnsafeMutablePointer<BYTE>?, _ count: inout DWORD
    ) throws(CSPError) {
        var question = TOKENCSP_QUESTION()
        question.cbSize = DWORD(MemoryLayout<TOKENCSP_QUESTION>.size)
        question.dwQuestion = Self.number(request.question)
        question.dwTries = Self.number(request.tries)
        question.dwSeconds = DWORD(clamping: request.timeout ?? 0)
        question.fForOneUse = request.isForOneUse ? 1 : 0
        let code = Self.withText(request.token) { token in
            Self.withText(request.container) { container in
                Self.withText(request.operation?.rawValue) { operation in
                    Self.withText(request.facts) { facts in
                        Self.withText(request.label) { label in
                            Self.withText(request.complaint) { complaint in
                                question.pszToken = token
                                question.pszContainer = container
                                question.pszOperation = operation
                                question.pszFacts = facts
                                question.pszLabel = label
                                question.pszComplaint = complaint
                                return ask(&question, bytes, &count, context)
                            }
                        }
                    }
                }
            }
        }
        guard code == 0 else {
            throw CSPError(ErrorCode(rawValue: code), "\(request.label): the program's function refused.")
        }
    }

    private static func withText<R>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
        guard let text else { return body(nil) }
        return text.withCString { body($0) }
    }

    private static func number(_ question: UserRequest.Question) -> DWORD {
        switch question {
        case .pin: DWORD(TOKENCSP_ASK_PIN)
        case .newPIN: DWORD(TOKENCSP_ASK_NEW_PIN)
        case .consent: DWORD(TOKENCSP_ASK_CONSENT)
        case .token: DWORD(TOKENCSP_ASK_TOKEN)
        @unknown default: 0
        }
    }

    private static func number(_ tries: UserRequest.Tries) -> DWORD {
        switch tries {
        case .untouched: DWORD(TOKENCSP_TRIES_UNTOUCHED)
        case .fewer: DWORD(TOKENCSP_TRIES_FEWER)
        case .last: DWORD(TOKENCSP_TRIES_LAST)
        }
    }
}
