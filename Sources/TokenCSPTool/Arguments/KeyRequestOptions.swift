import ArgumentParser
import TokenCSP
import TokenCSPCertificates

/// A certificate request for each key that is made, signed by it in the same step.
struct KeyRequestOptions: ParsableArguments {
    @OptionGroup(title: "Certificate request") var content: CertificateContentOptions

    @Option(
        help: ArgumentHelp(
            "Where the request goes, in PEM; %s stands for the container's name, as in 'requests/%s.csr'.",
            valueName: "file"), completion: .file())
    var requestOut: String?

    /// Whether requests are made.
    var isAsked: Bool { content.subject != nil || !content.san.isEmpty }

    mutating func validate() throws {
        guard !isAsked else {
            if let requestOut { _ = try Self.path(requestOut, container: "container") }
            return
        }
        let others = [
            (requestOut != nil, "--request-out"), (!content.keyUsage.isEmpty, "--key-usage"),
            (!content.extendedKeyUsage.isEmpty, "--extended-key-usage"), (content.isAuthority, "--ca"),
            (!content.extensions.isEmpty, "--extension"), (content.hash != nil, "--hash"),
        ]
        if let other = others.first(where: \.0) {
            throw ValidationError(
                "\(other.1) is for a certificate request, which names somebody: give --subject 'CN=…' or --san dns:…")
        }
    }

    /// Refuses, before a key is made, what could not become the request of one.
    ///
    /// - Parameter replace: whether files that are there are replaced, as keys are.
    func check(_ containers: [String?], _ plan: GenerationPlan, _ ceremony: CeremonyOptions, replace: Bool) throws {
        guard isAsked else { return }
        try requireSigner(plan)
        for container in containers {
            if let container, !Self.isURI(container) {
                _ = try content.options(container: container)
            } else if usesName {
                throw ValidationError(
                    "{container} and --request-out's %s stand for a container's name: give --container with a plain one"
                )
            }
            guard let requestOut else { continue }
            let path = try Self.path(requestOut, container: container ?? "")
            guard path != ceremony.manifest else {
                throw ValidationError("--request-out and --manifest name the same file: \(path)")
            }
            try NewFile.requirePossible(path, isSecret: false)
            if !replace, permissions(of: path) != nil {
                throw ToolError(.exists, "\(printable(path)) exists already, and no key was made")
            }
        }
        if ceremony.count != nil, let requestOut, try !Self.hasPlace(requestOut) {
            throw ValidationError(
                "--count makes a request for each key: --request-out needs a %s, as in 'requests/%s.csr'")
        }
    }

    /// The request in PEM, signed by the key.
    func request(_ key: Key, container: String?) throws -> String {
        CertificateDocument.pem(
            try key.certificateRequest(content.options(container: container)).derBytes(), CertificateRequest.kind)
    }

    /// The file that a container's request goes to; nil where none is asked for.
    func path(_ container: String) throws -> String? {
        try requestOut.map { try Self.path($0, container: container) }
    }

    // MARK: - Which keys

    private func requireSigner(_ plan: GenerationPlan) throws {
        let hashes: [HashAlgorithm]
        switch plan.algorithm {
        case .rsaSign, .rsaKeyExchange:
            guard plan.bits >= 2048 else {
                throw ToolError(
                    .usage,
                    "requests are made for RSA keys of 2048 bits and more, and not of \(plan.bits): no key was made")
            }
            hashes = [.sha1, .sha256, .sha384, .sha512]
        case .ecdsa: hashes = [.sha256, .sha384, .sha512]
        case .ed25519: hashes = []
        default:
            throw ToolError(
                .usage,
                "no request is made for a \(plan.algorithm) key, which signs none: RSA, ECDSA and Ed25519 keys do")
        }
        if let hash = content.hash, !hashes.contains(hash) {
            throw ToolError(
                .usage, "a \(plan.algorithm) key signs no request with --hash \(hash.rawValue): leave it out")
        }
    }

    private static func isURI(_ container: String) -> Bool {
        container.lowercased().hasPrefix("pkcs11:") || container.hasPrefix("\\")
    }

    // MARK: - Places for the name

    private var usesName: Bool {
        let texts = [content.subject ?? ""] + content.san
        let hasPlace = requestOut.map { (try? Self.hasPlace($0)) ?? false } ?? false
        return hasPlace || texts.contains { $0.contains(ContainerNames.placeholder) }
    }

    private static func hasPlace(_ pattern: String) throws -> Bool {
        try path(pattern, container: "a") != path(pattern, container: "b")
    }

    /// A pattern with the name in it: of `%s` and `%%` alone.
    private static func path(_ pattern: String, container: String) throws -> String {
        var path = ""
        var rest = pattern[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                path.append(character)
                continue
            }
            switch rest.popFirst() {
            case "%": path.append("%")
            case "s":
                // A name is a part of one, and chooses no other folder.
                guard !container.contains("/"), !container.hasPrefix("."), !container.utf8.contains(0) else {
                    throw ToolError(
                        .usage,
                        "no file is named after \(describe(container: container)): give --request-out without %s")
                }
                path += container
            default:
                throw ValidationError("--request-out: %s stands for the container's name, and %% for a percent sign")
            }
        }
        guard !path.isEmpty, path != "-" else {
            throw ValidationError("--request-out names a file; the request stands in --json and the manifest too")
        }
        return path
    }
}
