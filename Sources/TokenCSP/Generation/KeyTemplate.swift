internal import PKCS11

/// One attribute of a key that is to be made, and why it is asked for.
struct TemplateLine: Sendable {
    let attribute: Attribute
    /// The flag, key spec or rule that it carries.
    let because: String
    /// The rung of the ladder from which on it is left out; nil: never, because it carries what a flag asked for.
    var leftOutFrom: Int?

    init(_ attribute: Attribute, _ because: String, leftOutFrom: Int? = nil) {
        self.attribute = attribute
        self.because = because
        self.leftOutFrom = leftOutFrom
    }
}

/// The attributes of one object that is to be made.
final class KeyTemplate: Sendable {
    /// `private`, `public` or `secret`.
    let object: String
    let lines: [TemplateLine]
    /// What the token does not take, and the CSP holds the user to by itself.
    let heldByCSP: [TemplateLine]
    /// All of the lines' attributes.
    private let full: Template
    /// What is read back of the object.
    let readBack: [AttributeType]

    init(object: String, lines: [TemplateLine], heldByCSP: [TemplateLine] = []) {
        self.object = object
        self.lines = lines
        self.heldByCSP = heldByCSP
        full = lines.map(\.attribute)
        readBack = ReadBack.types(object, lines)
    }

    /// Rungs of the ladder: the full template, then ever less of what reading back can hold as well.
    static let rungs = 4

    func attributes(rung: Int, changing changes: Template = []) -> Template {
        if rung == 0, changes.isEmpty { return full }
        return lines.filter { $0.leftOutFrom.map { rung < $0 } ?? true }.map {
            changes[$0.attribute.type] ?? $0.attribute
        }
    }

    /// The same with one attribute's value changed.
    func changing(_ attribute: Attribute) -> KeyTemplate {
        let changed = lines.map { line in
            guard line.attribute.type == attribute.type else { return line }
            return TemplateLine(attribute, line.because, leftOutFrom: line.leftOutFrom)
        }
        return KeyTemplate(object: object, lines: changed, heldByCSP: heldByCSP)
    }

    /// The same without an attribute, which the CSP makes good for.
    func holding(_ type: AttributeType) -> KeyTemplate {
        KeyTemplate(
            object: object, lines: lines.filter { $0.attribute.type != type },
            heldByCSP: lines.filter { $0.attribute.type == type })
    }

    func leftOut(rung: Int) -> [TemplateLine] {
        lines.filter { $0.leftOutFrom == rung }
    }
}

// MARK: - The templates

extension KeyTemplate {
    static func privateKey(_ request: GenerationRequest, _ spec: KeySpec, _ identity: Template) -> KeyTemplate {
        kept("private", request, spec, identity) { newPrivateKey(request, spec, identity) }
    }

    static func publicKey(_ request: GenerationRequest, _ spec: KeySpec, _ identity: Template) -> KeyTemplate {
        kept("public", request, spec, identity) { newPublicKey(request, spec, identity) }
    }

    static func secretKey(_ request: GenerationRequest, _ cipher: SessionAlgorithm.OnToken) -> KeyTemplate {
        kept("secret", request, nil, []) { newSecretKey(request, cipher) }
    }

