public import TokenCSP
public import X509

extension KeyUsage {
    /// The bits by their names in RFC 5280, in its order.
    private static let bits: [(name: String, other: String?, path: any WritableKeyPath<KeyUsage, Bool> & Sendable)] = [
        ("digitalSignature", nil, \.digitalSignature), ("nonRepudiation", "contentCommitment", \.nonRepudiation),
        ("keyEncipherment", nil, \.keyEncipherment), ("dataEncipherment", nil, \.dataEncipherment),
        ("keyAgreement", nil, \.keyAgreement), ("keyCertSign", nil, \.keyCertSign), ("cRLSign", nil, \.cRLSign),
        ("encipherOnly", nil, \.encipherOnly), ("decipherOnly", nil, \.decipherOnly),
    ]

    /// Usages by their names in RFC 5280, in any case: `digitalSignature`, `keyEncipherment`.
    ///
    /// - Throws: ERROR_INVALID_PARAMETER, with the names that there are.
    public init(names: some Sequence<String>) throws(CSPError) {
        self.init()
        for name in names {
            let wanted = name.lowercased()
            guard
                let bit = Self.bits.first(where: { $0.name.lowercased() == wanted || $0.other?.lowercased() == wanted })
            else {
                throw CSPError(
                    .invalidParameter,
                    "there is no key usage \"\(name)\": \(Self.bits.map(\.name).joined(separator: ", ")) are there")
            }
            self[keyPath: bit.path] = true
        }
    }

    /// Usages as Windows writes them (CERT_…_KEY_USAGE, an INF file's KeyUsage): 0xA0 is digitalSignature and
    /// keyEncipherment; 0x8000 is decipherOnly.
    ///
    /// - Throws: ERROR_INVALID_PARAMETER for bits that mean nothing.
    public init(windowsBits: UInt32) throws(CSPError) {
        guard windowsBits & ~0x80FF == 0 else {
            throw CSPError(
                .invalidParameter,
                "a key usage of 0x\(String(windowsBits, radix: 16)): 0xFF and 0x8000 are the bits there are")
        }
        self.init()
        for (index, bit) in Self.bits.dropLast().enumerated() {
            self[keyPath: bit.path] = windowsBits & 0x80 >> UInt32(index) != 0
        }
        decipherOnly = windowsBits & 0x8000 != 0
    }

    /// The names of the usages that are set.
    public var names: [String] { Self.bits.filter { self[keyPath: $0.path] }.map(\.name) }

    /// Whether none is set.
    var isEmpty: Bool { names.isEmpty }
}
