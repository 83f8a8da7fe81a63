/// A JSON value of a file that somebody else may have written, and the line where it stands: errors name it.
///
/// Our own reader, because Foundation's knows no lines and takes the last of two members of one name.
struct JSONValue {
    enum Content {
        case object([(name: String, value: JSONValue)])
        case array([JSONValue])
        case string(String)
        /// As it is written.
        case number(String)
        case bool(Bool)
        case null
    }

    let content: Content
    /// From 1 on.
    let line: Int

    /// What is wrong with a text that is no JSON.
    struct Fault: Error {
        let line: Int
        let reason: String
    }

    /// - Throws: a `Fault`, for whatever bytes.
    init(parsing bytes: [UInt8]) throws(Fault) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }

    init(_ content: Content, line: Int) {
        self.content = content
        self.line = line
    }

    /// "an object", "a number" …
    var kind: String {
        switch content {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .bool: "true or false"
        case .null: "null"
        }
    }
}

/// RFC 8259, with bounds on depth and on the number of values: both cost memory.
private struct JSONParser {
    static let maximumDepth = 16
    static let maximumValues = 4_000_000

    let bytes: [UInt8]
    var position = 0
    var line = 1
    var values = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(JSONValue.Fault) -> JSONValue {
        let value = try value(depth: 0)
        skipBlanks()
        guard position == bytes.count else { throw fault("something follows the document's end") }
        return value
    }

    private func fault(_ reason: String) -> JSONValue.Fault { JSONValue.Fault(line: line, reason: reason) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next {
            switch byte {
            case 0x0A: line += 1
            case 0x20, 0x09, 0x0D: break
            default: return
            }
            position += 1
        }
    }

    /// Takes a byte where it is next, after blanks.
    private mutating func take(_ byte: Character) -> Bool {
        skipBlanks()
        guard next == byte.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONValue.Fault) -> JSONValue {
        skipBlanks()
        guard depth < Self.maximumDepth else { throw fault("more than \(Self.maximumDepth) levels") }
        values += 1
        guard values <= Self.maximumValues else { throw fault("more than \(Self.maximumValues) values") }
        let start = line
        guard let byte = next else { throw fault("the file ends where a value is due") }
        let content: JSONValue.Content
        switch byte {
        case UInt8(ascii: "{"): content = .object(try object(depth))
        case UInt8(ascii: "["): content = .array(try array(depth))
        case UInt8(ascii: "\""): content = .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): content = .number(try number())
        default: content = try word()
        }
        return JSONValue(content, line: start)
    }

    private mutating func object(_ depth: Int) throws(JSONValue.Fault) -> [(name: String, value: JSONValue)] {
        position += 1
        var members: [(name: String, value: JSONValue)] = []
        var names: Set<String> = []
        if take("}") { return members }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw fault("a member's name in quotes is due") }
            let name = try string()
            guard names.insert(name).inserted else { throw fault("the member \"\(name)\" stands twice") }
            guard take(":") else { throw fault("a colon is due after \"\(name)\"") }
            members.append((name, try value(depth: depth + 1)))
        } while take(",")
        guard take("}") else { throw fault("a comma or } is due") }
        return members
    }

    private mutating func array(_ depth: Int) throws(JSONValue.Fault) -> [JSONValue] {
        position += 1
        var elements: [JSONValue] = []
        if take("]") { return elements }
        repeat { elements.append(try value(depth: depth + 1)) } while take(",")
        guard take("]") else { throw fault("a comma or ] is due") }
        return elements
    }

    private mutating func word() throws(JSONValue.Fault) -> JSONValue.Content {
        let words: [(String, JSONValue.Content)] = [("true", .bool(true)), ("false", .bool(false)), ("null", .null)]
        for (word, content) in words where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return content
        }
        throw fault("a value is due here")
    }

    private mutating func number() throws(JSONValue.Fault) -> String {
        let start = position
        while let byte = next, "+-.0123456789eE".utf8.contains(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        let digits = text.first == "-" ? text.dropFirst() : text[...]
        guard digits.first?.isNumber == true, digits.count == 1 || !digits.hasPrefix("0") || !isDigit(digits, 1),
            Double(text) != nil
        else { throw fault("this is no number") }
        return text
    }

    private func isDigit(_ text: Substring, _ offset: Int) -> Bool {
        text.dropFirst(offset).first.map { $0.isNumber } ?? false
    }

    private mutating func string() throws(JSONValue.Fault) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw fault("a string is no UTF-8") }
                return string
            case UInt8(ascii: "\\"): try escape(&text)
            case 0..<0x20: throw fault("a control character stands in a string")
            default: text.append(byte)
            }
        }
        throw fault("the file ends within a string")
    }

    private mutating func escape(_ text: inout [UInt8]) throws(JSONValue.Fault) {
        guard let byte = next else { throw fault("the file ends within a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var value = try codeUnit()
            if (0xD800..<0xDC00).contains(value) {
                guard bytes[position...].starts(with: "\\u".utf8) else { throw fault("half a surrogate pair") }
                position += 2
                let low = try codeUnit()
                guard (0xDC00..<0xE000).contains(low) else { throw fault("half a surrogate pair") }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw fault("half a surrogate pair") }
            text += String(Character(scalar)).utf8
        default: throw fault("an escape that JSON does not have")
        }
    }

    private mutating func codeUnit() throws(JSONValue.Fault) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        let text = String(decoding: digits, as: UTF8.self)
        guard digits.count == 4, !text.hasPrefix("+"), !text.hasPrefix("-"), let value = UInt32(text, radix: 16) else {
            throw fault("\\u wants four hexadecimal digits")
        }
        position += 4
        return value
    }
}
