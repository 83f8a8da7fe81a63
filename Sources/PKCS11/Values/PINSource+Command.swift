internal import CPKCS11
internal import Glibc

extension PINSource {
    /// How long a command may take, in seconds. Tests have less time.
    package static let commandSeconds = Lock(60)

    /// Runs `/bin/sh -c command` and answers what it prints.
    ///
    /// It gets nothing to read, our standard error, and no other descriptor of ours. It is a process group of its own, so
    /// that all of it can be ended: after the time is over, and where it prints more than any PIN has.
    static func run(_ command: String) throws(Fault) -> PIN {
        guard !command.allSatisfy(\.isWhitespace) else { throw Fault("it names no command") }
        var ends: [CInt] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw .system }
        let (output, input) = (ends[0], ends[1])
        defer { close(output) }
        let started = Result { () throws(Fault) in try start(command, writingTo: input) }
        // The command has its own; ours would keep the output from ending.
        close(input)
        let process = try started.get()
        let seconds = commandSeconds.withLock { $0 }
        let deadline = Deadline(seconds: seconds)
        let answer = Result { () throws(Fault) in try read(output, until: deadline) }
        // What it printed counts only where it ended well; but too much, or no end, ends the waiting.
        if case .failure(let fault) = answer, !fault.isEmptiness {
            end(process)
            throw fault
        }
        let status = try wait(for: process, until: deadline)
        guard status == 0 else {
            // As WIFEXITED, WEXITSTATUS and WTERMSIG have it, which Swift does not import.
            let signal = status & 0x7F
            throw Fault(
                signal == 0 ? "the command's exit status is \(status >> 8 & 0xFF)" : "signal \(signal) ended it")
        }
        return try answer.get()
    }

    private static func start(_ command: String, writingTo input: CInt) throws(Fault) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard posix_spawn_file_actions_init(&actions) == 0 else { throw .system }
        defer { posix_spawn_file_actions_destroy(&actions) }
        guard posix_spawnattr_init(&attributes) == 0 else { throw .system }
        defer { posix_spawnattr_destroy(&attributes) }
        // In this order: `input` may be 0 where the program has closed its standard input.
        posix_spawn_file_actions_adddup2(&actions, input, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
        // What the program blocks or ignores is no business of the command's.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))
        var process = pid_t()
        let failure = withArguments(["/bin/sh", "-c", command]) {
            posix_spawn(&process, "/bin/sh", &actions, &attributes, $0, environ)
        }
        guard failure == 0 else { throw Fault("/bin/sh cannot be run: " + String(cString: strerror(failure))) }
        return process
    }

    private static func withArguments(
        _ arguments: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt
    ) -> CInt {
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { $0.baseAddress.map(body) } ?? EINVAL
    }

    private static func wait(for process: pid_t, until deadline: Deadline) throws(Fault) -> CInt {
        var status: CInt = 0
        var pause: UInt32 = 500
        while true {
            let answer = waitpid(process, &status, WNOHANG)
            if answer == process { return status }
            if answer < 0, errno == EINTR { continue }
            guard answer == 0 else {
                throw Fault(
                    "how the command ended cannot be told: the program waits for every child, or ignores SIGCHLD")
            }
            guard deadline.milliseconds > 0 else {
                end(process)
                throw deadline.fault
            }
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
    }

    private static func end(_ process: pid_t) {
        kill(-process, SIGKILL)
        while waitpid(process, nil, 0) < 0, errno == EINTR {}
    }

    /// Until when something may take.
    struct Deadline {
        private let seconds: Int
        private let end: timespec

        init(seconds: Int) {
            self.seconds = seconds
            var end = Self.now
            end.tv_sec += seconds
            self.end = end
        }

        private static var now: timespec {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return time
        }

        /// What is left.
        var milliseconds: Int {
            let now = Self.now
            return max(0, (end.tv_sec - now.tv_sec) * 1000 + (end.tv_nsec - now.tv_nsec) / 1_000_000)
        }

        var fault: Fault { Fault("the command took more than \(seconds) s and was ended") }

        /// Returns when there is something to read, or its end.
        func wait(for descriptor: CInt) throws(Fault) {
            while true {
                var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                let answer = Glibc.poll(&poll, 1, CInt(clamping: milliseconds))
                if answer > 0 { return }
                if answer < 0, errno != EINTR { throw .system }
                guard milliseconds > 0 else { throw fault }
            }
        }
    }
}