    private static func newPrivateKey(
        _ request: GenerationRequest, _ spec: KeySpec, _ identity: Template
    ) -> KeyTemplate {
        let policy = request.isExportable ? "CRYPT_EXPORTABLE" : "no CRYPT_EXPORTABLE"
        // A flag's own attribute is never left out; the rest is held by reading back.
        let mayDefault: Int? = request.isExportable ? nil : 3
        var lines = [
            TemplateLine(Attribute(.privateKey), "always", leftOutFrom: 2),
            TemplateLine(Attribute(request.pair?.keyType ?? .rsa), request.algorithm.name, leftOutFrom: 2),
            TemplateLine(Attribute(.token, !request.isEphemeral), place(request)),
            // A key without a login, but of this process alone: CRYPT_VERIFYCONTEXT has no PIN.
            TemplateLine(Attribute(.isPrivate, !request.isEphemeral), place(request), leftOutFrom: 3),
        ]
        lines += identity.map { TemplateLine($0, "container") }
        lines += [
            TemplateLine(Attribute(.sensitive, true), "always", leftOutFrom: mayDefault),
            TemplateLine(
                Attribute(.extractable, request.isExportable || request.isEphemeral && request.isArchivable),
                request.isArchivable ? "CRYPT_ARCHIVABLE" : policy, leftOutFrom: request.isArchivable ? nil : mayDefault
            ),
        ]
        if request.isUserProtected {
            let flag =
                request.flags.contains(.userProtected) ? "CRYPT_USER_PROTECTED" : "CRYPT_FORCE_KEY_PROTECTION_HIGH"
            lines.append(TemplateLine(Attribute(.alwaysAuthenticate, true), flag))
        }
        let uses = request.pair?.privateUses ?? []
        lines += usage(spec, uses)
        lines += unused([.signRecover, .derive].filter { type in !uses.contains { $0.0 == type } })
        return KeyTemplate(object: "private", lines: lines)
    }

    private static func newPublicKey(
        _ request: GenerationRequest, _ spec: KeySpec, _ identity: Template
    ) -> KeyTemplate {
        var lines = [
            TemplateLine(Attribute(.publicKey), "always", leftOutFrom: 2),
            TemplateLine(Attribute(request.pair?.keyType ?? .rsa), request.algorithm.name, leftOutFrom: 2),
            TemplateLine(Attribute(.token, !request.isEphemeral), place(request)),
            TemplateLine(Attribute(.isPrivate, false), "listing asks for no PIN", leftOutFrom: 3),
        ]
        lines += identity.map { TemplateLine($0, "container") }
        lines += numbers(request)
        let uses = request.pair?.publicUses ?? []
        lines += usage(spec, uses)
        lines += unused([.verifyRecover, .derive].filter { type in !uses.contains { $0.0 == type } })
        return KeyTemplate(object: "public", lines: lines)
    }

    /// What a public template says of the numbers that are to be made.
    private static func numbers(_ request: GenerationRequest) -> [TemplateLine] {
        if let curve = request.curve {
            return [TemplateLine(Attribute(.ecParams, bytes: curve.parameters), "key length")]
        }
        if let domain = request.domain {
            let subprime = domain.subprime.map { TemplateLine(Attribute(.subprime, bytes: $0), "domain parameters") }
            return [TemplateLine(Attribute(.prime, bytes: domain.prime), "domain parameters")]
                + [subprime].compactMap { $0 }
                + [TemplateLine(Attribute(.base, bytes: domain.base), "domain parameters")]
        }
        guard request.pair?.family == .rsa else { return [] }
        return [
            TemplateLine(Attribute(.modulusBits, UInt(clamping: request.bits)), "key length"),
            TemplateLine(Attribute(.publicExponent, bytes: [0x01, 0x00, 0x01]), "always"),
        ]
    }

    private static func newSecretKey(
        _ request: GenerationRequest, _ cipher: SessionAlgorithm.OnToken
    ) -> KeyTemplate {
        let isExtractable = request.isExportable || request.isArchivable
        let mayDefault: Int? = isExtractable ? nil : 3
        let policy =
            request.isExportable
            ? "CRYPT_EXPORTABLE" : request.isArchivable ? "CRYPT_ARCHIVABLE" : "no CRYPT_EXPORTABLE"
        var lines = [
            TemplateLine(Attribute(.secretKey), "always", leftOutFrom: 2),
            TemplateLine(Attribute(cipher.keyType), request.algorithm.name, leftOutFrom: 2),
            TemplateLine(Attribute(.token, false), "session key"),
            TemplateLine(Attribute(.isPrivate, false), "session key", leftOutFrom: 3),
            TemplateLine(Attribute(.sensitive, true), "always", leftOutFrom: mayDefault),
            TemplateLine(Attribute(.extractable, isExtractable), policy, leftOutFrom: mayDefault),
        ]
        if cipher.hasLength {
            lines.append(TemplateLine(Attribute(.valueLen, UInt(clamping: request.bits / 8)), "key length"))
        }
        for type in [AttributeType.encrypt, .decrypt, .wrap, .unwrap, .sign, .verify] {
            lines.append(TemplateLine(Attribute(type, true), request.algorithm.name))
        }
        lines += unused([.derive])
        return KeyTemplate(object: "secret", lines: lines)
    }

