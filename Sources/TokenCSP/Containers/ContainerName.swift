internal import PKCS11

/// A container's name as a program gives it: plain, `\\.\READER\CONTAINER`, or a PKCS#11 URI.
struct ContainerName {
    /// Longest plain name in bytes (MAX_PATH).
    static let maximumLength = 260

    /// The plain name; nil means the default container.
    let name: String?
    /// The token that the full name asks for: its label, or its reader's name.
    let reader: String?
    /// The URI, where the name was one.
    let uri: TokenURI?
    /// Whether the URI's label is one of the machine's key set.
    let isOfMachine: Bool

    /// - Throws: NTE_BAD_KEYSET_PARAM, naming what is wrong with the name.
    init(_ text: String?) throws(CSPError) {
        var name = text
        var reader: String?
        var uri: TokenURI?
        var isOfMachine = false
        if let text, Self.isURI(text) {
            let parsed = try onToken("container name") { () throws(PKCS11Error) in try TokenURI(text) }
            uri = parsed
            let machineName = parsed.objectLabel.flatMap { KeySet(isMachine: true).name($0) }
            isOfMachine = machineName != nil
            name = machineName ?? parsed.objectLabel
        } else if let scalars = text?.unicodeScalars, scalars.starts(with: #"\\.\"#.unicodeScalars) {
            // By scalars: a backslash and an accent behind it, with which a name may begin, are one Character.
            let parts = scalars.dropFirst(4).split(separator: "\\", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, !first.isEmpty else {
                throw CSPError(
                    .badKeysetParam, #"container name "\#(text ?? "")" has no reader; the form is \\.\READER\CONTAINER"#
                )
            }
            reader = String(first)
            name = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil
        }
        if let name { try Self.validate(name) }
        self.name = name
        self.reader = reader
        self.uri = uri
        self.isOfMachine = isOfMachine
    }

    /// Whether a key's label can be a container's name.
    static func isValid(_ name: String) -> Bool {
        (1...maximumLength).contains(name.utf8.count) && firstBadByte(name) == nil && !isURI(name)
    }

    /// Whether it begins as a PKCS#11 URI does, in capital letters or small ones.
    private static func isURI(_ text: String) -> Bool {
        // The first byte says no of most names.
        (text.utf8.first ?? 0) | 0x20 == UInt8(ascii: "p") && text.prefix(7).lowercased() == "pkcs11:"
    }

    private static func firstBadByte(_ name: String) -> UInt8? {
        name.utf8.first { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }
    }

    private static func validate(_ name: String) throws(CSPError) {
        var rule: String {
            "1 to \(maximumLength) bytes of UTF-8 without control characters and backslashes are allowed"
        }
        guard (1...maximumLength).contains(name.utf8.count) else {
            throw CSPError(.badKeysetParam, "a container name of \(name.utf8.count) bytes: \(rule)")
        }
        guard let byte = firstBadByte(name) else { return }
        let shown = String(name.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : Character($0) })
        throw CSPError(.badKeysetParam, "container name \"\(shown)\" holds the byte \(hexadecimal(byte)): \(rule)")
    }
}

/// User and machine key sets are separate name spaces on one token.
///
/// A user container's name is the CKA_LABEL of its keys. A machine container's label starts with `machine\`, which no
/// name can: a backslash is not allowed in one.
struct KeySet: Hashable {
    let isMachine: Bool
    private static let machinePrefix = #"machine\"#

    func label(_ name: String) -> String {
        isMachine ? Self.machinePrefix + name : name
    }

    /// The container's name, where an object with this label belongs to this key set.
    func name(_ label: String) -> String? {
        // By bytes: an accent at a name's beginning and the backslash before it are one Character.
        guard label.utf8.starts(with: Self.machinePrefix.utf8) else { return isMachine || label.isEmpty ? nil : label }
        return isMachine ? String(label.utf8.dropFirst(Self.machinePrefix.utf8.count)) : nil
    }
}
