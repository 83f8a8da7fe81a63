import Glibc
import TokenCSP

/// The question before something is destroyed.
enum Confirmation {
    /// Returns where the answer is yes, at once with `--yes`.
    ///
    /// - Throws: A refusal where nobody can answer, `.cancelledByUser` for every answer but "y" and "yes".
    static func require(_ question: @autoclosure () -> String, yes: Bool) throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, let terminal = Terminal() else {
            throw ToolError(.refused, "this destroys data and there is no terminal to ask on: give --yes")
        }
        terminal.write(printable(question()) + " [y/N] ")
        let answer = terminal.readLine(limit: 16) ?? []
        guard ["y", "yes"].contains(String(decoding: answer, as: UTF8.self).lowercased()) else {
            throw CSPError(.cancelledByUser, "nothing was destroyed")
        }
    }
}
