internal import SwiftASN1
internal import TokenCSP
internal import X509

extension INFRequest {
    /// [EnhancedKeyUsageExtension]: lines OID = ….
    mutating func readUsages(_ file: INFFile) throws(CSPError) {
        for entry in file.section("EnhancedKeyUsageExtension")?.entries ?? [] {
            switch entry.key.lowercased() {
            case "oid": try addUsage(entry.value, entry)
            case "critical":
                guard ["true", "false"].contains(entry.value.lowercased()) else {
                    throw entry.fault("Critical is TRUE or FALSE")
                }
                if entry.value.lowercased() == "true" {
                    options.criticalExtensions.insert(.X509ExtensionID.extendedKeyUsage)
                }
            default:
                throw entry.fault(
                    "[EnhancedKeyUsageExtension] has lines OID = 1.3.6.1.5.5.7.3.1, and not \(shown(entry.key))")
            }
        }
    }

    private mutating func addUsage(_ oid: String, _ entry: INFFile.Entry) throws(CSPError) {
        try Self.telling(entry) { () throws(CSPError) in
            let usage = ExtendedKeyUsage.Usage(oid: try ASN1ObjectIdentifier(dotted: trimmed(oid)))
            guard !options.extendedKeyUsage.contains(usage) else {
                throw CSPError(.invalidParameter, "the usage \(shown(oid)) stands twice")
            }
            options.extendedKeyUsage.append(usage)
        }
    }

