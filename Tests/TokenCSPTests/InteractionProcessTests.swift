import Foundation
import PKCS11
import Synchronization
import Testing

@testable import TokenCSP

/// What a pinentry gets of its host, and the host of a pinentry. Each in a process of its own.
@Suite("A pinentry's process") struct InteractionProcessTests {
    @Test("has the socket and nothing else of the host's, and its signals as a shell would start it")
    func hasNothingOfTheHosts() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_IGN)
            signal(SIGTERM, SIG_IGN)
            var all = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, nil)
            // Without O_CLOEXEC.
            #expect(open("/etc/passwd", O_RDONLY) > 2)
            setenv("TOKENCSP_TEST_MARK", "marked", 1)
            let pinentry = try FakePinentry(
                """
                ls /proc/self/fd | tr '\\n' ' ' >"$0.fds"; readlink /proc/self/fd/2 >>"$0.fds"
                grep -E 'Sig(Blk|Ign)' /proc/self/status >"$0.signals"; echo "$TOKENCSP_TEST_MARK" >"$0.mark"
                echo 'D 1'; echo OK
                """)
            _ = try pinentry.interaction.enterPIN(FakePinentry.request)
            func kept(_ name: String) -> String {
                (try? String(contentsOfFile: pinentry.path + name, encoding: .utf8)) ?? ""
            }
            // 3 is the folder that ls reads.
            #expect(kept(".fds") == "0 1 2 3 /dev/null\n")
            // 32 and 33 are glibc's own.
            let none = ["0000000000000000", "0000000180000000"]
            let signals = kept(".signals").split(whereSeparator: \.isWhitespace).map(String.init)
            try #require(signals.count == 4)
            #expect(signals[1] == none[0] && none.contains(signals[3]), "\(signals)")
            #expect(kept(".mark") == "marked\n")
        }
    }

    @Test("starts where the host has closed its standard descriptors")
    func startsWithoutStandardDescriptors() async {
        await #expect(processExitsWith: .success) {
            for closed in [[0], [1], [0, 1], [0, 1, 2], [2]] as [[CInt]] {
                let pinentry = try FakePinentry()
                let copies = closed.map { fcntl($0, F_DUPFD_CLOEXEC, 100) }
                for number in closed { close(number) }
                let pin = try? pinentry.interaction.enterPIN(FakePinentry.request).text
                for (number, copy) in zip(closed, copies) {
                    dup2(copy, number)
                    close(copy)
                }
                #expect(pin == "1234", "closed: \(closed)")
            }
        }
    }

    @Test("leaves no zombie and no descriptor")
    func leavesNothing() async {
        await #expect(processExitsWith: .success) {
            let answers = [
                "echo 'D 1'; echo OK", "exit 1", "echo rubbish", "echo 'ERR 99 x'",
                "trap '' TERM; echo rubbish; sleep 3",
            ]
            // The first use opens what stays open.
            _ = try? FakePinentry().interaction.enterPIN(FakePinentry.request)
            let before = openDescriptors
            for answer in answers { _ = try? FakePinentry(answer).interaction.enterPIN(FakePinentry.request) }
            #expect(openDescriptors == before)
            #expect(waitpid(-1, nil, WNOHANG) < 0 && errno == ECHILD)
        }
    }

    @Test("serves a host that ignores SIGCHLD or reaps all children itself")
    func servesAHostThatReaps() async {
        await #expect(processExitsWith: .success) {
            signal(SIGCHLD, SIG_IGN)
            #expect(try FakePinentry().interaction.enterPIN(FakePinentry.request).text == "1234")
            let dead = try FakePinentry("exit 1")
            #expect(failure { _ = try dead.interaction.enterPIN(FakePinentry.request) }.code == .notAuthenticated)
        }
        await #expect(processExitsWith: .success) {
            signal(SIGCHLD) { _ in
                let error = errno
                while waitpid(-1, nil, WNOHANG) > 0 {}
                errno = error
            }
            for _ in 0..<5 {
                #expect(try FakePinentry().interaction.enterPIN(FakePinentry.request).text == "1234")
            }
            let dead = try FakePinentry("exit 1")
            #expect(failure { _ = try dead.interaction.enterPIN(FakePinentry.request) }.code == .notAuthenticated)
        }
    }

    @Test("that ends does not end the host by SIGPIPE")
    func thatEndsDoesNotEndTheHost() async {
        await #expect(processExitsWith: .success) {
            for shell in ["exit 0", "echo 'OK hello'; exec 0<&- 1>&-; sleep 2", "echo 'OK hello'; exit 0"] {
                let pinentry = try FakePinentry(start: shell)
                let error = failure { _ = try pinentry.interaction.enterPIN(FakePinentry.request) }
                #expect(error.code == .notAuthenticated)
            }
        }
    }

    @Test("answers a host whom signals interrupt all the time")
    func answersAHostWhomSignalsInterrupt() async {
        await #expect(processExitsWith: .success) {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in }
            sigaction(SIGALRM, &action, nil)
            var timer = itimerval(
                it_interval: timeval(tv_sec: 0, tv_usec: 2000), it_value: timeval(tv_sec: 0, tv_usec: 2000))
            setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
            let pinentry = try FakePinentry("sleep 0.5; echo 'D 1'; sleep 0.2; echo '234'; echo 'D 2'; echo OK")
            // A line that is none, after one that is: an error, not a PIN.
            #expect(failure { _ = try pinentry.interaction.enterPIN(FakePinentry.request) }.code == .notAuthenticated)
            let slow = try FakePinentry("sleep 0.5; echo 'D 1'; sleep 0.2; printf 'D 2'; sleep 0.2; echo 3; echo OK")
            #expect(try slow.interaction.enterPIN(FakePinentry.request).text == "123")
        }
    }

    @Test("is ended by a signal to the host: by default that ends too")
    func isEndedByASignal() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            let pinentry = try FakePinentry("exec sleep 60")
            pinentry.whenItAsks { kill(getpid(), SIGTERM) }
            _ = try? pinentry.interaction.enterPIN(FakePinentry.request)
            exit(1)
        }
    }

    @Test("is ended by a signal that the host has a handler for; the question was cancelled")
    func isEndedByAHandledSignal() async {
        await #expect(processExitsWith: .success) {
            _ = Self.handled.load(ordering: .relaxed)
            signal(SIGTERM) { _ in InteractionProcessTests.handled.add(1, ordering: .relaxed) }
            let pinentry = try FakePinentry("exec sleep 60")
            pinentry.whenItAsks { kill(getpid(), SIGTERM) }
            let started = ContinuousClock.now
            #expect(failure { _ = try pinentry.interaction.enterPIN(FakePinentry.request) }.code == .cancelledByUser)
            #expect(ContinuousClock.now - started < .seconds(20))
            // This thread is one of libdispatch's, which have all signals blocked: another one runs the handler.
            for _ in 0..<200 where Self.handled.load(ordering: .relaxed) == 0 { usleep(20_000) }
            #expect(Self.handled.load(ordering: .relaxed) == 1)
            #expect(pinentry.isGone)
            #expect(try FakePinentry().interaction.enterPIN(FakePinentry.request).text == "1234", "the next one works")
        }
    }

    private static let handled = Atomic<Int>(0)

    @Test("shows a notice until the pad is done")
    func showsANotice() async {
        await #expect(processExitsWith: .success) {
            setsid()
            unsetenv("WAYLAND_DISPLAY")
            unsetenv("DISPLAY")
            let unasked = try FakePinentry()
            #expect(unasked.interaction.announcePad(FakePinentry.request) == nil && unasked.log.isEmpty)
            setenv("DISPLAY", ":999", 1)
            let pinentry = try FakePinentry()
            let takeAway = try #require(pinentry.interaction.announcePad(FakePinentry.request))
            for _ in 0..<100 where pinentry.log.last != "MESSAGE" { usleep(20_000) }
            #expect(pinentry.log.last == "MESSAGE")
            #expect(pinentry.log.contains("SETERROR Enter the PIN at the reader's own pad."))
            #expect(!pinentry.isGone)
            takeAway()
            takeAway()
            #expect(pinentry.isGone)
            #expect(try FakePinentry(start: "exit 1").interaction.announcePad(FakePinentry.request) == nil)
        }
    }

    @Test("is chosen by the configuration, the display and the terminal there are")
    func isChosen() async {
        await #expect(processExitsWith: .success) {
            setsid()
            unsetenv("WAYLAND_DISPLAY")
            unsetenv("DISPLAY")
            let pinentry = try FakePinentry()
            var configuration = Configuration()
            configuration.pinentry = pinentry.path
            func code(_ kind: Configuration.Interaction) -> ErrorCode? {
                configuration.interaction = kind
                do throws(CSPError) {
                    try Interactions.choose(configuration).confirm(FakePinentry.request)
                    return nil
                } catch {
                    return error.code
                }
            }
            func isAvailable(_ kind: Configuration.Interaction) -> Bool {
                configuration.interaction = kind
                return Interactions.choose(configuration).isAvailable
            }
            // Neither display nor terminal.
            for kind in [.automatic, .terminal, .pinentry, .none] as [Configuration.Interaction] {
                #expect(!isAvailable(kind))
                if kind != .pinentry { #expect(code(kind) == .notAuthenticated) }
            }
            setenv("WAYLAND_DISPLAY", "wayland-9", 1)
            #expect(isAvailable(.automatic) && isAvailable(.pinentry) && !isAvailable(.terminal) && !isAvailable(.none))
            #expect(code(.automatic) == nil && code(.none) == .notAuthenticated)
            configuration.pinentry = "/nowhere"
            #expect(!isAvailable(.automatic) && !isAvailable(.pinentry))
            // A display that cannot be reached: the terminal, and not after a cancel.
            let terminal = PseudoTerminal(isNewSession: false)
            let broken = try FakePinentry("echo 'ERR 83918950 cannot open the display'")
            configuration.pinentry = broken.path
            #expect(
                terminal.with({ person in
                    person.expect("Allow this? [y/N] ")
                    person.type("y\n")
                }) {
                    var request = FakePinentry.request
                    request.question = .consent
                    configuration.interaction = .automatic
                    return try? Interactions.choose(configuration).confirm(request)
                } != nil)
            configuration.pinentry = try FakePinentry("echo 'ERR 83886179 cancelled'").path
            #expect(code(.automatic) == .cancelledByUser)
            configuration.pinentry = broken.path
            #expect(code(.pinentry) == .notAuthenticated)
        }
    }
}
