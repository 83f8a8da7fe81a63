import TokenCSP

/// What a report's attributes mean together, for the one who has to answer for the key.
///
/// Keys: `exportable`, `ever_exportable`, `sensitive`, `needs_login`, `pin_at_each_use`, `generated_on_token` (each
/// absent where the token does not tell), `protection` (what each use asks of the user: `none`, `consent`, `PIN`),
/// `protection_held_by` (`token`, `csp`; absent where there is nothing to hold), `usage` and `public_usage` (`["sign"]`), `held_by_token` (false where TokenCSP
/// or nobody holds a part of it).
struct PolicyResult: Encodable {
    let exportable: Bool?
    let everExportable: Bool?
    let sensitive: Bool?
    let needsLogin: Bool?
    let pinAtEachUse: Bool
    let generatedOnToken: Bool?
    let protection: String
    let protectionHeldBy: String?
    let usage: [String]
    let publicUsage: [String]
    let heldByToken: Bool

    private let isSessionObject: Bool
    private let mechanism: String
    private let rung: Int
    private let exportHolder: KeyReport.Holder
    private let pinHolder: KeyReport.Holder

    /// Nil for a report without a private or secret key.
    init?(_ report: KeyReport) {
        let own = report.lines.filter { $0.object != "public" }
        guard !own.isEmpty else { return nil }
        func line(_ attribute: String) -> KeyReport.Line? { own.first { $0.attribute == attribute } }
        func flag(_ attribute: String) -> Bool? { line(attribute)?.onToken.map { $0 == "true" } }
        exportable = flag("CKA_EXTRACTABLE")
        everExportable = flag("CKA_NEVER_EXTRACTABLE").map { !$0 }
        sensitive = flag("CKA_SENSITIVE")
        needsLogin = flag("CKA_PRIVATE")
        pinAtEachUse = flag("CKA_ALWAYS_AUTHENTICATE") ?? false
        generatedOnToken = flag("CKA_LOCAL")
        protection = report.protection.name
        protectionHeldBy = report.protectionHolder?.rawValue
        usage = Self.usage(own)
        publicUsage = Self.usage(report.lines.filter { $0.object == "public" })
        heldByToken = own.allSatisfy { $0.heldBy == .token }
        isSessionObject = flag("CKA_TOKEN") == false
        mechanism = report.mechanism
        rung = report.rung
        exportHolder = line("CKA_EXTRACTABLE")?.heldBy ?? .token
        pinHolder = line("CKA_ALWAYS_AUTHENTICATE")?.heldBy ?? .token
    }

    private enum CodingKeys: String, CodingKey {
        case exportable, everExportable, sensitive, needsLogin, pinAtEachUse, generatedOnToken, usage, publicUsage
        case heldByToken, protection, protectionHeldBy
    }

    private static func usage(_ lines: [KeyReport.Line]) -> [String] {
        let words = [
            "CKA_SIGN": "sign", "CKA_VERIFY": "verify", "CKA_ENCRYPT": "encrypt", "CKA_DECRYPT": "decrypt",
            "CKA_WRAP": "wrap", "CKA_UNWRAP": "unwrap", "CKA_DERIVE": "derive", "CKA_SIGN_RECOVER": "sign-recover",
            "CKA_VERIFY_RECOVER": "verify-recover",
        ]
        return lines.filter { $0.onToken == "true" }.compactMap { words[$0.attribute] }
    }
}

// MARK: - Words

extension PolicyResult {
    /// "not exportable, sensitive, sign only"
    var sentence: String {
        var parts: [String] = []
        if let exportable { parts.append(exportable ? "exportable" : "not exportable") }
        if let sensitive { parts.append(sensitive ? "sensitive" : "NOT sensitive") }
        if protection != KeyProtection.none.name {
            parts.append("\(protection) at each use")
        } else if pinAtEachUse {
            parts.append("PIN at each use")
        }
        parts.append(usage.isEmpty ? "of no use" : usage.count == 1 ? usage[0] + " only" : usage.joined(separator: "/"))
        if !heldByToken { parts.append("not all held by the token (HELD BY)") }
        return parts.joined(separator: ", ")
    }

    /// Who can export it, who asks for the PIN, what it is for, where it comes from.
    var text: String {
        aligned([("export", export), ("PIN", pin), ("usage", uses), ("origin", origin)])
    }

    private var export: String {
        guard let exportable else { return "the token does not tell" }
        if exportable {
            let form = sensitive == true ? "wrapped by another key, never in the clear" : "even in the clear"
            return (needsLogin == false ? "anybody here: " : "with the PIN: ") + form
        }
        let past = everExportable == true ? "not extractable, though a copy once was" : "not extractable, and never was"
        return "nobody: \(everExportable == nil ? "not extractable" : past)\(holder(exportHolder))"
    }

    private var pin: String {
        let by = holder(protectionHeldBy == KeyReport.Holder.csp.rawValue ? .csp : pinHolder)
        if protection == KeyProtection.consent.name { return "at login; the user consents to each use" + by }
        if protection == KeyProtection.pin.name { return "entered for each use, never from a cache" + by }
        if pinAtEachUse { return "at login, and again at each use" + holder(pinHolder) }
        if needsLogin == false {
            return isSessionObject ? "none: it belongs to this process" : "none: it is a public object"
        }
        return "at login, not at each use"
    }

    private var uses: String {
        let own = usage.isEmpty ? "none" : usage.joined(separator: ", ")
        return publicUsage.isEmpty ? own : "\(own); the public key: \(publicUsage.joined(separator: ", "))"
    }

    private var origin: String {
        let template = rung == 0 ? "full template" : "template reduced, step \(rung)"
        return switch generatedOnToken {
        case true?: "generated on the token, \(mechanism), \(template)"
        case false?: "the token does not call it generated there (CKA_LOCAL is false)"
        case nil: "the token does not tell"
        }
    }

    private func holder(_ holder: KeyReport.Holder) -> String {
        switch holder {
        case .csp: ". TokenCSP holds to it, the token does not"
        case .nobody: ". Nobody holds to it"
        default: ""
        }
    }
}
