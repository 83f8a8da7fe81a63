/// The terminal that controls this process, whatever standard input and output are, to ask on.
///
/// Who has one has the turn to ask; others wait.
package struct Terminal: ~Copyable {
    let device: TerminalDevice

    /// Nil where there is none to ask on: no controlling terminal, or a job in the background.
    package init?() {
        PromptTurn.begin()
        guard let device = TerminalDevice() else {
            PromptTurn.end()
            return nil
        }
        device.awaitTurn()
        self.device = device
    }

    deinit { PromptTurn.end() }

    /// Whether there is one to ask on now.
    static var isThere: Bool { TerminalDevice() != nil }

    package func write(_ text: String) {
        _ = device.write(text)
    }
}
