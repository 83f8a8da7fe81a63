/// An error of the command itself, with no CryptoAPI code behind it: a file that cannot be written, a missing "yes".
struct ToolError: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}
