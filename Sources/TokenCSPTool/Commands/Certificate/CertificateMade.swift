import TokenCSP
import TokenCSPCertificates

/// What `self-sign`, `issue` and `export` print with `--json`:
/// `{"container": "web", "spec": "signature", "form": "pem", "certificate": "-----BEGIN…", "file": "web.pem",
/// "details": {…see CertificateResult…}, "left_out": ["2.5.29.19"], "written_to": "web"}`
///
/// `certificate` is base64 where the form is der; `file` is absent without `--out`, `left_out` (extensions of the request
/// that were not taken over) but for `issue`, `written_to` (a container) where nothing was stored.
struct CertificateMade: CommandResult {
    let container: String?
    let spec: String?
    let form: String
    let certificate: String
    let file: String?
    let details: CertificateResult
    var leftOut: [String]?
    var writtenTo: String?

    var text: String { certificate }
}

/// Puts certificates on the token.
enum CertificateWriting {
    /// Asks where another certificate is stored with the key.
    static func confirm(_ key: Key, _ container: String?, replacingBy der: [UInt8]?, yes: Bool) throws {
        guard let old = try key.certificate(), old != der else { return }
        let subject = (try? CertificateDescription(der: old))?.subject ?? ""
        try Confirmation.require(
            "Replace the certificate (\(subject)) that is stored with the key of \(describe(container: container))?",
            yes: yes)
    }

    /// Asks where another certificate of the same CA, key and issuer is stored without its key.
    static func confirm(authority der: [UInt8], _ label: String, in context: Context, yes: Bool) throws {
        guard !yes else { return }
        let content = try CertificateContent(der)
        for old in try context.certificates() where old.container == nil && old.der != der {
            guard let other = old.content, other.subject == content.subject, other.issuer == content.issuer,
                other.subjectPublicKeyInfo == content.subjectPublicKeyInfo
            else { continue }
            let subject = (try? CertificateDescription(der: old.der))?.subject ?? ""
            try Confirmation.require(
                "Replace the certificate (\(subject)) that is stored as \"\(old.label)\"?", yes: false)
            return
        }
    }

    /// The key of a container that a certificate is of; either.
    static func key(of der: [UInt8], in context: Context, _ spec: KeySpecArgument?) throws -> (key: Key, spec: KeySpec)
    {
        let content = try CertificateContent(der)
        for spec in spec.map({ [$0.keySpec] }) ?? [.signature, .keyExchange] {
            guard let key = try CertificateWriting.key(spec, in: context) else { continue }
            if try key.publicKey().subjectPublicKeyInfo() == content.subjectPublicKeyInfo { return (key, spec) }
        }
        throw CSPError(
            .badPublicKey, "the certificate is of no key of \(describe(container: context.containerName))")
    }

    /// A container's key; nil where it has none for this spec.
    static func key(_ spec: KeySpec, in context: Context) throws(CSPError) -> Key? {
        do throws(CSPError) {
            return try context.userKey(spec)
        } catch {
            guard error.code == .noKey else { throw error }
            return nil
        }
    }
}
