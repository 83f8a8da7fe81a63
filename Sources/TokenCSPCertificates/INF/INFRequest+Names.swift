internal import SwiftASN1
internal import TokenCSP
internal import X509

/// How CertStrToName reads a name: X500NameFlags.
struct INFNameRules {
    var isForward = false
    /// The characters that separate its parts.
    var separators: Set<Unicode.Scalar> = [",", ";"]
    var hasPlus = true
    var hasQuotes = true

    static let flags: [String: UInt32] = [
        "CERT_NAME_STR_NONE": 0, "CERT_OID_NAME_STR": 2, "CERT_X500_NAME_STR": 3,
        "CERT_NAME_STR_SEMICOLON_FLAG": 0x4000_0000, "CERT_NAME_STR_NO_PLUS_FLAG": 0x2000_0000,
        "CERT_NAME_STR_NO_QUOTING_FLAG": 0x1000_0000, "CERT_NAME_STR_CRLF_FLAG": 0x800_0000,
        "CERT_NAME_STR_COMMA_FLAG": 0x400_0000, "CERT_NAME_STR_REVERSE_FLAG": 0x200_0000,
        "CERT_NAME_STR_FORWARD_FLAG": 0x100_0000, "CERT_NAME_STR_DISABLE_IE4_UTF8_FLAG": 0x1_0000,
        "CERT_NAME_STR_ENABLE_T61_UNICODE_FLAG": 0x2_0000, "CERT_NAME_STR_ENABLE_UTF8_UNICODE_FLAG": 0x4_0000,
        "CERT_NAME_STR_FORCE_UTF8_DIR_STR_FLAG": 0x8_0000, "CERT_NAME_STR_DISABLE_UTF8_DIR_STR_FLAG": 0x10_0000,
        "CERT_NAME_STR_ENABLE_PUNYCODE_FLAG": 0x20_0000,
    ]

    /// No value of X500NameFlags: certreq's own rules, by which the text has the most special part first.
    init() {}

    init(_ entry: INFFile.Entry) throws(CSPError) {
        let bits = try entry.bits(Self.flags, ["XCN_"])
        func has(_ name: String) -> Bool { bits & (Self.flags["CERT_NAME_STR_" + name] ?? 0) != 0 }
        guard bits & ~Self.flags.values.reduce(0, |) == 0 else {
            throw entry.fault("X500NameFlags \(shown(entry.value)) has bits that Microsoft's page does not have")
        }
        guard !has("ENABLE_T61_UNICODE_FLAG"), !has("DISABLE_UTF8_DIR_STR_FLAG") else {
            throw entry.fault(
                "names are written in UTF-8, as RFC 5280 wants it: take the T61 and DISABLE_UTF8 flags out")
        }
        guard !has("CRLF_FLAG") else {
            throw entry.fault("an INF value has one line: CERT_NAME_STR_CRLF_FLAG can mean nothing")
        }
        guard !(has("FORWARD_FLAG") && has("REVERSE_FLAG")) else {
            throw entry.fault("CERT_NAME_STR_FORWARD_FLAG and CERT_NAME_STR_REVERSE_FLAG exclude each other")
        }
        isForward = has("FORWARD_FLAG")
        if has("SEMICOLON_FLAG") { separators = [";"] }
        if has("COMMA_FLAG") { separators = has("SEMICOLON_FLAG") ? [",", ";"] : [","] }
        hasPlus = !has("NO_PLUS_FLAG")
        hasQuotes = !has("NO_QUOTING_FLAG")
    }

    /// A name by these rules. Windows knows quotes and no backslash, RFC 4514's reader both.
    func name(_ text: String) throws(CSPError) -> DistinguishedName {
        var escaped = ""
        var isQuoted = false
        for scalar in text.unicodeScalars {
            if scalar == "\"", hasQuotes { isQuoted.toggle() }
            let isPlain =
                scalar == "\\" || scalar == "\"" && !hasQuotes
                || !isQuoted
                    && (scalar == "+" && !hasPlus || [",", ";"].contains(scalar) && !separators.contains(scalar))
            if isPlain { escaped += "\\" }
            escaped.unicodeScalars.append(scalar)
        }
        return try DistinguishedName(text: escaped, isForward: isForward)
    }
}

