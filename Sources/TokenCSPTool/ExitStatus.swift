import TokenCSP

/// The exit status of `tokencsp`. The numbers are part of the command's interface: scripts branch on them.
enum ExitStatus: Int32, CaseIterable, Sendable {
    case success = 0
    case failure = 1
    case notFound = 2
    case exists = 3
    case pinWrong = 4
    case pinLocked = 5
    case tokenAbsent = 6
    case refused = 7
    /// EX_USAGE of sysexits.h, which swift-argument-parser uses as well.
    case usage = 64

    /// The status that stands for a CryptoAPI error code.
    init(_ code: ErrorCode) {
        self =
            switch code {
            case .success: .success
            case .badKeyset, .noKey, .noSuchCertificate, .notFound, .keysetNotDef, .fileNotFound: .notFound
            case .invalidParameter, .badKeysetParam, .provTypeEntryBad: .usage
            case .exists: .exists
            case .wrongChv, .invalidChv, .notAuthenticated, .passwordChangeRequired: .pinWrong
            case .chvBlocked: .pinLocked
            case .noSmartcard, .noReaders, .unknownReader, .unknownCard, .removedCard, .resetCard, .provDLLNotFound,
                .providerDLLFail:
                .tokenAbsent
            case .badAlgID, .badFlags, .badKey, .badKeyState, .badLen, .badPublicKey, .cancelledByUser,
                .notSupported, .permission, .readOnlyCard, .silentContext:
                .refused
            default: .failure
            }
    }

    /// What `--help` says of it.
    var meaning: String {
        switch self {
        case .success: "done"
        case .failure: "another failure: damaged data, a file that is something else, a signature that does not verify"
        case .notFound: "no such container, key, provider, file or folder"
        case .exists: "it exists already"
        case .pinWrong: "the PIN or the passphrase is wrong, unusable or missing"
        case .pinLocked: "the PIN is locked"
        case .tokenAbsent: "the token or its module is absent, or several tokens match"
        case .refused: "refused by a rule, by the token or by the answer to a question"
        case .usage: "wrong use: a command line, a value, a configuration, an INF file or a manifest that cannot be"
        }
    }

    /// The name that JSON error documents carry where no CryptoAPI code stands behind an error.
    var name: String {
        switch self {
        case .success: "SUCCESS"
        case .failure: "FAILURE"
        case .notFound: "NOT_FOUND"
        case .exists: "EXISTS"
        case .pinWrong: "PIN_WRONG"
        case .pinLocked: "PIN_LOCKED"
        case .tokenAbsent: "TOKEN_ABSENT"
        case .refused: "REFUSED"
        case .usage: "USAGE"
        }
    }

    /// The table of `tokencsp --help`.
    static var table: String {
        allCases.map { status in
            let number = String(status.rawValue)
            return "  " + String(repeating: " ", count: max(0, 2 - number.count)) + number + "  " + status.meaning
        }.joined(separator: "\n")
    }
}
