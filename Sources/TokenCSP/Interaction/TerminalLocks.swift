internal import Glibc
internal import PKCS11

/// The lock on /dev/tty that keeps other processes of the job from asking meanwhile.
///
/// It is the process's own kind of lock (POSIX), which names its holder: anybody may lock any byte of /dev/tty, and a lock
/// of the open file (OFD) would not tell a stranger's from the job's. But it goes with the first descriptor of /dev/tty
/// that this process closes, whichever that is: while a question is open none is closed here.
enum TerminalLocks {
    private struct State {
        /// The process whose descriptors these are: a forked child has its own locks, which are none.
        var process: pid_t = 0
        /// Those that were locked and are open.
        var locked: [CInt] = []
        /// To be closed with the last of them.
        var left: [CInt] = []
    }

    private static let state = Lock(State())

    /// Locks a byte of /dev/tty that is the job's: there is one /dev/tty for all terminals. True where there is nothing to
    /// wait for.
    static func take(_ descriptor: CInt) -> Bool {
        withState { state in
            var wanted = flock()
            wanted.l_type = Int16(F_WRLCK)
            wanted.l_whence = Int16(SEEK_SET)
            wanted.l_start = off_t(getpgrp())
            wanted.l_len = 1
            if fcntl(descriptor, F_SETLK, &wanted) == 0 {
                state.locked.append(descriptor)
                return true
            }
            guard errno == EAGAIN || errno == EACCES, fcntl(descriptor, F_GETLK, &wanted) == 0 else { return true }
            // Who is none of the job is not waited for.
            return wanted.l_type != Int16(F_UNLCK) && getpgid(wanted.l_pid) != getpgrp()
        }
    }

    /// Closes a descriptor of /dev/tty, now or with the question that is open.
    static func close(_ descriptor: CInt) {
        withState { state in
            state.locked.removeAll { $0 == descriptor }
            state.left.append(descriptor)
            guard state.locked.isEmpty else { return }
            for descriptor in state.left { Glibc.close(descriptor) }
            state.left = []
        }
    }

    /// Runs `body` with the descriptor of an open question's terminal, which stays open meanwhile; nil: there is none.
    static func withLocked<R>(_ body: (CInt?) -> R) -> R {
        withState { body($0.locked.last) }
    }

    private static func withState<R>(_ body: (inout State) -> R) -> R {
        state.withLock { state in
            if state.process != getpid() {
                // What the parent had open for others is closed with the child.
                state = State(process: getpid())
            }
            return body(&state)
        }
    }
}