    private static func place(_ request: GenerationRequest) -> String {
        request.pair?.isEphemeral == true
            ? request.algorithm.name : request.isEphemeral ? "CRYPT_VERIFYCONTEXT" : "always"
    }

    private static func usage(_ spec: KeySpec, _ uses: [(AttributeType, Bool)]) -> [TemplateLine] {
        uses.map { TemplateLine(Attribute($0.0, $0.1), spec.name, leftOutFrom: $0.1 ? nil : 2) }
    }

    private static func unused(_ types: [AttributeType]) -> [TemplateLine] {
        types.map { TemplateLine(Attribute($0, false), "no flag asks for it", leftOutFrom: 1) }
    }
}

// MARK: - Kept templates

extension KeyTemplate {
    /// All that the template of a key without a name depends on.
    private struct Kind: Hashable {
        let object: String
        let algorithm: AlgorithmID
        let spec: KeySpec?
        let bits: Int
        let flags: KeyFlags
        let isEphemeral: Bool
    }

    private static let kinds = Lock<[Kind: KeyTemplate]>([:])
    private static let most = 64
    private static let policy: KeyFlags = [.exportable, .archivable, .userProtected, .forceKeyProtectionHigh]

    /// The template, which is the same for each key without a name: worked out once.
    private static func kept(
        _ object: String, _ request: GenerationRequest, _ spec: KeySpec?, _ identity: Template,
        _ make: () -> KeyTemplate
    ) -> KeyTemplate {
        guard identity.isEmpty, request.domain == nil else { return make() }
        let kind = Kind(
            object: object, algorithm: request.algorithm, spec: spec, bits: request.bits,
            flags: request.flags.intersection(policy), isEphemeral: request.isEphemeral)
        if let known = kinds.withLock({ $0[kind] }) { return known }
        let template = make()
        kinds.withLock { kinds in
            if kinds.count >= most { kinds = [:] }
            kinds[kind] = template
        }
        return template
    }
}

// MARK: - Words

extension Attribute {
    /// The value as a person reads it.
    var text: String {
        switch type {
        // A generator is one byte, and no truth value.
        case .id, .prime, .subprime, .base: return hexadecimal(bytes)
        case .label, .application: return "\"" + String(decoding: bytes, as: UTF8.self) + "\""
        case .objectClass: return Self.classNames[uint ?? .max] ?? hexadecimal(bytes)
        case .keyType: return Self.keyTypeNames[uint ?? .max] ?? hexadecimal(bytes)
        case .ecParams: return EllipticCurve(parameters: bytes)?.rawValue ?? hexadecimal(bytes)
        case .keyGenMechanism: return uint.map { MechanismType(rawValue: $0).name } ?? hexadecimal(bytes)
        default: break
        }
        if bytes.count == 1 { return bytes[0] == 0 ? "false" : "true" }
        if type == .modulusBits || type == .valueLen, let uint { return String(uint) }
        return hexadecimal(bytes)
    }

    private var uint: UInt? {
        guard bytes.count == MemoryLayout<UInt>.size else { return nil }
        return bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt.self) }
    }

    private static let classNames: [UInt: String] = [2: "CKO_PUBLIC_KEY", 3: "CKO_PRIVATE_KEY", 4: "CKO_SECRET_KEY"]
    private static let keyTypeNames: [UInt: String] = [
        0x00: "CKK_RSA", 0x01: "CKK_DSA", 0x02: "CKK_DH", 0x03: "CKK_EC", 0x40: "CKK_EC_EDWARDS", 0x14: "CKK_DES2",
        0x15: "CKK_DES3", 0x1F: "CKK_AES",
    ]
}
