/// An error of the command itself, with no CryptoAPI code behind it: a file that cannot be written, a missing "yes".
struct ToolError: Error {
    let status: ExitStatus
    let message: String
    /// What JSON error documents call it.
    let name: String

    init(_ status: ExitStatus, _ message: String, name: String? = nil) {
        self.status = status
        self.message = message
        self.name = name ?? status.name
    }

    /// A file's passphrase that is wrong, unusable or missing: the status of a PIN, and a name of its own.
    static func passphrase(_ message: String) -> ToolError {
        ToolError(.pinWrong, message, name: "PASSPHRASE_WRONG")
    }
}
