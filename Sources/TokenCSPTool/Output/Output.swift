import FoundationEssentials
import Glibc

/// What a command prints when it has succeeded: as text for people, or as one JSON document with snake_case keys.
///
/// The names of the stored properties are the keys of the document (`slotID` is `slot_id`), so they are interface.
/// A property that is nil is left out.
protocol CommandResult: Encodable {
    /// The text, ended by a newline.
    var text: String { get }
    /// What to tell people on standard error where there is no text.
    static var emptyNote: String { get }
}

extension CommandResult {
    static var emptyNote: String { "Nothing found." }
}

/// Everything that is written on standard output and standard error.
enum Output {
    static func print<Result: CommandResult>(_ result: Result, json: Bool) throws {
        let text = json ? try encode(result) + "\n" : result.text
        if text.isEmpty { return writeError(Result.emptyNote) }
        try write(text)
    }

    static func write(_ text: String) throws(ToolError) {
        try write(Array(text.utf8))
    }

    static func write(_ bytes: [UInt8]) throws(ToolError) {
        let failure = writeAll(bytes, to: STDOUT_FILENO)
        guard failure == 0 else {
            throw ToolError(.failure, "cannot write to standard output: \(systemMessage(failure))")
        }
    }

    /// Refuses to put bytes that are no text on a terminal.
    static func requireNoTerminal(_ what: String) throws(ToolError) {
        guard isatty(STDOUT_FILENO) == 0 else {
            throw ToolError(.refused, "\(what) is binary and standard output is a terminal: give --out FILE")
        }
    }

    /// An error message or a note: one line on standard error.
    static func writeError(_ text: String) {
        _ = writeAll(Array((text + "\n").utf8), to: STDERR_FILENO)
    }

    static func encode(_ document: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }
}
