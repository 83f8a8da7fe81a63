internal import PKCS11

/// What CryptGenKey will ask the token, worked out without touching it.
public struct GenerationPlan: Sendable {
    /// One attribute of the template.
    public struct Line: Sendable {
        /// Which object: `private`, `public` or `secret`.
        public let object: String
        /// For instance `CKA_EXTRACTABLE`.
        public let attribute: String
        /// For instance `true`, `2048`, `"alice"`.
        public let value: String
        /// The flag, key spec or rule that it carries.
        public let because: String
    }

    public let algorithm: AlgorithmID
    /// For instance `CKM_RSA_PKCS_KEY_PAIR_GEN`.
    public let mechanism: String
    /// The key length; without parity for 3DES.
    public let bits: Int
    public let lines: [Line]
    /// For each later rung of the ladder, what it leaves out of the template and leaves to reading back.
    public let ladder: [String]
    /// What follows from the flags beyond attributes, and what is ignored.
    public let notes: [String]

    /// - Parameters:
    ///   - algorithm: an ALG_ID, AT_KEYEXCHANGE (1) or AT_SIGNATURE (2).
    ///   - flags: CryptGenKey's dwFlags, with the key length in bits in the high word.
    ///   - container: the container's name; nil for the default one, which the configuration may name.
    ///   - contextFlags: those that the context would be acquired with.
    /// - Throws: as CryptGenKey would: NTE_BAD_FLAGS, NTE_BAD_ALGID, ERROR_INVALID_PARAMETER, NTE_SILENT_CONTEXT.
    package init(
        _ algorithm: AlgorithmID, flags: UInt32, container: String?, provider: String? = nil, type: ProviderType? = nil,
        contextFlags: Context.Flags = []
    ) throws(CSPError) {
        let profile = try ProviderProfile.find(name: provider, type: type)
        let request = try GenerationRequest(algorithm, rawFlags: flags, profile: profile, context: contextFlags)
        let name = try ContainerName(container).name
        let label = if let name { name } else { try Configuration.load().defaultContainerName }
        let keySet = KeySet(isMachine: contextFlags.contains(.machineKeySet))
        let templates: [KeyTemplate]
        switch request.kind {
        case .pair(let spec):
            let identity = request.isEphemeral ? [] : Self.identity(keySet.label(label), [])
            templates = [.privateKey(request, spec, identity), .publicKey(request, spec, identity)]
            mechanism = request.pair?.generation.name ?? ""
        case .secret:
            if let cipher = SessionAlgorithm.all[request.algorithm]?.onToken {
                templates = [.secretKey(request, cipher)]
                mechanism = cipher.generation.name
            } else {
                templates = []
                mechanism = "random bytes of the host"
            }
        }
        self.algorithm = request.algorithm
        bits = request.bits
        notes = request.notes
        lines = templates.flatMap { template in
            template.lines.map { line in
                let value =
                    line.attribute.type == .id
                    ? "<\(KeyIdentifier.length) bytes, new for each key>" : line.attribute.text
                return Line(
                    object: template.object, attribute: line.attribute.type.name, value: value, because: line.because
                )
            }
        }
        ladder = (1..<KeyTemplate.rungs).map { rung in
            templates.flatMap { template in
                template.leftOut(rung: rung).map { "\(template.object) \($0.attribute.type.name)=\($0.attribute.text)" }
            }.joined(separator: ", ")
        }
    }

    static func identity(_ label: String, _ id: [UInt8]) -> Template {
        [Attribute(.label, label), Attribute(.id, bytes: id)]
    }
}
