public import TokenCSP

/// An INF file as SetupAPI has them: sections of keys and values, with the line of each for errors.
///
/// Values are read as they stand: quotes taken off (two of them are one), comments (`;`) and blanks around dropped, a `\` at
/// a line's end joined with the next line, `%name%` replaced from `[Strings]`. Pure, and safe with whatever bytes.
public struct INFFile: Sendable {
    /// A line `key = value` and the `_continue_` lines below it.
    public struct Entry: Sendable {
        public let key: String
        /// The value, and those of the `_continue_` lines.
        public internal(set) var values: [String]
        public let line: Int

        /// All of the value in one.
        public var value: String { values.joined() }

        /// An error about this line.
        func fault(_ reason: String) -> CSPError { INFFile.fault(line, reason) }
    }

    /// The lines below one `[name]`; a section may stand in several places.
    public struct Section: Sendable {
        /// As it is first written.
        public let name: String
        public let line: Int
        public internal(set) var entries: [Entry]
    }

    public private(set) var sections: [Section] = []

    /// The longest file, and the longest text after `%name%` is replaced.
    public static let limit = 1 << 20

    /// - Throws: ERROR_INVALID_PARAMETER, naming the line.
    public init(_ bytes: [UInt8]) throws(CSPError) {
        guard bytes.count <= Self.limit else {
            throw CSPError(
                .invalidParameter, "a file of \(bytes.count) bytes is no INF file: \(Self.limit) are the most")
        }
        try read(try Self.text(bytes))
        try substitute()
    }

    static func fault(_ line: Int, _ reason: String) -> CSPError {
        CSPError(.invalidParameter, "line \(line): \(reason)")
    }

    /// A section by its name, in any case.
    public func section(_ name: String) -> Section? {
        sections.first { $0.name.lowercased() == name.lowercased() }
    }

    // MARK: - Characters

    /// UTF-8, or UTF-16 with a byte order mark, which Notepad calls Unicode.
    private static func text(_ bytes: [UInt8]) throws(CSPError) -> String {
        if bytes.starts(with: [0xFF, 0xFE]) { return try utf16(bytes) { UInt16($0) | UInt16($1) << 8 } }
        if bytes.starts(with: [0xFE, 0xFF]) { return try utf16(bytes) { UInt16($1) | UInt16($0) << 8 } }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        if let zero = content.firstIndex(of: 0) {
            throw fault(
                line(of: zero, bytes), "a zero byte: save the file as UTF-8, or as UTF-16 with a byte order mark")
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw CSPError(.invalidParameter, "the file is neither UTF-8 nor UTF-16: save it as UTF-8")
        }
        return text
    }

    private static func utf16(_ bytes: [UInt8], _ unit: (UInt8, UInt8) -> UInt16) throws(CSPError) -> String {
        guard bytes.count % 2 == 0 else {
            throw CSPError(.invalidParameter, "the file is cut off: UTF-16 has an even number of bytes")
        }
        let units = stride(from: 2, to: bytes.count, by: 2).map { unit(bytes[$0], bytes[$0 + 1]) }
        guard let text = String(validating: units, as: UTF16.self), !units.contains(0) else {
            throw CSPError(.invalidParameter, "the file begins as UTF-16 and is none further on: save it as UTF-8")
        }
        return text
    }

    private static func line(of position: Int, _ bytes: [UInt8]) -> Int { bytes[..<position].count { $0 == 0x0A } + 1 }

    // MARK: - Lines

