import Glibc
import PKCS11
import TokenCSP

/// Looks at everything, and goes on after each fault. Nobody is asked for anything, and no module is loaded into this
/// process.
struct Doctor {
    /// What is known of a module after its own process has ended.
    struct Examined {
        let path: String
        let name: String?
        /// Nil where the process gave no answer.
        let probe: ModuleProbe?
        /// Whether the chosen URI, or the lack of one, makes it count.
        let isChosen: Bool
    }

    let configuration: Configuration
    /// Why the configuration cannot be used; the rest is then looked at without it.
    let configurationFault: String?
    let p11Kit = P11KitConfiguration()
    /// A module that hangs is ended then.
    private static let patience = 10_000

    init(_ global: GlobalOptions) {
        do {
            configuration = try global.configuration()
            configurationFault = nil
        } catch {
            let uri = global.token ?? environment("TOKENCSP_TOKEN")
            configuration = Configuration(tokenURI: uri)
            configurationFault = (error as? CSPError)?.reason ?? "the configuration cannot be read"
        }
        // The modules' own processes take it from here.
        if let uri = configuration.tokenURI { setenv("TOKENCSP_TOKEN", uri, 1) }
        // A crash of theirs is an answer, and not to be looked into by Swift's runtime.
        setenv("SWIFT_BACKTRACE", "enable=no", 1)
    }

    func findings() -> [Finding] {
        let modules = examineModules()
        return configurationFindings() + environmentFindings() + moduleFindings(modules)
            + tokenFindings(modules) + mechanismFindings(modules) + faultFindings(modules) + promptFindings()
            + systemFindings(modules)
    }

    // MARK: - The modules' processes

    private func examineModules() -> [Examined] {
        let uri = configuration.tokenURI.flatMap { try? TokenURI($0) }
        var places: [(path: String, name: String?, isChosen: Bool)] = []
        for module in p11Kit.modules where !module.isTrustPolicy && !module.isDisabledHere {
            guard let path = module.path else { continue }
            let isChosen =
                uri.map { uri in
                    if let named = uri.modulePath { return realPath(named) == realPath(path) }
                    return uri.moduleName.map { $0 == module.name } ?? true
                } ?? true
            places.append((path, module.name, isChosen))
        }
        for path in [uri?.modulePath].compactMap({ $0 }) + configuration.initReserved.keys.sorted()
        where !places.contains(where: { realPath($0.path) == realPath(path) }) {
            places.append((path, nil, uri.map { $0.modulePath == path || !$0.namesModule } ?? true))
        }
        // One after the other: two at once would take a smart card from each other.
        return places.map { place in
            guard let child = ChildProcess(["probe-module", place.path]) else {
                return Examined(path: place.path, name: place.name, probe: nil, isChosen: place.isChosen)
            }
            let (end, output) = child.result(until: milliseconds() + Self.patience)
            return Examined(
                path: place.path, name: place.name, probe: ModuleProbe(output, end), isChosen: place.isChosen)
        }
    }

    // MARK: - Configuration

    private func configurationFindings() -> [Finding] {
        var findings: [Finding] = []
        var faults: [String] = []
        for file in Configuration.examineFiles() {
            switch file.state {
            case .read:
                findings.append(Finding(.configuration, .ok, file.path, "read"))
            case .absent:
                findings.append(Finding(.configuration, .ok, file.path, "not there; none is needed"))
            case .faulty(let reason):
                faults.append(reason)
                findings.append(
                    Finding(
                        .configuration, .problem, file.path, reason,
                        remedy: "mend the file: Documentation/Configuration.md"))
            }
            if file.isWritableByOthers {
                findings.append(
                    Finding(
                        .configuration, .warning, file.path, "others may write it, and so name another token",
                        remedy: "chmod go-w '\(file.path)'"))
            }
        }
        if let configurationFault, !faults.contains(configurationFault) {
            findings.append(Finding(.configuration, .problem, "", configurationFault))
        }
        return findings
    }
}

extension ModuleProbe {
    /// What a module's process said before it ended.
    init(_ output: [UInt8], _ end: ChildProcess.End) {
        switch end {
        case .exited(0):
            if let probe = Self(json: output) {
                self = probe
            } else {
                self.init(failure: "its answer cannot be read")
            }
        case .exited(let status): self.init(failure: "the process that loaded it ended with \(status)")
        case .signalled(let signal):
            let name = strsignal(signal).map { String(cString: $0) } ?? "signal \(signal)"
            self.init(failure: "it crashes when it is loaded or started: \(name)")
        case .timedOut: self.init(failure: "it does not answer within 10 seconds")
        }
    }
}

/// The path without links: a module is the same by whatever name.
func realPath(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
}

/// A variable of the environment; nil where it is absent or empty.
func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
}
