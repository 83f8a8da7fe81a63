import TokenCSP

extension Doctor {
    func tokenFindings(_ modules: [Examined]) -> [Finding] {
        let chosen = chosenTokens(modules)
        var findings = choiceFindings(chosen.map(\.description), modules)
        for module in modules {
            for token in module.probe?.tokens ?? [] {
                findings += Self.findings(token.description, isChosen: module.isChosen && token.isMeant)
            }
        }
        return findings
    }

    /// Which token a command would take.
    private func choiceFindings(_ chosen: [TokenResult], _ modules: [Examined]) -> [Finding] {
        switch chosen.count {
        case 1:
            return [Finding(.tokens, .ok, "the token", "\"\(chosen[0].label)\", \(chosen[0].uri)")]
        case 0:
            let hasFree = modules.contains { $0.probe?.tokens.contains { !$0.description.isInitialized } == true }
            return [
                Finding(
                    .tokens, .problem, "the token",
                    configuration.tokenURI == nil ? "no initialized token is at hand" : "no token matches the URI",
                    remedy: hasFree
                        ? "'tokencsp token init' makes one, or correct TOKENCSP_TOKEN"
                        : "insert the token, or correct TOKENCSP_TOKEN")
            ]
        default:
            return [
                Finding(
                    .tokens, .problem, "the token",
                    "\(chosen.count) tokens match: \(chosen.map { "\"\($0.label)\"" }.joined(separator: ", "))",
                    remedy: "choose one: export TOKENCSP_TOKEN='\(chosen[0].uri)'")
            ]
        }
    }

    // MARK: - The PINs' state

    private static func findings(_ token: TokenResult, isChosen: Bool) -> [Finding] {
        let subject = token.isInitialized ? "token \"\(token.label)\"" : "slot \(token.slotID)"
        guard token.isInitialized else {
            return [
                Finding(.tokens, .ok, subject, "free: 'tokencsp token init' makes a token of it")
            ]
        }
        let grave: Finding.Level = isChosen ? .problem : .warning
        let name = "--token '\(token.uri)'"
        var findings: [Finding] = []
        func add(_ level: Finding.Level, _ message: String, _ remedy: String? = nil) {
            findings.append(Finding(.tokens, level, subject, message, remedy: remedy))
        }
        if token.userPINLocked {
            add(grave, "the PIN is locked", "tokencsp token unblock \(name)")
        } else if token.needsLogin, !token.isUserPINInitialized {
            add(grave, "it has no user PIN yet", "tokencsp token unblock \(name)")
        } else if token.userPINToBeChanged {
            add(grave, "the PIN has expired", "tokencsp token change-pin \(name)")
        } else if token.userPINFinalTry {
            add(
                .warning, "one try of the PIN is left; a stored PIN is not sent any more",
                "enter it by hand: --pin-source prompt; or tokencsp token unblock \(name)")
        } else if token.userPINCountLow {
            add(.warning, "a wrong PIN was tried", "look at what holds an old PIN: a file, a variable, a program")
        }
        if token.soPINLocked {
            add(.warning, "the security officer's PIN is locked: nobody can unlock the user's")
        } else if token.soPINToBeChanged {
            add(.warning, "the security officer's PIN has to be changed", "tokencsp token change-so-pin \(name)")
        } else if token.soPINFinalTry {
            add(.warning, "one try of the security officer's PIN is left")
        } else if token.soPINCountLow {
            add(.warning, "a wrong PIN of the security officer's was tried")
        }
        if token.isWriteProtected { add(.warning, "it is read-only: no keys can be made") }
        if token.hasProtectedAuthenticationPath { add(.ok, "the PIN is entered at the reader's own pad") }
        if findings.isEmpty { add(.ok, "\(token.model), serial \(token.serial): \(token.state)") }
        return findings
    }
}