    /// [RequestAttributes]: the template, which goes into the extension that AD CS reads it from.
    mutating func readAttributes(_ file: INFFile) throws(CSPError) {
        for entry in file.section("RequestAttributes")?.entries ?? [] {
            guard entry.key.lowercased() == "certificatetemplate" else {
                throw entry.fault(
                    "the attribute \(shown(entry.key)) is not sent: names go into [Extensions] as 2.5.29.17, others to the CA's own form"
                )
            }
            // A BMPString (MS-WCCE, section 2.2.2.7.7.1).
            let units = entry.value.utf16.flatMap {
                [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)]
            }
            guard !entry.value.isEmpty, entry.value.count <= 256, let value = INFBytes.wrapped(0x1E, units) else {
                throw entry.fault("CertificateTemplate is a template's name of 256 characters at most")
            }
            try Self.telling(entry) { () throws(CSPError) in
                try options.addExtension("1.3.6.1.4.1.311.20.2", value: value)
            }
        }
    }

    /// [Extensions]: OID = value, and Critical = OIDs.
    mutating func readExtensions(_ file: INFFile) throws(CSPError) {
        let entries = file.section("Extensions")?.entries ?? []
        for entry in entries where entry.key.lowercased() != "critical" {
            if entry.key.lowercased() == "oid" {
                // As in the first example of Microsoft's page.
                try addUsage(entry.value, entry)
                notes.append("line \(entry.line): OID in [Extensions] is read as one of [EnhancedKeyUsageExtension]")
                continue
            }
            try readExtension(entry)
        }
        for entry in entries where entry.key.lowercased() == "critical" {
            for text in entry.values.flatMap({ $0.split(separator: ",") }) {
                try Self.telling(entry) { () throws(CSPError) in
                    let oid = try ASN1ObjectIdentifier(dotted: trimmed(String(text)))
                    let made = try options.extensions()
                    guard made.contains(where: { $0.oid == oid }) else {
                        throw CSPError(
                            .invalidParameter, "Critical names \(oid), and there is no such extension in the file")
                    }
                    options.criticalExtensions.insert(oid)
                }
            }
        }
    }

    private mutating func readExtension(_ entry: INFFile.Entry) throws(CSPError) {
        let whole = trimmed(entry.value)
        guard whole.lowercased().hasPrefix("{text}") else {
            guard let bytes = INFBytes.element(whole), !whole.lowercased().hasPrefix("{utf8}") else {
                throw entry.fault("an extension's value is {text}…, or its DER as {hex}… or base64; this is no DER")
            }
            return try Self.telling(entry) { () throws(CSPError) in
                try options.addExtension(trimmed(entry.key), value: bytes)
            }
        }
        var parts = entry.values
        // "{text}" may stand alone, or have the first part behind it.
        parts[0] = String(trimmed(parts[0]).unicodeScalars.dropFirst("{text}".unicodeScalars.count))
        switch trimmed(entry.key) {
        case "2.5.29.17": for name in Self.names(parts) { try addName(name, entry) }
        case "2.5.29.37":
            for oid in parts.flatMap({ $0.split { $0 == "," || $0 == "&" } }) where !trimmed(String(oid)).isEmpty {
                try addUsage(String(oid), entry)
            }
        case "2.5.29.19": try readConstraints(parts.joined(separator: "&"), entry)
        default:
            throw entry.fault(
                "{text} is known of 2.5.29.17, 2.5.29.19 and 2.5.29.37: give the DER of \(shown(entry.key)) as {hex}… or base64"
            )
        }
    }

    /// `ca=1&pathlength=0`, in whatever way they are separated.
    private mutating func readConstraints(_ text: String, _ entry: INFFile.Entry) throws(CSPError) {
        // Microsoft's page has them without anything between them.
        let spaced = text.lowercased().replacing("pathlength", with: "&pathlength")
        var (isAuthority, pathLength): (Bool?, Int?) = (nil, nil)
        for part in spaced.split(whereSeparator: { "&, ".contains($0) }) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let number = sides.count == 2 ? Int(sides[1]) : nil
            switch (sides[0], sides.count == 2 ? sides[1] : "") {
            case ("ca", "1"), ("ca", "true"): isAuthority = true
            case ("ca", "0"), ("ca", "false"): isAuthority = false
            case ("pathlength", _) where number.map { (0...255).contains($0) } ?? false: pathLength = number
            default:
                throw entry.fault(
                    "basic constraints are ca=1&pathlength=0 and such, and not \"\(shown(String(part)))\"")
            }
        }
        guard let isAuthority else { throw entry.fault("basic constraints say ca=0 or ca=1") }
        if !isAuthority, pathLength != nil {
            notes.append(
                "line \(entry.line): a path length is of CAs alone, and left out with ca=0 (RFC 5280, section 4.2.1.9)")
        }
        options.basicConstraints =
            isAuthority ? .isCertificateAuthority(maxPathLength: pathLength) : .notCertificateAuthority
        // As the file says: certreq marks it critical by Critical= alone.
        options.criticalExtensions.remove(.X509ExtensionID.basicConstraints)
        if isAuthority { options.criticalExtensions.insert(.X509ExtensionID.basicConstraints) }
    }

    // MARK: - Alternative names

    /// The names of `{text}`: `&` is between them, or a new `_continue_` line that begins with `KIND=`.
    static func names(_ parts: [String]) -> [String] {
        var names: [String] = []
        var current = ""
        for part in parts {
            if beginsName(part) {
                names.append(current)
                current = ""
            }
            let pieces = part.split(separator: "&", omittingEmptySubsequences: false).map(String.init)
            for (index, piece) in pieces.enumerated() {
                if index > 0 {
                    names.append(current)
                    current = ""
                }
                current += piece
            }
        }
        return (names + [current]).map { trimmed($0) }.filter { !$0.isEmpty }
    }

    private static let kinds = [
        "upn", "email", "rfc822name", "dns", "directoryname", "url", "ipaddress", "registeredid", "guid",
    ]

    private static func kind(_ text: String) -> String? {
        guard let sign = text.unicodeScalars.firstIndex(of: "=") else { return nil }
        return String(text.unicodeScalars[..<sign]).lowercased().filter { $0 != " " }
    }

    private static func beginsName(_ text: String) -> Bool {
        guard let kind = kind(text), let first = kind.first else { return false }
        return kinds.contains(kind)
            || first.isNumber && kind.contains(".") && kind.allSatisfy { $0.isNumber || $0 == "." }
    }

    private mutating func addName(_ text: String, _ entry: INFFile.Entry) throws(CSPError) {
        guard let kind = Self.kind(text), let sign = text.unicodeScalars.firstIndex(of: "=") else {
            throw entry.fault(
                "an alternative name is DNS=…, IPAddress=…, EMail=…, UPN=… and such, and not \"\(shown(text))\"")
        }
        let value = trimmed(String(text.unicodeScalars[text.unicodeScalars.index(after: sign)...]))
        let forms = [
            "dns": "dns", "ipaddress": "ip", "email": "email", "rfc822name": "email", "url": "uri", "upn": "upn",
            "registeredid": "rid",
        ]
        let name = try Self.telling(entry) { () throws(CSPError) in
            if let form = forms[kind] { return try GeneralName(text: "\(form):\(value)") }
            if kind == "directoryname" { return .directoryName(try INFNameRules().name(value)) }
            guard kind.first?.isNumber == true else {
                throw CSPError(
                    .invalidParameter,
                    "there is no kind of alternative name \"\(shown(kind))\": DNS, IPAddress, EMail, UPN, URL, "
                        + "DirectoryName, RegisteredId and object identifiers are known")
            }
            return .otherName(try Self.otherName(kind, value))
        }
        options.alternativeNames.append(name)
    }

    /// `1.2.3.4={utf8}…` and the other forms that have an identifier of their own.
    private static func otherName(_ kind: String, _ value: String) throws(CSPError) -> GeneralName.OtherName {
        let oid = try ASN1ObjectIdentifier(dotted: kind)
        guard let der = INFBytes.element(value) else {
            throw CSPError(
                .invalidParameter,
                "a name of the kind \(kind) has a value {utf8}…, {octet}…, {asn}… or {hex}…, and \"\(shown(value))\" is none"
            )
        }
        return try certifying(.invalidParameter, "alternative name \(kind)") {
            GeneralName.OtherName(typeID: oid, value: try ASN1Any(derEncoded: der))
        }
    }

    /// Puts the line before an error's reason.
    private static func telling<R>(_ entry: INFFile.Entry, _ work: () throws(CSPError) -> R) throws(CSPError) -> R {
        do throws(CSPError) {
            return try work()
        } catch {
            throw entry.fault(error.reason)
        }
    }
}