extension INFRequest {
    private static let usages: [String: UInt32] = [
        "CERT_DIGITAL_SIGNATURE_KEY_USAGE": 0x80, "CERT_NON_REPUDIATION_KEY_USAGE": 0x40,
        "CERT_KEY_ENCIPHERMENT_KEY_USAGE": 0x20, "CERT_DATA_ENCIPHERMENT_KEY_USAGE": 0x10,
        "CERT_KEY_AGREEMENT_KEY_USAGE": 0x08, "CERT_KEY_CERT_SIGN_KEY_USAGE": 0x04,
        "CERT_OFFLINE_CRL_SIGN_KEY_USAGE": 0x02, "CERT_CRL_SIGN_KEY_USAGE": 0x02, "CERT_ENCIPHER_ONLY_KEY_USAGE": 0x01,
        "CERT_DECIPHER_ONLY_KEY_USAGE": 0x8000,
    ]

    /// Subject, KeyUsage and SMIME.
    mutating func readNames(_ settings: inout INFSettings) throws(CSPError) {
        let flags = settings.take("X500NameFlags")
        let rules = if let flags { try INFNameRules(flags) } else { INFNameRules() }
        if let entry = settings.take("Subject") {
            do throws(CSPError) {
                // An empty subject is one too: the alternative name says whose it is.
                if !entry.value.isEmpty { options.subject = try rules.name(entry.value) }
            } catch {
                throw entry.fault(error.reason)
            }
        }
        if let entry = settings.take("KeyUsage") {
            let bits = try entry.bits(Self.usages, ["XCN_"])
            do throws(CSPError) {
                options.keyUsage = try KeyUsage(windowsBits: bits)
            } catch {
                throw entry.fault(error.reason)
            }
        }
        if let smime = try settings.flag("SMIME"), smime.value {
            do throws(CSPError) {
                try options.addExtension("1.2.840.113549.1.9.15", value: Self.smimeCapabilities)
            } catch {
                throw smime.entry.fault(error.reason)
            }
        }
    }

    /// RFC 8551, section 2.5.2: AES-256, AES-192, AES-128 in CBC mode, and 3DES.
    private static let smimeCapabilities: [UInt8] = {
        let ciphers: [[UInt8]] = [
            [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A],
            [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x16],
            [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02], [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x03, 0x07],
        ]
        func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            [tag, UInt8(truncatingIfNeeded: content.count)] + content
        }
        return element(0x30, ciphers.flatMap { element(0x30, element(0x06, $0)) })
    }()

    /// What of [NewRequest] is Windows' own affair.
    mutating func readWindows(_ settings: inout INFSettings) throws(CSPError) {
        // Nothing is put in beyond what the file asks for, whatever it says.
        _ = try settings.flag("SuppressDefaults")
        if let entry = settings.take("FriendlyName") {
            notes.append(
                "line \(entry.line): FriendlyName is a property of Windows' certificate store, and in no certificate")
        }
        if let entry = settings.take("RequesterName") {
            notes.append("line \(entry.line): RequesterName means nothing in a PKCS10 request, by Microsoft's page")
        }
        if let archive = try settings.flag("PrivateKeyArchive"), archive.value {
            throw archive.entry.fault(
                "PrivateKeyArchive sends the private key to a CA in a CMC request, which is not made")
        }
        let refused: [(String, String)] = [
            ("EncryptionAlgorithm", "it goes with PrivateKeyArchive, which is not done: take it out"),
            ("EncryptionLength", "it goes with PrivateKeyArchive, which is not done: take it out"),
            (
                "RenewalCert",
                "renewals are CMC requests: give UseExistingKeySet = TRUE and KeyContainer for the same key"
            ),
            ("SecurityDescriptor", "who may use the key, the token's PIN says: take it out"),
            ("KeyUsageProperty", "what the key may do, KeySpec says: take it out"),
            ("SubjectNameFlags", "there is no directory to take names from: give Subject and 2.5.29.17"),
        ]
        for (key, reason) in refused {
            if let entry = settings.take(key) { throw entry.fault("\(key) cannot be honoured: \(reason)") }
        }
    }
}
