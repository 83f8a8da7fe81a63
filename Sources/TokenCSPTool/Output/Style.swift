import ArgumentParser
import Glibc

/// Colour and line breaks for people: on a terminal alone, so that pipes and files hold plain text.
enum Style {
    /// Whether to colour: `--color` says, else the environment (https://no-color.org) and the terminal.
    nonisolated(unsafe) static var choice = ColorChoice.auto

    static var isColoured: Bool {
        switch choice {
        case .always: return true
        case .never: return false
        case .auto:
            if let none = getenv("NO_COLOR"), none.pointee != 0 { return false }
            if let terminal = getenv("TERM"), strcmp(terminal, "dumb") == 0 { return false }
            return isatty(STDOUT_FILENO) == 1
        }
    }

    static func bold(_ text: String) -> String { coloured(text, "1") }
    static func green(_ text: String) -> String { coloured(text, "32") }
    static func yellow(_ text: String) -> String { coloured(text, "33") }
    static func red(_ text: String) -> String { coloured(text, "31") }
    static func faint(_ text: String) -> String { coloured(text, "2") }

    private static func coloured(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// The text in lines that fit the terminal, the later ones indented; whole in a pipe.
    static func wrapped(_ text: String, indentation: Int) -> String {
        guard let width = Table.terminalWidth, width > indentation + 20 else { return text }
        var lines = [""]
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if indentation + last.count + 1 + word.count <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines.joined(separator: "\n" + String(repeating: " ", count: indentation))
    }
}

/// `--color`.
enum ColorChoice: String, CaseIterable, ExpressibleByArgument, Sendable {
    case never, auto, always
}
