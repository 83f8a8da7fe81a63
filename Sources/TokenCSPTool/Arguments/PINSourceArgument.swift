import ArgumentParser
import Glibc
import TokenCSP

/// The value of `--pin-source` and its relatives: where a PIN is read, never the PIN.
enum PINSourceArgument: Equatable, Sendable {
    /// A person is asked, on the terminal where there is one.
    case prompt
    /// A person is asked, by a dialog.
    case pinentry
    /// `file:PATH`, `env:NAME`, `fd:N`, `credential:NAME`, `command:LINE`, `|LINE`, or a path with a slash in it.
    case stored(String)
    /// None of these. It may be a PIN given by mistake, so it is forgotten here and no message can repeat it.
    case malformed

    /// What `--help` and errors say of it.
    static let forms = "file:PATH, env:NAME, fd:N, credential:NAME, command:LINE, prompt or pinentry"

    /// Tells the forms apart. It does not throw: swift-argument-parser would put the value into its message.
    static func parse(_ text: String) -> PINSourceArgument {
        if text == "prompt" { return .prompt }
        if text == "pinentry" { return .pinentry }
        if text.hasPrefix("|"), text.count > 1 { return .stored(text) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[1].isEmpty {
            switch parts[0] {
            case "file", "env", "credential", "command": return .stored(text)
            case "fd" where UInt16(parts[1]) != nil: return .stored(text)
            default: break
            }
        }
        return text.contains("/") ? .stored(text) : .malformed
    }

    /// Refuses a malformed value, and two sources of which only the first reader would get something.
    static func validate(_ sources: (option: String, source: PINSourceArgument?)...) throws {
        for (option, source) in sources where source == .malformed {
            throw ValidationError("\(option) takes \(forms), and never the PIN itself")
        }
        let descriptors = sources.compactMap(\.source?.descriptor)
        if Set(descriptors).count < descriptors.count {
            throw ValidationError("two PINs cannot come from the same file descriptor")
        }
    }

    /// Whether a person is asked.
    var asks: Bool { self == .prompt || self == .pinentry }

    /// How that person is asked: somebody who says "prompt" wants to be asked, whatever the configuration says.
    func interaction(_ configuration: Configuration) -> Configuration.Interaction {
        if self == .pinentry { return .pinentry }
        return configuration.interaction == .none ? .automatic : configuration.interaction
    }

    /// True where it takes the same bytes away from somebody else who reads standard input.
    var readsStandardInput: Bool {
        descriptor == UInt16(STDIN_FILENO)
    }

    private var descriptor: UInt16? {
        guard case .stored(let source) = self, source.hasPrefix("fd:") else { return nil }
        return UInt16(source.dropFirst(3))
    }
}
