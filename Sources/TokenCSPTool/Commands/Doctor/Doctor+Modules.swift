import PKCS11
import TokenCSP

extension Doctor {
    func moduleFindings(_ modules: [Examined]) -> [Finding] {
        var findings = modules.flatMap { module in
            // One that nobody asked for and that has no reader or daemon here stops nothing.
            let level: Finding.Level = module.isChosen && configuration.tokenURI != nil ? .problem : .warning
            let subject = module.name.map { "\($0) (\(module.path))" } ?? module.path
            guard let probe = module.probe else {
                return [Finding(.modules, level, subject, "no process could be started to look at it")]
            }
            if let failure = probe.failure {
                return [Finding(.modules, level, subject, failure, remedy: Self.remedy(module.path, failure))]
            }
            let tokens = probe.tokens.count { $0.description.isInitialized }
            let about =
                "\(probe.description) \(probe.version) of \(probe.manufacturer), PKCS #11 \(probe.cryptokiVersion), "
                + "\(tokens) token\(tokens == 1 ? "" : "s")"
            return [Finding(.modules, .ok, subject, about)]
                + probe.faultySlots.map { Finding(.modules, .warning, subject, $0) }
        }
        let name = configuration.tokenURI.flatMap { try? TokenURI($0) }?.moduleName
        if let name, !p11Kit.modules.contains(where: { $0.name == name }) {
            findings.append(
                Finding(
                    .modules, .problem, "module-name=\(name)",
                    "p11-kit has no module of that name: "
                        + "\(p11Kit.folders.joined(separator: ", "))",
                    remedy: "name it by module-path=/path/to/module.so in place of module-name"))
        }
        if modules.isEmpty {
            findings.append(
                Finding(
                    .modules, .problem, "", "p11-kit has no module configured, and no URI names one",
                    remedy: "install one (softhsm2, opensc-pkcs11) or name it by module-path in TOKENCSP_TOKEN"))
        }
        return findings
    }

    private static func remedy(_ path: String, _ failure: String) -> String {
        let path = path.lowercased()
        if failure.contains("cannot open shared object file") || failure.contains("No such file") {
            return "install the package that has it, or correct the path"
        }
        if path.contains("softokn") {
            return "NSS wants init-reserved in the configuration file: Documentation/Configuration.md"
        }
        if path.contains("opencryptoki") { return "start pkcsslotd, and be in the group pkcs11" }
        if path.contains("softhsm") { return "see SOFTHSM2_CONF above" }
        if path.contains("opensc") || path.contains("ykcs11") { return "start pcscd, and look with 'pcsc_scan'" }
        return "look at what the module's own tool says; p11-kit list-modules"
    }

    // MARK: - What is known of them

    func faultFindings(_ modules: [Examined]) -> [Finding] {
        modules.flatMap { module -> [Finding] in
            guard module.isChosen, let probe = module.probe, probe.failure == nil, !probe.tokens.isEmpty else {
                return []
            }
            let names = [probe.description, probe.manufacturer, module.path] + probe.tokens.map(\.description.model)
            let subject = module.name ?? (probe.manufacturer.isEmpty ? probe.description : probe.manufacturer)
            return KnownFault.of(names).map { fault in
                Finding(
                    .knownFaults, fault.handled == nil ? .warning : .ok, subject,
                    fault.fault + (fault.handled.map { "; \($0)" } ?? ""), remedy: fault.remedy)
            }
        }
    }

    func mechanismFindings(_ modules: [Examined]) -> [Finding] {
        chosenTokens(modules).flatMap { token -> [Finding] in
            let there = Set(token.mechanisms.map { MechanismType(rawValue: $0.type) })
            let subject = "token \"\(token.description.label)\""
            let missing = MechanismNeed.all.filter { need in !need.anyOf.contains { there.contains($0) } }
            guard !missing.isEmpty else {
                return [Finding(.mechanisms, .ok, subject, "all that the commands use, of \(there.count)")]
            }
            return missing.map { need in
                Finding(
                    .mechanisms, need.instead == nil ? .warning : .ok, subject,
                    "no \(need.names): without \(need.without)" + (need.instead.map { "; \($0)" } ?? ""))
            }
        }
    }

    /// The initialized tokens that the URI means.
    func chosenTokens(_ modules: [Examined]) -> [ModuleProbe.Token] {
        modules.filter(\.isChosen).flatMap { $0.probe?.tokens ?? [] }.filter {
            $0.isMeant && $0.description.isInitialized
        }
    }
}
