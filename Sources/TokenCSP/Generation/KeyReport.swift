internal import PKCS11

/// The proof of a key: what was asked, what the token says it holds, and who holds the caller to it.
public struct KeyReport: Sendable {
    /// Who enforces a line.
    public enum Holder: String, Sendable {
        case token, csp, nobody
    }

    /// One attribute of one object.
    public struct Line: Sendable {
        /// Which object: `private`, `public` or `secret`.
        public let object: String
        /// For instance `CKA_EXTRACTABLE`.
        public let attribute: String
        /// What the template asked for; nil where it did not, or where the key was made earlier.
        public let asked: String?
        /// What the token answers now; nil where it does not tell.
        public let onToken: String?
        public let heldBy: Holder
        /// The flag, key spec or rule behind it.
        public let because: String

        /// Whether the token holds what was asked. A line that nobody asked for agrees.
        public var agrees: Bool { asked == nil || asked == onToken }
    }

    /// Nil for a key without a container (a session key, CRYPT_VERIFYCONTEXT).
    public let container: String?
    public let spec: KeySpec?
    public let algorithm: AlgorithmID
    /// The key length; without parity for 3DES.
    public let bits: Int
    /// CKA_ID.
    public let id: [UInt8]
    /// The token's label.
    public let token: String
    public let tokenSerial: String
    /// The generation mechanism, for instance `CKM_RSA_PKCS_KEY_PAIR_GEN`.
    public let mechanism: String
    /// Which rung of the template ladder the token accepted; 0 is the full template.
    public let rung: Int
    public let lines: [Line]
    /// What follows from the flags beyond attributes.
    public let notes: [String]
    /// What the key asks of its user at each use.
    public let protection: KeyProtection
    /// Who enforces that, found out by trying; nil where there is nothing to enforce, or the private half is not shown.
    public let protectionHolder: Holder?
    /// The key's PKCS#11 URI; nil for a key that no container keeps.
    public var uri: String?
}

/// A report that is written when somebody asks for it: a key is generated in less time than its report is written in.
struct UnwrittenReport: Sendable {
    let write: @Sendable () -> KeyReport
}

// MARK: - Reading back

/// One object of a key, read back from the token.
struct ReadBack: Sendable {
    let object: String
    let template: KeyTemplate?
    let values: AttributeValues

    /// What an auditor wants to see beyond what was asked.
    static let facts: [AttributeType] = [.local, .alwaysSensitive, .neverExtractable, .keyGenMechanism]

    /// The attributes to read for a template's lines, in one call.
    static func types(_ object: String, _ lines: [TemplateLine]) -> [AttributeType] {
        var types = lines.map(\.attribute.type)
        let isOnCurve = types.contains(.ecParams)
        let hasDomain = types.contains(.prime)
        if object == "public" {
            types += isOnCurve ? [.ecPoint] : [.modulus, .publicExponent]
            types += [.derive, .encrypt]
            if hasDomain { types += StoredPair.domainAttributes }
        } else {
            types += facts
        }
        return types.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Whether it must be read back as asked, whatever the ladder left out.
    private static func isPolicy(_ type: AttributeType) -> Bool {
        switch type {
        case .token, .isPrivate, .sensitive, .extractable, .alwaysAuthenticate, .modulusBits, .valueLen, .label, .id:
            true
        default: false
        }
    }

    /// The first line that the token does not hold: of policy, or of what the template had on this rung.
    ///
    /// What the ladder left out, and the token allows beyond the key spec, the CSP holds instead.
    func violation(rung: Int) -> TemplateLine? {
        guard let lines = template?.lines else { return nil }
        // By places: a line is words as well, which nobody wants as long as all is well.
        for place in lines.indices {
            let type = lines[place].attribute.type
            let leftOutFrom = lines[place].leftOutFrom
            let isPolicy = leftOutFrom == nil || Self.isPolicy(type)
            // NSS does not tell CKA_MODULUS_BITS: the modulus itself does.
            let isHeld =
                values.matches(type, lines[place].attribute.bytes)
                ?? value(type).map { $0 == lines[place].attribute.bytes }
            let isViolated =
                switch isHeld {
                case nil: isPolicy && type != .publicExponent
                case true?: false
                case false?: isPolicy || leftOutFrom.map { rung < $0 } ?? true
                }
            if isViolated { return lines[place] }
        }
        return nil
    }

    private func value(_ type: AttributeType) -> [UInt8]? {
        if let value = values.bytes(type) { return value }
        guard type == .modulusBits, let modulus = values.bytes(.modulus) else { return nil }
        let digits = modulus.drop { $0 == 0 }
        return Attribute(.modulusBits, UInt(digits.first.map { digits.count * 8 - $0.leadingZeroBitCount } ?? 0)).bytes
    }

    /// - Parameter enforcement: who holds the caller to an attribute, where that was found out by trying.
    func lines(_ enforcement: [AttributeType: KeyReport.Holder] = [:]) -> [KeyReport.Line] {
        guard let template else { return [] }
        let asked = template.lines.map { line in
            let type = line.attribute.type
            let value = value(type).map { Attribute(type, bytes: $0).text }
            // What a token allows beyond the key spec, the CSP does not do.
            let holder = value == line.attribute.text ? enforcement[type] ?? .token : value == nil ? .nobody : .csp
            return KeyReport.Line(
                object: object, attribute: type.name, asked: line.attribute.text, onToken: value, heldBy: holder,
                because: line.because
            )
        }
        let held = template.heldByCSP.map { line in
            KeyReport.Line(
                object: object, attribute: line.attribute.type.name, asked: nil, onToken: nil, heldBy: .csp,
                because: line.because
            )
        }
        return asked + held + facts()
    }

    /// Lines for what nobody asked for, or for a key that was made earlier.
    func facts(_ types: [AttributeType] = facts, _ enforcement: [AttributeType: KeyReport.Holder] = [:]) -> [KeyReport
        .Line]
    {
        types.compactMap { type in
            guard let value = value(type) else { return nil }
            return KeyReport.Line(
                object: object, attribute: type.name, asked: nil, onToken: Attribute(type, bytes: value).text,
                heldBy: enforcement[type] ?? .token, because: "the token's own record"
            )
        }
    }
}
