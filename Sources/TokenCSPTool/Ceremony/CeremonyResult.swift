import TokenCSP

/// What `key generate --count` prints.
///
/// `{"keys": [{"key": {…a report…}, "placement", "lifetime", "after_close"}], "asked": 5, "made": 5,
/// "manifest": {"file", "sha256"}}`; `manifest` is absent without `--manifest`, `made` below `asked` where it failed.
struct CeremonyResult: CommandResult {
    static let emptyNote = "No key was made."

    let asked: Int
    let made: Int
    let keys: [KeyGenerateResult]
    let manifest: ManifestNote?

    var text: String {
        guard !keys.isEmpty else { return "" }
        var table = Table("CONTAINER", "SPEC", "ALGORITHM", "BITS", "ID", "POLICY")
        for key in keys {
            let report = key.afterClose ?? key.key
            table.append(
                report.container ?? "", report.spec ?? "", report.algorithm, String(report.bits), shortened(report.id),
                report.policy?.sentence ?? "")
        }
        let agreeing = keys.count { $0.key.agrees }
        let proof =
            agreeing == keys.count ? "what the token holds agrees" : "of \(keys.count - agreeing) some lines differ"
        return table.text() + "\n\(made) of \(asked) keys made. Read back: \(proof).\n" + (manifest?.text ?? "")
    }
}

/// A manifest that was written: `{"file": "tls.json", "sha256": "0a1b…"}`.
struct ManifestNote: Encodable {
    let file: String
    let sha256: String

    var text: String { "Manifest: \(printable(file)), SHA-256 \(sha256)\n" }
}

extension ManifestNote {
    init?(_ file: ManifestFile?) {
        guard let file, let digest = file.digest else { return nil }
        self.init(file: file.path, sha256: hexadecimal(digest))
    }
}
