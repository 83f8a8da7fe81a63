public import FoundationEssentials
public import TokenCSP

/// What a certreq INF file asks for, understood as a whole: key and certificate request, or a self-signed certificate.
///
/// Pure: no token is touched. Everything that cannot be honoured is an error with its line; what is honoured in another way
/// than on Windows is in `notes`. The keys are those of Microsoft's page on certreq; Documentation/RequestFiles.md says what
/// becomes of each.
public struct INFRequest: Sendable {
    /// What is made.
    public enum Kind: Sendable, Hashable {
        /// A certificate request (PKCS10).
        case request
        /// A self-signed certificate, stored with the key (Cert).
        case certificate(CertificateValidity)
    }

    public internal(set) var kind = Kind.request
    /// Subject, extensions, hash.
    public internal(set) var options = CertificateOptions()

    // MARK: The key

    /// KeyContainer; nil: a new one with a name of its own.
    public internal(set) var container: String?
    /// UseExistingKeySet: no key is made.
    public internal(set) var usesExistingKey = false
    /// MachineKeySet.
    public internal(set) var isMachine = false
    /// Silent: nobody is asked for anything.
    public internal(set) var isSilent = false
    /// The provider by a name that TokenCSP has.
    public internal(set) var provider = ProviderProfile.all[0].name
    public internal(set) var spec = KeySpec.keyExchange
    /// The curve of KeyAlgorithm = ECDSA_…; nil for RSA.
    public internal(set) var curve: EllipticCurve?
    /// KeyLength in bits; nil for the provider's default.
    public internal(set) var bits: Int?
    /// What Exportable, UserProtected and KeyProtection stand for.
    public internal(set) var flags: KeyFlags = []
    /// What is done otherwise than on Windows.
    public internal(set) var notes: [String] = []

    /// - Parameters:
    ///   - file: the parsed INF file.
    ///   - now: when a certificate begins that says nothing of it.
    /// - Throws: ERROR_INVALID_PARAMETER, naming the line.
    public init(_ file: INFFile, now: Date = .now) throws(CSPError) {
        try Self.checkSections(file)
        guard let section = file.section("NewRequest") else {
            throw CSPError(.invalidParameter, "there is no section [NewRequest], which says what is to be made")
        }
        var settings = try INFSettings(section)
        try readKey(&settings)
        try readKind(&settings, now)
        try readNames(&settings)
        try readWindows(&settings)
        try settings.finish()
        try readUsages(file)
        try readExtensions(file)
        try readAttributes(file)
        try check(section)
    }

    /// The sections that there are.
    private static func checkSections(_ file: INFFile) throws(CSPError) {
        let known = [
            "version", "newrequest", "strings", "extensions", "enhancedkeyusageextension", "requestattributes",
        ]
        for section in file.sections where !known.contains(section.name.lowercased()) {
            let name = section.name.lowercased()
            let hint =
                name.hasPrefix("strings.")
                ? "strings of one language: put them into [Strings]"
                : "[Version], [NewRequest], [Strings], [Extensions], [EnhancedKeyUsageExtension] and [RequestAttributes] are known"
            throw INFFile.fault(section.line, "the section [\(shown(section.name))] is not known: \(hint)")
        }
        for entry in file.section("Version")?.entries ?? [] {
            guard entry.key.lowercased() == "signature" else {
                throw entry.fault("[Version] has the key Signature alone, and not \(shown(entry.key))")
            }
            guard ["$windows nt$", "$chicago$"].contains(entry.value.lowercased()) else {
                throw entry.fault("the signature is \"$Windows NT$\", and not \"\(shown(entry.value))\"")
            }
        }
    }

    /// What only shows when all is read.
    private mutating func check(_ section: INFFile.Section) throws(CSPError) {
        if usesExistingKey {
            guard container != nil else {
                throw INFFile.fault(section.line, "UseExistingKeySet = TRUE wants the key's KeyContainer")
            }
            guard flags.isEmpty else {
                throw INFFile.fault(
                    section.line,
                    "UseExistingKeySet = TRUE and Exportable, UserProtected or KeyProtection: an existing key stays as it is"
                )
            }
        }
        if case .certificate = kind, options.subject.isEmpty {
            throw INFFile.fault(section.line, "who signs a certificate needs a name: give Subject")
        }
        do throws(CSPError) {
            // The certificate is written as a trial: what cannot be said in one is no matter of the token.
            _ = try options.extensions()
        } catch {
            throw INFFile.fault(section.line, error.reason)
        }
    }
}

/// The keys of [NewRequest], each taken once; what nobody takes is not known.
struct INFSettings {
    private var entries: [String: INFFile.Entry] = [:]
    /// Where the section begins.
    let line: Int

    init(_ section: INFFile.Section) throws(CSPError) {
        line = section.line
        for entry in section.entries {
            guard let old = entries.updateValue(entry, forKey: entry.key.lowercased()) else { continue }
            throw entry.fault("\(shown(entry.key)) stands in line \(old.line) already")
        }
        guard !entries.isEmpty else { throw INFFile.fault(line, "[NewRequest] says nothing: Subject is the least") }
    }

    mutating func take(_ key: String) -> INFFile.Entry? { entries.removeValue(forKey: key.lowercased()) }

    /// TRUE or FALSE; nil where the key is not there.
    mutating func flag(_ key: String) throws(CSPError) -> (value: Bool, entry: INFFile.Entry)? {
        guard let entry = take(key) else { return nil }
        switch entry.value.lowercased() {
        case "true", "1", "yes": return (true, entry)
        case "false", "0", "no": return (false, entry)
        default: throw entry.fault("\(key) is TRUE or FALSE, and not \"\(shown(entry.value))\"")
        }
    }

    /// Refuses what was not taken: a key that does nothing would look as if it did something.
    func finish() throws(CSPError) {
        guard let entry = entries.values.min(by: { $0.line < $1.line }) else { return }
        throw entry.fault("the key \(shown(entry.key)) is not known in [NewRequest]: take it out, or mend its name")
    }
}

extension INFFile.Entry {
    /// A number: decimal, or hexadecimal with 0x.
    var number: UInt32? {
        let text = value.lowercased()
        guard let first = text.dropFirst(text.hasPrefix("0x") ? 2 : 0).first, first != "+", first != "-" else {
            return nil
        }
        return text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
    }

    /// A number, or names with `|` between them.
    ///
    /// - Parameter prefixes: what a name may begin with beside what the table has.
    func bits(_ names: [String: UInt32], _ prefixes: [String] = []) throws(CSPError) -> UInt32 {
        if let number { return number }
        var bits: UInt32 = 0
        for part in value.split(separator: "|", omittingEmptySubsequences: false) {
            var name = trimmed(String(part)).uppercased()
            for prefix in prefixes where name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
            guard let bit = names[name] else {
                let known = names.sorted { $0.value > $1.value }.map(\.key).joined(separator: ", ")
                throw fault("\(key) is a number such as 0xa0 or names with | between them: \(known)")
            }
            bits |= bit
        }
        return bits
    }
}
