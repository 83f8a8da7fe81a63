import Glibc
import TokenCSP

/// The question before something is destroyed.
enum Confirmation {
    /// Returns where the answer is yes, at once with `--yes`.
    ///
    /// - Throws: A refusal where nobody can answer, `.cancelledByUser` for every answer but "y" and "yes".
    static func require(_ question: @autoclosure () -> String, yes: Bool) throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1,
            let terminal = try Terminal(for: "yes or no")
        else {
            throw ToolError(.refused, "this destroys data and there is no terminal to ask on: give --yes")
        }
        let answer = try? terminal.ask(printable(question()), ending: " [y/N] ", isHidden: false, limit: 64)
        guard ["y", "yes"].contains(answer?.text.lowercased()) else {
            throw CSPError(.cancelledByUser, "nothing was destroyed")
        }
    }
}
