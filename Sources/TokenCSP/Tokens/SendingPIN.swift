internal import PKCS11

/// Runs what sends a PIN to a token. Its errors say which token, where a wrong PIN came from, whether that was the last try,
/// and by which command a locked PIN is unlocked.
///
/// - Parameter source: a PIN source; only its name is told.
func sendingPIN<R>(
    to token: Token, ofOfficer: Bool = false, from source: String? = nil, _ work: () throws(PKCS11Error) -> R
) throws(CSPError) -> R {
    do throws(PKCS11Error) {
        return try work()
    } catch {
        let info = try? token.info()
        let failure = CSPError(error, info.map { "token \"\($0.label)\"" } ?? "")
        let isLocked = info?.flags.contains(ofOfficer ? .officerPINLocked : .userPINLocked) ?? false
        var reason = failure.reason
        switch failure.code {
        case .wrongChv:
            if ofOfficer {
                reason = (info.map { "token \"\($0.label)\": " } ?? "") + "the security officer's PIN is wrong"
            }
            if let source { reason += ", from " + PKCS11.PINSource.name(source) }
            if isLocked { reason += "; that was the last try: the PIN is locked now" }
        case .notAuthenticated where error.code == .pinNotSent:
            if let source { reason += ", and not by " + PKCS11.PINSource.name(source) }
        case .passwordChangeRequired:
            reason += "; to change it: tokencsp token change-\(ofOfficer ? "so-" : "")pin" + naming(info, token)
        case .chvBlocked: break
        default: throw failure
        }
        if !ofOfficer, isLocked || failure.code == .chvBlocked {
            reason += "; to unlock it: tokencsp token unblock" + naming(info, token)
        }
        throw CSPError(failure.code, reason, cause: failure.cause)
    }
}

/// The command line's option that names the token.
private func naming(_ info: TokenInfo?, _ token: Token) -> String {
    guard let info, let uri = try? TokenURI(token: info, modulePath: token.slot.module.path).text else { return "" }
    return " --token '\(uri)'"
}
