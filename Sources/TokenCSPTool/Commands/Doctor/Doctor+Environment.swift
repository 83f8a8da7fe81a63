import Glibc
import PKCS11
import TokenCSP

extension Doctor {
    func environmentFindings() -> [Finding] {
        var findings: [Finding] = []
        for name in ["TOKENCSP_CONFIG", "TOKENCSP_INTERACTION", "TOKENCSP_LOG"] {
            guard let value = environment(name) else { continue }
            findings.append(Finding(.environment, .ok, name, value))
        }
        if let uri = configuration.tokenURI { findings += tokenURIFindings(uri) }
        findings += softHSMFindings()
        for name in ["P11_KIT_STRICT", "P11_KIT_NO_USER_CONFIG", "P11_KIT_SERVER_ADDRESS"] {
            guard let value = environment(name) else { continue }
            findings.append(Finding(.environment, .ok, name, value))
        }
        for override in p11Kit.overrides { findings.append(Finding(.environment, .warning, "p11-kit", override)) }
        for module in p11Kit.modules where module.isDisabledHere {
            findings.append(
                Finding(
                    .environment, .warning, "p11-kit", "\(module.file) leaves tokencsp out (enable-in or disable-in)",
                    remedy: "name the module by module-path in the token's URI, or change that file"))
        }
        return findings
    }

    // MARK: - The token's URI

    private func tokenURIFindings(_ text: String) -> [Finding] {
        let subject = "the token's URI"
        let uri: TokenURI
        do throws(PKCS11Error) {
            uri = try TokenURI(text)
        } catch {
            return [
                Finding(
                    .environment, .problem, subject, error.message,
                    remedy: "'tokencsp token list --json' prints the URIs of the tokens at hand")
            ]
        }
        // Its text is without a PIN.
        var findings = [Finding(.environment, .ok, subject, uri.text)]
        if uri.pinValue != nil {
            findings.append(
                Finding(
                    .environment, .warning, subject, "a PIN stands in it (pin-value), where other programs can read it",
                    remedy: "use pin-source=file:PATH, or be asked"))
        }
        if let source = configuration.pinSource ?? uri.pinSource { findings += pinSourceFindings(source) }
        return findings
    }

    /// Looks at the place that a PIN would come from, and does not read it.
    private func pinSourceFindings(_ source: String) -> [Finding] {
        let subject = "PIN source"
        if let fault = PINSource.formFault(source) { return [Finding(.environment, .problem, subject, fault)] }
        let name = PINSource.name(source)
        if source.hasPrefix("env:"), environment(String(source.dropFirst(4))) == nil {
            return [Finding(.environment, .problem, subject, "\(name): the environment has no such variable")]
        }
        let isFile = source.hasPrefix("file:") || source.hasPrefix("/")
        guard isFile else { return [Finding(.environment, .ok, subject, name)] }
        var path = source.hasPrefix("file:") ? String(source.dropFirst(5)) : source
        if path.hasPrefix("//") { path.removeFirst(2) }
        guard let mode = permissions(of: path), access(path, R_OK) == 0 else {
            return [
                Finding(
                    .environment, .problem, subject, "\(name): \(systemMessage(errno))",
                    remedy: "make the file readable for the user that runs this, or name another by --pin-source")
            ]
        }
        guard mode & (S_IRGRP | S_IROTH) == 0 else {
            return [
                Finding(
                    .environment, .warning, subject, "\(name): others may read the PIN", remedy: "chmod 600 '\(path)'")
            ]
        }
        return [Finding(.environment, .ok, subject, name)]
    }

    // MARK: - SoftHSM's file

    private func softHSMFindings() -> [Finding] {
        let isUsed =
            environment("SOFTHSM2_CONF") != nil || configuration.tokenURI?.lowercased().contains("softhsm") == true
            || p11Kit.modules.contains { $0.path?.contains("softhsm") == true }
        guard isUsed else { return [] }
        let named = environment("SOFTHSM2_CONF")
        let home = environment("HOME").map { $0 + "/.config/softhsm2/softhsm2.conf" }
        let path = named ?? home.flatMap { access($0, F_OK) == 0 ? $0 : nil } ?? "/etc/softhsm/softhsm2.conf"
        let subject = named == nil ? "SoftHSM" : "SOFTHSM2_CONF"
        guard access(path, R_OK) == 0 else {
            let remedy =
                named == nil
                ? "add the user to the group softhsm, or point SOFTHSM2_CONF to a file of the user's own"
                : "SOFTHSM2_CONF should name a file that this user can read"
            return [
                Finding(
                    .environment, named == nil ? .warning : .problem, subject,
                    "\(path) cannot be read: \(systemMessage(errno))", remedy: remedy)
            ]
        }
        guard let folder = tokenFolder(path) else {
            return [Finding(.environment, .ok, subject, "\(path), which names no directories.tokendir")]
        }
        guard access(folder, R_OK | W_OK | X_OK) == 0 else {
            return [
                Finding(
                    .environment, .problem, subject, "the tokens' folder \(folder) of \(path): \(systemMessage(errno))",
                    remedy: "make it, or give this user the right to read and write it")
            ]
        }
        return [Finding(.environment, .ok, subject, "\(path), tokens in \(folder)")]
    }

    private func tokenFolder(_ path: String) -> String? {
        guard let file = try? InputFile(path), let bytes = try? file.content(limit: 1 << 20, of: "configuration") else {
            return nil
        }
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "=", maxSplits: 1).map { part in
                String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            if parts.count == 2, parts[0] == "directories.tokendir" { return parts[1] }
        }
        return nil
    }
}
