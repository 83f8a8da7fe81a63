internal import CNettle
@preconcurrency internal import Glibc

/// A pinentry that was started, and our end of the socket that is its standard input and output.
struct PinentryProcess: ~Copyable {
    let socket: CInt
    private let identifier: pid_t

    /// - Throws: SCARD_W_CARD_NOT_AUTHENTICATED where it cannot be started.
    init(_ path: String) throws(CSPError) {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Self.failure(path, errno)
        }
        defer { close(ends[1]) }
        let (code, process) = Self.spawn(path, ends[1])
        guard code == 0 else {
            close(ends[0])
            throw Self.failure(path, code)
        }
        socket = ends[0]
        identifier = process
    }

    /// It sees the end of its input and ends; one that does not is ended.
    deinit {
        close(socket)
        if !isGone(within: 1000) { kill(identifier, SIGTERM) }
        if !isGone(within: 1000) { kill(identifier, SIGKILL) }
        _ = isGone(within: 5000)
    }

    /// Ends it now: SIGTERM lets it put the terminal back.
    func interrupt() {
        // It is not reaped here: its number stays its own.
        var state = siginfo_t()
        if waitid(P_PID, id_t(identifier), &state, WEXITED | WNOHANG | WNOWAIT) == 0 { kill(identifier, SIGTERM) }
    }

    /// Reaps it. Where the program ignores SIGCHLD or reaps all children itself there is none left (ECHILD).
    private func isGone(within milliseconds: Int) -> Bool {
        for wait in stride(from: 0, through: milliseconds, by: 10) {
            let reaped = waitpid(identifier, nil, WNOHANG)
            if reaped == identifier || reaped < 0 && errno == ECHILD { return true }
            if wait < milliseconds { usleep(10_000) }
        }
        return false
    }

    /// Its descriptors are the socket and /dev/null, its signals as a shell would start it.
    private static func spawn(_ path: String, _ end: CInt) -> (code: CInt, process: pid_t) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, end, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)

        let name = strdup(path)
        defer { free(name) }
        var arguments = [name, nil]
        var process: pid_t = 0
        let code = posix_spawn(&process, path, &actions, &attributes, &arguments, environ)
        return (code, process)
    }

    private static func failure(_ path: String, _ code: CInt) -> CSPError {
        CSPError(.notAuthenticated, "pinentry \(path) cannot be started: \(String(cString: strerror(code)))")
    }

    /// The program's place; nil where there is none.
    ///
    /// - Parameter name: a path, or a name that is looked for on PATH; nil: `pinentry`.
    static func find(_ name: String?) -> String? {
        let name = name ?? "pinentry"
        if name.contains("/") { return isProgram(name) ? name : nil }
        let folders = secure_getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in folders.split(separator: ":") where folder.hasPrefix("/") {
            let path = folder + "/" + name
            if isProgram(String(path)) { return String(path) }
        }
        return nil
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
