import TokenCSP

/// What `explain` knows of one token's answer to a request, without making the key.
///
/// Keys: `label`, `model`, `uri`, `has_mechanism`, `minimum_size`, `maximum_size` (of the mechanism, as the token counts;
/// absent where it does not tell), `length_fits` (absent where that is not known before), `answers` (sentences).
struct TokenAnswer: Encodable {
    let label: String
    let model: String
    let uri: String
    let hasMechanism: Bool
    let minimumSize: Int?
    let maximumSize: Int?
    let lengthFits: Bool?
    let answers: [String]

    init(_ plan: GenerationPlan, _ token: TokenDescription, _ mechanisms: [Tokens.Mechanism]) {
        (label, model, uri) = (token.label, token.model, token.uri)
        let mechanism = mechanisms.first { $0.name == plan.mechanism }
        hasMechanism = mechanism != nil
        let tells = mechanism.map { $0.maximum > 0 } ?? false
        minimumSize = tells ? mechanism?.minimum : nil
        maximumSize = tells ? mechanism?.maximum : nil
        // Secret keys are counted in bits by some tokens and in bytes by others, curves in every kind of number.
        let isRSA = plan.mechanism == "CKM_RSA_PKCS_KEY_PAIR_GEN"
        if isRSA, let minimumSize, let maximumSize {
            lengthFits = plan.bits >= minimumSize && plan.bits <= maximumSize
        } else {
            lengthFits = nil
        }
        answers = Self.answers(plan, token, mechanisms, fits: lengthFits, has: mechanism != nil)
    }

    private static func answers(
        _ plan: GenerationPlan, _ token: TokenDescription, _ mechanisms: [Tokens.Mechanism], fits: Bool?, has: Bool
    ) -> [String] {
        var answers: [String] = []
        let isOnHost = !plan.mechanism.hasPrefix("CKM_")
        if !has, !isOnHost {
            answers.append("the token lacks \(plan.mechanism): key generate fails (NTE_BAD_ALGID)")
        }
        if fits == false {
            answers.append("the token makes no key of \(plan.bits) bits: key generate fails (ERROR_INVALID_PARAMETER)")
        }
        if token.isWriteProtected { answers.append("the token is read-only: no key can be made on it") }
        if token.userPINLocked { answers.append("the PIN is locked: 'tokencsp token unblock' comes first") }
        let faults = KnownFault.of([token.manufacturer, token.model, token.modulePath])
        func asks(_ attribute: String, _ value: String) -> Bool {
            plan.lines.contains { $0.object != "public" && $0.attribute == attribute && $0.value == value }
        }
        if asks("CKA_ALWAYS_AUTHENTICATE", "true") {
            let isIdle = faults.contains { $0.fault.contains("CKA_ALWAYS_AUTHENTICATE") }
            answers.append(
                isIdle
                    ? "this module stores CKA_ALWAYS_AUTHENTICATE and does nothing: TokenCSP holds it (held by csp)"
                    : "who holds CKA_ALWAYS_AUTHENTICATE is found out by a trial signature when the key is made")
        }
        if asks("CKA_EXTRACTABLE", "true") {
            let wraps = ["CKM_AES_KEY_WRAP_PAD", "CKM_AES_CBC_PAD"].filter { name in
                mechanisms.contains { $0.name == name }
            }
            let wrapsNone = plan.algorithm == .ed25519 && faults.contains { $0.fault.hasPrefix("wraps no Ed25519") }
            answers.append(
                wrapsNone
                    ? "this module cannot wrap Ed25519 keys: the key will not be exported, though its flags allow it"
                    : wraps.isEmpty
                        ? "the token has no mechanism that wraps a private key: it could be exported by nothing"
                        : "the token has \(wraps.joined(separator: " and ")) to wrap it with")
        } else if asks("CKA_EXTRACTABLE", "false") {
            let leaks = faults.contains { $0.fault.contains("not extractable") }
            answers.append(
                leaks
                    ? "this module wraps keys that are not extractable: TokenCSP holds it (held by csp), others do not"
                    : "who holds CKA_EXTRACTABLE is found out by trying to wrap the key when it is made")
        }
        for fault in faults where fault.fault.contains("templates") { answers.append("this module " + fault.fault) }
        if has, fits != false, !isOnHost {
            answers.append(
                "the full template is tried first; only where the token finds fault with it, the smaller ones")
        }
        return answers
    }

    /// Lines under a heading.
    var text: String {
        var rows = [("token", "\"\(label)\", \(model)")]
        var sizes = ""
        if let minimumSize, let maximumSize { sizes = ", key sizes \(minimumSize) to \(maximumSize)" }
        rows.append(("mechanism", (hasMechanism ? "there" : "NOT there") + sizes))
        if let lengthFits { rows.append(("length", lengthFits ? "fits" : "does NOT fit")) }
        let list = answers.map { "  " + Style.wrapped("→ " + printable($0), indentation: 4) + "\n" }.joined()
        return "\n" + Style.bold("What this token answers") + "\n"
            + aligned(rows.map { (name: "  " + $0.0, value: $0.1) }) + list
    }
}
