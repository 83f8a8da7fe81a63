internal import Glibc
internal import PKCS11

/// One question at a time in a process: people answer one, and the signal handlers of a question are the process's.
enum PromptTurn {
    /// The process that asks, or 0. A child that was forked while its parent asked need not wait for it.
    private static let holder = Lock<pid_t>(0)

    /// Waits for the turn. Others hold it as long as a person takes, so there is no hurry to look again.
    /// Signals do meanwhile what they do without us.
    ///
    /// - Returns: false where the deadline has passed before.
    static func begin(_ deadline: Deadline) -> Bool {
        while !take() {
            guard !deadline.hasPassed else { return false }
            usleep(20_000)
        }
        return true
    }

    /// The error of a question that could not be asked in time.
    static func timeout(_ label: String) -> CSPError {
        CSPError(.timeout, "\(label): not asked, for another question was open all the time")
    }

    static func end() {
        holder.withLock { $0 = 0 }
    }

    private static func take() -> Bool {
        let process = getpid()
        return holder.withLock { holder in
            guard holder != process else { return false }
            holder = process
            return true
        }
    }
}
