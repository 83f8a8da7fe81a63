import Glibc
import PKCS11
import TokenCSP

extension Doctor {
    /// Who would be asked for a PIN.
    func promptFindings() -> [Finding] {
        let means = Interactions.means(configuration)
        let kind = configuration.interaction
        var findings: [Finding] = []
        if let named = configuration.pinentry, means.pinentry == nil {
            findings.append(
                Finding(
                    .prompts, .problem, "pinentry", "\(named), which the configuration names, is no program",
                    remedy: "correct 'pinentry' in the configuration file"))
        } else {
            findings.append(
                Finding(
                    .prompts, .ok, "pinentry", means.pinentry ?? "none on PATH",
                    remedy: means.pinentry == nil ? "for dialogs: apt install pinentry-gtk2 or pinentry-curses" : nil))
        }
        let isOff = kind == .none
        let uri = configuration.tokenURI.flatMap { try? TokenURI($0) }
        let hasSource = configuration.pinSource != nil || uri?.pinSource != nil || uri?.pinValue != nil
        let how: String? =
            switch kind {
            case .none: nil
            case .terminal: means.hasTerminal ? "on the terminal" : nil
            case .pinentry: means.pinentry.map { "by \($0)" }
            case .automatic:
                means.hasTerminal
                    ? "on the terminal"
                    : means.hasDisplay && means.pinentry != nil ? "by \(means.pinentry ?? "pinentry")" : nil
            }
        if let how {
            findings.append(
                Finding(.prompts, .ok, "a PIN", "would be asked for \(how) (interaction = \(kind.rawValue))"))
        } else {
            let why = isOff ? "interaction = none" : "no terminal, and no pinentry with a display"
            findings.append(
                Finding(
                    .prompts, hasSource ? .ok : .warning, "a PIN",
                    "nobody can be asked (\(why))" + (hasSource ? "; it comes from a source" : ""),
                    remedy: hasSource ? nil : "name a source: --pin-source or pin-source in the URI"))
        }
        return findings
    }

    /// RLIMIT_MEMLOCK.
    private static let lockedMemory = __rlimit_resource_t(8)

    /// Locks among processes, memory for secrets, the readers' daemon.
    func systemFindings(_ modules: [Examined]) -> [Finding] {
        var findings: [Finding] = []
        let descriptor = LockFile.open()
        if descriptor >= 0 {
            close(descriptor)
            let place = LockFile.places.first { access($0, W_OK) == 0 } ?? ""
            findings.append(Finding(.system, .ok, "locks", place))
        } else {
            findings.append(
                Finding(
                    .system, .warning, "locks",
                    "none of \(LockFile.places.joined(separator: ", ")) can be opened: processes that make keys at once "
                        + "are not kept apart",
                    remedy: "make /run/lock writable; remove a file of that name that another user owns"))
        }
        var limit = rlimit()
        if getrlimit(Self.lockedMemory, &limit) == 0 {
            let isEnough = limit.rlim_cur >= 65_536
            let amount = limit.rlim_cur == rlim_t.max ? "no limit" : "\(limit.rlim_cur / 1024) KiB"
            findings.append(
                Finding(
                    .system, isEnough ? .ok : .warning, "locked memory",
                    isEnough ? amount : "\(amount): PINs and keys may be swapped out",
                    remedy: isEnough ? nil : "ulimit -l 64 or more; LimitMEMLOCK= of a service"))
        }
        let wantsReaders = modules.contains { module in
            module.isChosen && ["opensc", "ykcs11"].contains { module.path.lowercased().contains($0) }
        }
        if wantsReaders, access("/run/pcscd/pcscd.comm", F_OK) != 0 {
            findings.append(
                Finding(
                    .system, .warning, "pcscd", "the daemon for card readers does not run",
                    remedy: "apt install pcscd; systemctl start pcscd.socket"))
        }
        let wantsSlots = modules.contains { $0.path.lowercased().contains("opencryptoki") && $0.isChosen }
        if wantsSlots, access("/run/pkcsslotd.socket", F_OK) != 0 {
            findings.append(
                Finding(
                    .system, .warning, "pkcsslotd", "opencryptoki's daemon does not run",
                    remedy: "systemctl start pkcsslotd, and be in the group pkcs11"))
        }
        return findings
    }
}
