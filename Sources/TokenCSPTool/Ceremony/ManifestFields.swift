/// A value of a manifest with its place: every error says which line and which field.
struct ManifestField {
    let file: String
    /// For instance `runs[0].keys[2].bits`.
    let path: String
    let value: JSONValue

    func fault(_ reason: String) -> ToolError {
        let place = path.isEmpty ? "" : ", \(path)"
        return ToolError(.usage, "\(file), line \(value.line)\(place): \(reason)")
    }

    /// The members of an object that has all of `required`, any of `optional` and no other.
    func object(_ required: [String], optional: [String] = []) throws(ToolError) -> ManifestObject {
        guard case .object(let members) = value.content else { throw fault("an object is due, not \(value.kind)") }
        var fields: [String: ManifestField] = [:]
        for (name, value) in members {
            let field = ManifestField(file: file, path: path.isEmpty ? name : "\(path).\(name)", value: value)
            guard required.contains(name) || optional.contains(name) else {
                throw field.fault("a manifest of version \(Manifest.schemaVersion) has no such field")
            }
            fields[name] = field
        }
        for name in required where fields[name] == nil { throw fault("the field \"\(name)\" is missing") }
        return ManifestObject(field: self, members: fields)
    }

    func array() throws(ToolError) -> [ManifestField] {
        guard case .array(let elements) = value.content else { throw fault("an array is due, not \(value.kind)") }
        return elements.enumerated().map { ManifestField(file: file, path: "\(path)[\($0)]", value: $1) }
    }

    func string(limit: Int = 65_536) throws(ToolError) -> String {
        guard case .string(let text) = value.content else { throw fault("a string is due, not \(value.kind)") }
        guard text.utf8.count <= limit else { throw fault("\(text.utf8.count) bytes: \(limit) are the most") }
        return text
    }

    func integer(_ range: ClosedRange<Int>) throws(ToolError) -> Int {
        guard case .number(let text) = value.content else { throw fault("a number is due, not \(value.kind)") }
        guard let number = Int(text), range.contains(number) else {
            throw fault("\(shortened(text)) is no whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// One of a few words.
    func word(_ words: [String]) throws(ToolError) -> String {
        let text = try string()
        guard words.contains(text) else {
            throw fault("\"\(shortened(text))\" is none of \(words.joined(separator: ", "))")
        }
        return text
    }

    /// Lower-case hexadecimal of 1 to `limit` bytes.
    func hexadecimalBytes(limit: Int) throws(ToolError) -> String {
        let text = try string()
        guard !text.isEmpty, text.utf8.count % 2 == 0, text.utf8.count / 2 <= limit,
            text.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) })
        else { throw fault("1 to \(limit) bytes in lower-case hexadecimal are due") }
        return text
    }

    /// RFC 3339, UTC, as we write it: 2026-11-23T12:00:00Z.
    func time() throws(ToolError) -> String {
        let text = try string()
        let form = Array("0000-00-00T00:00:00Z".utf8)
        let fits =
            text.utf8.count == form.count
            && zip(text.utf8, form).allSatisfy { byte, due in
                due == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == due
            }
        guard fits, Timestamp.isPossible(text) else { throw fault("a time such as 2026-11-23T12:00:00Z is due") }
        return text
    }
}

/// An object's members by name.
struct ManifestObject {
    let field: ManifestField
    let members: [String: ManifestField]

    /// A member that `ManifestField.object` has required.
    subscript(name: String) -> ManifestField { members[name] ?? field }

    func optional(_ name: String) -> ManifestField? { members[name] }

    func string(_ name: String) throws(ToolError) -> String { try self[name].string() }

    func optionalString(_ name: String) throws(ToolError) -> String? {
        guard let field = members[name] else { return nil }
        return try field.string()
    }
}
