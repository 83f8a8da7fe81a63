internal import CNettle
internal import Glibc
internal import Synchronization

/// Catches signals while a question is open, so that the terminal or the dialog is put away before they do their work.
///
/// The handlers are the process's and the program's own are put back afterwards: within a PromptTurn only. A signal that
/// the program ignores stays ignored.
struct SignalWatch: ~Copyable {
    /// Readable when a signal has come; `next` reads it.
    let descriptor: CInt
    private let caught: [CInt]

    /// What ends a process, by a keyboard or from outside.
    static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    /// Nil where the process has no descriptors left.
    init?(_ numbers: [CInt]) {
        var ends: [CInt] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else { return nil }
        descriptor = ends[0]
        Mailbox.open(ends[1])
        caught = numbers.filter { Mailbox.take($0) }
    }

    /// The next signal that came; nil where there is none.
    func next() -> CInt? {
        var number: UInt8 = 0
        while true {
            let count = read(descriptor, &number, 1)
            if count == 1 { return CInt(number) }
            guard count < 0, errno == EINTR else { return nil }
        }
    }

    /// Whether the program leaves this signal to the system.
    static func isDefault(_ number: CInt) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        return Mailbox.address(action) == unsafeBitCast(SIG_DFL, to: Int.self)
    }

    /// Does what the signal does to a program without us; used for those that stop it. Returns when it goes on.
    func letThrough(_ number: CInt) {
        Mailbox.giveBack(number)
        let isStopping = Self.isDefault(number)
        Self.raiseAgain(number)
        // A handler of the program's may run later, in another thread: it stays then.
        if isStopping { _ = Mailbox.take(number) }
    }

    /// Puts the program's handlers back and raises `number` and what came and was not read. True where one was to end
    /// the process, which has survived it.
    consuming func end(raising number: CInt? = nil) -> Bool {
        for number in caught { Mailbox.giveBack(number) }
        let isQuiet = Mailbox.close()
        var left = number.map { [$0] } ?? []
        while let number = next() {
            if number != SIGCONT, !left.contains(number) { left.append(number) }
        }
        if isQuiet { Glibc.close(descriptor) }
        for number in left { Self.raiseAgain(number) }
        return left.contains { Self.ending.contains($0) }
    }

    /// Raises a signal with the disposition that it has now.
    private static func raiseAgain(_ number: CInt) {
        var one = sigset_t()
        sigemptyset(&one)
        sigaddset(&one, number)
        var before = sigset_t()
        guard isDefault(number) else {
            // In a thread that the program lets its handlers run in.
            pthread_sigmask(SIG_BLOCK, nil, &before)
            if sigismember(&before, number) == 1 { kill(getpid(), number) } else { raise(number) }
            return
        }
        // The process ends or stops within `raise`.
        pthread_sigmask(SIG_UNBLOCK, &one, &before)
        raise(number)
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}

/// Where the signal handler puts the numbers: a pipe's end that poll can wait for.
///
/// A signal handler can capture nothing and must not touch a Swift `var` (exclusivity checks): constants only, all of
/// them made before it is installed. `write`, `getpid`, `sigaction` and `raise` are async-signal-safe.
private enum Mailbox {
    private static let process = Atomic<pid_t>(0)
    private static let descriptor = Atomic<CInt>(-1)
    /// Handlers that run now.
    private static let visitors = Atomic<Int>(0)
    private static nonisolated(unsafe) let actions: UnsafeMutablePointer<sigaction> = {
        let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
        actions.initialize(repeating: sigaction(), count: 65)
        return actions
    }()

    private static let handler: @convention(c) (CInt) -> Void = { number in
        let code = errno
        Mailbox.visitors.add(1, ordering: .sequentiallyConsistent)
        let descriptor = Mailbox.descriptor.load(ordering: .sequentiallyConsistent)
        if descriptor >= 0, getpid() == Mailbox.process.load(ordering: .relaxed) {
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(descriptor, &byte, 1)
        } else {
            // A child that was forked meanwhile, or the question has just ended: as without us.
            sigaction(number, Mailbox.actions + Int(number), nil)
            raise(number)
        }
        Mailbox.visitors.subtract(1, ordering: .sequentiallyConsistent)
        errno = code
    }

    static func address(_ action: sigaction) -> Int {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    }

    static func open(_ end: CInt) {
        visitors.store(0, ordering: .relaxed)
        process.store(getpid(), ordering: .relaxed)
        descriptor.store(end, ordering: .sequentiallyConsistent)
    }

    /// True where nobody uses the pipe any more. One that is still in use stays open: its number must not become that
    /// of another file.
    static func close() -> Bool {
        let end = descriptor.exchange(-1, ordering: .sequentiallyConsistent)
        for _ in 0..<1000 {
            if visitors.load(ordering: .sequentiallyConsistent) == 0 {
                Glibc.close(end)
                return true
            }
            usleep(1000)
        }
        return false
    }

    /// False where the program ignores the signal.
    static func take(_ number: CInt) -> Bool {
        let place = actions + Int(number)
        guard sigaction(number, nil, place) == 0, address(place.pointee) != unsafeBitCast(SIG_IGN, to: Int.self) else {
            return false
        }
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        // Programs with small stacks (Go) want their handlers' own one.
        action.sa_flags = SA_RESTART | SA_ONSTACK
        sigfillset(&action.sa_mask)
        return sigaction(number, &action, nil) == 0
    }

    /// Puts the program's action back, unless it has set another meanwhile.
    static func giveBack(_ number: CInt) {
        var current = sigaction()
        guard sigaction(number, nil, &current) == 0,
            address(current) == unsafeBitCast(handler, to: Int.self)
        else { return }
        sigaction(number, actions + Int(number), nil)
    }
}
