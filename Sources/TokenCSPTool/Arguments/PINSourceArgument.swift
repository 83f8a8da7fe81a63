import ArgumentParser
import Glibc
import TokenCSP

/// The value of `--pin-source` and its relatives: where a PIN is read, never the PIN.
enum PINSourceArgument: Equatable, Sendable {
    case prompt
    /// `file:PATH`, `env:NAME`, `fd:N` or a path with a slash in it.
    case stored(String)
    /// None of these. It may be a PIN given by mistake, so it is forgotten here and no message can repeat it.
    case malformed

    /// Tells the forms apart. It does not throw: swift-argument-parser would put the value into its message.
    static func parse(_ text: String) -> PINSourceArgument {
        if text == "prompt" { return .prompt }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[1].isEmpty {
            switch parts[0] {
            case "file", "env": return .stored(text)
            case "fd" where UInt16(parts[1]) != nil: return .stored(text)
            default: break
            }
        }
        return text.contains("/") ? .stored(text) : .malformed
    }

    /// Refuses a malformed value, and two sources of which only the first reader would get something.
    static func validate(_ sources: (option: String, source: PINSourceArgument?)...) throws {
        for (option, source) in sources where source == .malformed {
            throw ValidationError("\(option) takes file:PATH, env:NAME, fd:N or prompt, and never the PIN itself")
        }
        let descriptors = sources.compactMap(\.source?.descriptor)
        if Set(descriptors).count < descriptors.count {
            throw ValidationError("two PINs cannot come from the same file descriptor")
        }
    }

    /// True where it takes the same bytes away from somebody else who reads standard input.
    var readsStandardInput: Bool {
        descriptor == UInt16(STDIN_FILENO)
    }

    private var descriptor: UInt16? {
        guard case .stored(let source) = self, source.hasPrefix("fd:") else { return nil }
        return UInt16(source.dropFirst(3))
    }

    /// Reads an existing PIN.
    ///
    /// - Parameter question: What to ask on the terminal, without a colon.
    /// - Throws: `.notAuthenticated` where there is no PIN to be had, `.cancelledByUser` at the end of the terminal's
    ///   input.
    func read(asking question: String) throws(CSPError) -> PIN {
        switch self {
        case .prompt: try PINPrompt.ask(question)
        case .stored(let source): try PINSource.read(source)
        case .malformed: throw CSPError(.invalidParameter, "the PIN source is malformed")
        }
    }

    /// Reads a PIN that is to be set: a person types it twice.
    func readNew(asking question: String) throws(CSPError) -> PIN {
        switch self {
        case .prompt: try PINPrompt.askTwice(question)
        case .stored, .malformed: try read(asking: question)
        }
    }
}
