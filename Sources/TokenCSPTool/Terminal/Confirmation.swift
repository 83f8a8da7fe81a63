import Glibc
import TokenCSP

/// The question before something is destroyed, or changed for ever.
enum Confirmation {
    /// Returns where the answer is yes, at once with `--yes`.
    ///
    /// - Throws: A refusal where nobody can answer, `.cancelledByUser` for every answer but "y" and "yes".
    ///
    /// - Parameter destroys: whether data goes; else something changes that nobody can take back.
    static func require(_ question: @autoclosure () -> String, yes: Bool, destroys: Bool = true) throws {
        guard !yes else { return }
        let what = destroys ? "this destroys data" : "this can never be undone"
        func refused(_ why: String) -> ToolError { ToolError(.refused, "\(what) and \(why): give --yes") }
        guard isatty(STDOUT_FILENO) == 1 else { throw refused("standard output is not a terminal") }
        guard isatty(STDIN_FILENO) == 1 else { throw refused("standard input is not a terminal") }
        if let configuration = try? Configuration.load(), configuration.interaction == .none {
            throw refused("nobody is to be asked (interaction = none)")
        }
        guard let terminal = try Terminal(for: "yes or no") else { throw refused("there is no terminal to ask on") }
        let answer = try? terminal.ask(printable(question()), ending: " [y/N] ", isHidden: false, limit: 64)
        guard ["y", "yes"].contains(answer?.text.lowercased()) else {
            throw CSPError(.cancelledByUser, destroys ? "nothing was destroyed" : "nothing was changed")
        }
    }
}
