/// The terminal that controls this process, whatever standard input and output are, to ask on.
///
/// Who has one has the turn to ask; others wait.
package struct Terminal: ~Copyable {
    let device: TerminalDevice

    /// Nil where there is none to ask on: no controlling terminal, or a job in the background.
    ///
    /// - Parameters:
    ///   - label: what is asked, for the error.
    ///   - timeout: how many seconds to wait for the turn; nil or 0: for ever.
    /// - Throws: ERROR_TIMEOUT where the turn has not come.
    package init?(for label: String, timeout: Int? = nil) throws(CSPError) {
        let deadline = Deadline(seconds: timeout)
        guard PromptTurn.begin(deadline) else { throw PromptTurn.timeout(label) }
        guard let device = TerminalDevice() else {
            PromptTurn.end()
            return nil
        }
        guard device.awaitTurn(deadline) else {
            PromptTurn.end()
            throw PromptTurn.timeout(label)
        }
        self.device = device
    }

    deinit { PromptTurn.end() }

    /// Whether there is one to ask on now.
    static var isThere: Bool { TerminalDevice.isThere }

    package func write(_ text: String) {
        _ = device.write(text)
    }
}
