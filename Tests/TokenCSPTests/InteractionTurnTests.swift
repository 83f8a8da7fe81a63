import Foundation
import PKCS11
import Testing

@testable import TokenCSP

/// One question at a time, and who waits for it. Most in a process of its own, whose controlling terminal is a
/// pseudo-terminal.
@Suite("The turn to ask") struct InteractionTurnTests {
    @Test("is kept while other threads look whether there is a terminal, and given back with the answer")
    func isKept() async {
        await #expect(processExitsWith: .success) {
            let terminal = PseudoTerminal()
            func ask() -> String? {
                terminal.with({ person in
                    person.expect("PIN for token \"demo\": ")
                    #expect(holdsTerminal(getpid()))
                    #expect(TerminalInteraction().isAvailable)
                    _ = TerminalInteraction().announcePad(FakePinentry.request)
                    #expect(TerminalInteraction().isAvailable)
                    #expect(holdsTerminal(getpid()))
                    person.type("1234\n")
                }) { try? TerminalInteraction().enterPIN(FakePinentry.request).text }
            }
            #expect(ask() == "1234")
            let before = openDescriptors
            #expect(!holdsTerminal(getpid()))
            #expect(ask() == "1234")
            #expect(!holdsTerminal(getpid()))
            #expect(openDescriptors == before)
        }
    }

    @Test("that another of the job has is waited for as long as the question may last")
    func thatAnotherHas() async {
        await #expect(processExitsWith: .success) {
            let terminal = PseudoTerminal()
            let pinentry = try FakePinentry()
            let other = another(forSeconds: 30)
            var request = FakePinentry.request
            request.timeout = 1
            let started = ContinuousClock.now
            let interactions: [any UserInteraction] = [TerminalInteraction(), pinentry.interaction]
            for interaction in interactions {
                #expect(failure { _ = try interaction.enterPIN(request) }.code == .timeout)
                #expect(failure { try interaction.confirm(request) }.code == .timeout)
            }
            #expect(ContinuousClock.now - started < .seconds(15))
            #expect(pinentry.log.isEmpty && terminal.rest.isEmpty, "nothing was asked")
            kill(other, SIGKILL)
            waitpid(other, nil, 0)
            #expect(try pinentry.interaction.enterPIN(request).text == "1234")
            #expect(!holdsTerminal(getpid()))
        }
    }

    @Test("that another of the job has: a signal ends the program that waits")
    func aSignalEndsWhoWaits() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            _ = PseudoTerminal()
            let pinentry = try FakePinentry()
            _ = another(forSeconds: 30)
            Thread {
                usleep(500_000)
                kill(getpid(), SIGTERM)
                sleep(5)
                _exit(3)
            }.start()
            _ = try? pinentry.interaction.enterPIN(FakePinentry.request)
            _exit(4)
        }
    }

    @Test("that another thread has is waited for as long as the question may last")
    func thatAnotherThreadHas() async {
        await #expect(processExitsWith: .success) {
            let first = try FakePinentry("sleep 4; echo 'D 1'; echo OK")
            let second = try FakePinentry()
            async let answer = Self.ask(first)
            for _ in 0..<500 where first.log.last != "GETPIN" { usleep(20_000) }
            var request = FakePinentry.request
            request.timeout = 1
            #expect(failure { _ = try second.interaction.enterPIN(request) }.code == .timeout)
            #expect(second.log.isEmpty)
            #expect(try await answer == "1")
        }
    }

    private static func ask(_ pinentry: FakePinentry) async throws -> String {
        try pinentry.interaction.enterPIN(FakePinentry.request).text
    }
}

/// Whether this process has locked its job's place on /dev/tty.
private func holdsTerminal(_ process: pid_t) -> Bool {
    let locks = (try? String(contentsOfFile: "/proc/locks", encoding: .utf8)) ?? ""
    return locks.split(separator: "\n").contains { line in
        // 1: POSIX  ADVISORY  WRITE process device:inode start end
        let words = line.split(separator: " ")
        return words.count == 8 && words[1] == "POSIX" && words[4] == "\(process)" && words[6] == "\(getpgrp())"
    }
}

/// Starts another process of this job, which has the terminal's lock.
private func another(forSeconds seconds: Int) -> pid_t {
    let script = """
        import fcntl, os, time
        fcntl.lockf(os.open("/dev/tty", os.O_RDWR), fcntl.LOCK_EX, 1, os.getpgrp())
        time.sleep(\(seconds))
        """
    var arguments = ["python3", "-c", script].map { (word: String) in strdup(word) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    precondition(posix_spawnp(&process, "python3", nil, nil, &arguments, environ) == 0)
    for _ in 0..<500 where !holdsTerminal(process) { usleep(20_000) }
    precondition(holdsTerminal(process))
    return process
}