    private mutating func read(_ text: String) throws(CSPError) {
        var number = 0
        var start = 1
        var joined = ""
        // By scalars: CR LF is one Character.
        let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }
        for scalars in lines {
            number += 1
            if joined.isEmpty { start = number }
            let (content, goesOn) = try Self.uncommented(String(scalars), number)
            joined += content
            if goesOn, number < lines.count { continue }
            try read(line: trimmed(joined), start)
            joined = ""
        }
    }

    /// A line without its comment; and whether a `\` at its end joins the next one.
    private static func uncommented(_ line: String, _ number: Int) throws(CSPError) -> (content: String, goesOn: Bool) {
        var content = String.UnicodeScalarView()
        var isQuoted = false
        for scalar in line.unicodeScalars {
            if scalar == "\"" { isQuoted.toggle() }
            if scalar == ";", !isQuoted { break }
            guard scalar.value >= 0x20 || scalar == "\t" || scalar == "\r" else {
                throw fault(number, "a control character")
            }
            content.append(scalar)
        }
        guard !isQuoted else { throw fault(number, "a quotation mark has no second one on this line") }
        var text = trimmed(String(content))
        guard text.unicodeScalars.last == "\\" else { return (text, false) }
        text.unicodeScalars.removeLast()
        return (text, true)
    }

    private mutating func read(line: String, _ number: Int) throws(CSPError) {
        guard let first = line.unicodeScalars.first else { return }
        if first == "[" {
            guard line.unicodeScalars.last == "]" else { throw Self.fault(number, "a section is written [Name]") }
            let name = trimmed(String(line.unicodeScalars.dropFirst().dropLast()))
            guard !name.isEmpty else { throw Self.fault(number, "a section has a name") }
            // Its lines are added to those of the first; the last section is the one that is read.
            let known = sections.firstIndex { $0.name.lowercased() == name.lowercased() }
            let section = known.map { sections.remove(at: $0) }
            sections.append(section ?? Section(name: name, line: number, entries: []))
            return
        }
        guard !sections.isEmpty else { throw Self.fault(number, "a section such as [NewRequest] is due first") }
        guard let sign = Self.equalsSign(line) else {
            throw Self.fault(number, "\"\(shown(line))\" is no line of the form key = value")
        }
        let key = try Self.unquoted(trimmed(String(line.unicodeScalars[..<sign])), number)
        let rest = line.unicodeScalars[line.unicodeScalars.index(after: sign)...]
        let value = try Self.unquoted(trimmed(String(rest)), number)
        guard !key.isEmpty else { throw Self.fault(number, "a key is due in front of the equals sign") }
        let section = sections.count - 1
        if key.lowercased() == "_continue_" {
            guard !sections[section].entries.isEmpty else {
                throw Self.fault(number, "_continue_ continues the line above it, and there is none")
            }
            sections[section].entries[sections[section].entries.count - 1].values.append(value)
        } else {
            sections[section].entries.append(Entry(key: key, values: [value], line: number))
        }
    }

    private static func equalsSign(_ line: String) -> String.Index? {
        var isQuoted = false
        return line.unicodeScalars.indices.first { index in
            if line.unicodeScalars[index] == "\"" { isQuoted.toggle() }
            return line.unicodeScalars[index] == "=" && !isQuoted
        }
    }

    /// Takes quotes off: a part in quotes keeps its blanks, and two quotes in one are a quote.
    private static func unquoted(_ text: String, _ number: Int) throws(CSPError) -> String {
        var result = String.UnicodeScalarView()
        var isQuoted = false
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\"" else {
                result.append(scalar)
                continue
            }
            if isQuoted, rest.first == "\"" {
                rest.removeFirst()
                result.append("\"")
            } else {
                isQuoted.toggle()
            }
        }
        guard !isQuoted else { throw fault(number, "a quotation mark has no second one") }
        return String(result)
    }

    // MARK: - [Strings]

    private mutating func substitute() throws(CSPError) {
        var strings: [String: String] = [:]
        for entry in section("Strings")?.entries ?? [] {
            guard strings.updateValue(entry.value, forKey: entry.key.lowercased()) == nil else {
                throw entry.fault("the string \(shown(entry.key)) stands twice")
            }
        }
        var budget = Self.limit
        for section in sections.indices where sections[section].name.lowercased() != "strings" {
            for index in sections[section].entries.indices {
                let entry = sections[section].entries[index]
                var values: [String] = []
                for value in entry.values { values.append(try Self.replaced(value, strings, entry.line, &budget)) }
                sections[section].entries[index] = Entry(
                    key: try Self.replaced(entry.key, strings, entry.line, &budget), values: values, line: entry.line)
            }
        }
    }

    /// `%name%` replaced, once; `%%` is a percent sign, and one that stands alone stays.
    private static func replaced(
        _ text: String, _ strings: [String: String], _ line: Int, _ budget: inout Int
    ) throws(CSPError) -> String {
        var result = ""
        var rest = text.unicodeScalars[...]
        while let start = rest.firstIndex(of: "%") {
            result.unicodeScalars += rest[..<start]
            rest = rest[rest.index(after: start)...]
            guard let end = rest.firstIndex(of: "%") else {
                result += "%"
                break
            }
            let name = String(rest[..<end])
            rest = rest[rest.index(after: end)...]
            if name.isEmpty {
                result += "%"
            } else if let string = strings[name.lowercased()] {
                result += string
            } else {
                throw fault(line, "%\(shown(name))% is no string of [Strings]; a percent sign is written %%")
            }
            guard result.utf8.count <= budget else { break }
        }
        result.unicodeScalars += rest
        budget -= result.utf8.count
        guard budget >= 0 else { throw fault(line, "with [Strings] the file has more than \(limit) bytes") }
        return result
    }
}

/// Without blanks around it.
func trimmed(_ text: String) -> String {
    var scalars = text.unicodeScalars[...]
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return String(scalars)
}

/// The beginning of a value, for an error.
func shown(_ text: String) -> String { text.count > 60 ? text.prefix(60) + "…" : text }
