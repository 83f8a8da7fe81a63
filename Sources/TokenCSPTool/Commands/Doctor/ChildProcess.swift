@preconcurrency import Glibc

/// This command once more, in a process that may hang or crash: its standard output is read up to a deadline.
struct ChildProcess: ~Copyable {
    /// How it ended.
    enum End: Equatable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
    }

    private let identifier: pid_t
    private let output: Int32

    /// Nil where it cannot be started.
    init?(_ arguments: [String]) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        // Modules talk there (tpm2-pkcs11, opencryptoki).
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)

        // A group of its own: what a module starts ends with it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)

        let words = (["tokencsp"] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        var list = words + [nil]
        var process: pid_t = 0
        guard posix_spawn(&process, "/proc/self/exe", &actions, &attributes, &list, environ) == 0 else {
            close(ends[0])
            return nil
        }
        identifier = process
        output = ends[0]
    }

    /// Reads what it prints until it ends, and ends it where it has not by then.
    ///
    /// - Parameter deadline: of the monotonic clock, in milliseconds.
    consuming func result(until deadline: Int) -> (end: End, output: [UInt8]) {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        var isLate = false
        while true {
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, Int32(clamping: max(0, deadline - milliseconds())))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else {
                isLate = true
                break
            }
            let count = read(output, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        close(output)
        // It may have closed its output and hang at its end.
        var status: Int32 = 0
        while !isLate {
            let reaped = waitpid(identifier, &status, WNOHANG)
            if reaped == identifier { return (Self.end(status), bytes) }
            if reaped < 0, errno != EINTR { return (.exited(-1), bytes) }
            isLate = milliseconds() >= deadline
            usleep(2000)
        }
        kill(-identifier, SIGKILL)
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        return (.timedOut, bytes)
    }

    private static func end(_ status: Int32) -> End {
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    }
}

/// The monotonic clock.
func milliseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}
