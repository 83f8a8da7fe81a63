/// What `key attest` prints.
///
/// Keys: `manifest` (`file`, `sha256`), `agrees` (nothing differs), `complete` (everything was checked), `token` (the
/// URI of the token that was looked at), `token_differences`, `version_changes` (firmware and module: differences under
/// `--strict` only), `keys` (each with `container`, `spec`, `id`, `result`: agrees, differs, missing or partly checked,
/// `differences`: `field`, `expected`, `found`, `checked`: how many fields, `unchecked`: what could not be seen),
/// `extra_keys` (with `--strict`), `not_checked` (why, where something was not).
struct AttestResult: CommandResult {
    let manifest: ManifestNote
    let agrees: Bool
    let complete: Bool
    let token: String
    let tokenDifferences: [Difference]
    let versionChanges: [Difference]
    let keys: [KeyAttestation]
    let extraKeys: [ExtraKey]?
    let notChecked: String?

    var text: String {
        var table = Table("CONTAINER", "SPEC", "ID", "CHECKED", "RESULT")
        for key in keys {
            table.append(key.container, key.spec, shortened(key.id), String(key.checked), key.verdict)
        }
        return table.text() + differences + extra + "\n" + manifest.text + verdict + "\n"
    }

    private var differences: String {
        var table = Table("FIELD", "EXPECTED", "FOUND")
        var count = 0
        func add(_ differences: [Difference], _ title: String) {
            guard !differences.isEmpty else { return }
            table.section(title)
            for difference in differences {
                table.append(difference.field, difference.expected ?? "-", difference.found ?? "none")
            }
            count += differences.count
        }
        add(tokenDifferences, "token")
        for key in keys { add(key.differences, "\(key.container), \(key.spec)") }
        add(versionChanges, "other versions than at the ceremony")
        return count == 0 ? "" : "\n" + table.text()
    }

    private var extra: String {
        guard let extraKeys, !extraKeys.isEmpty else { return "" }
        var table = Table("KEY THAT THE MANIFEST LACKS", "SPEC", "KEY SET", "ALGORITHM", "BITS", "ID")
        for key in extraKeys {
            table.append(
                key.container, key.spec, key.keySet.rawValue, key.algorithm, String(key.bits), shortened(key.id))
        }
        return "\n" + table.text()
    }

    /// One line to end with.
    var verdict: String {
        let bad = keys.count { !$0.differences.isEmpty }
        var parts: [String] = []
        if !tokenDifferences.isEmpty { parts.append("this is another token than the manifest's") }
        if bad > 0 { parts.append("\(bad) of \(keys.count) keys differ from the manifest") }
        if let extraKeys, !extraKeys.isEmpty { parts.append("keys on the token that it lacks: \(extraKeys.count)") }
        if !agrees, parts.isEmpty { parts.append("other versions than the manifest's") }
        if let notChecked { parts.append("not checked: the private halves (\(notChecked))") }
        let all = keys.count == 1 ? "The key agrees" : "All \(keys.count) keys agree"
        return agrees
            ? (["\(all) with the manifest"] + parts).joined(separator: "; ") + "."
            : "Differs: " + parts.joined(separator: "; ") + "."
    }
}
