import Foundation
import PKCS11
import Synchronization
import Testing

@testable import TokenCSP

/// Each in a process of its own, whose controlling terminal is a pseudo-terminal.
@Suite("A terminal") struct InteractionTerminalTests {
    @Test("asks for a PIN without echo, and forgets what was typed before")
    func asksForAPIN() async {
        await #expect(processExitsWith: .success) {
            let terminal = PseudoTerminal()
            let before = terminal.settings
            terminal.type("typed ahead\nand half")
            let pin = terminal.with({ person in
                person.expect("wants to sign with the signature key of container \"alice\".")
                person.expect("PIN for token \"demo\": ")
                #expect(!person.echoes)
                person.type("s\u{7F}1234\n")
            }) { try? TerminalInteraction().enterPIN(FakePinentry.request) }
            #expect(pin?.text == "1234")
            #expect(terminal.settings == before)
            #expect(terminal.rest.trimmingCharacters(in: .newlines) == "")
        }
    }

    @Test("that a program has in raw mode asks all the same, and is raw again afterwards")
    func thatIsRaw() async {
        await #expect(processExitsWith: .success) {
            let terminal = PseudoTerminal()
            terminal.set { cfmakeraw(&$0) }
            let before = terminal.settings
            let pin = terminal.with({ person in
                person.expect("PIN for token \"demo\": ")
                person.type("1234\r")
            }) { try? TerminalInteraction().enterPIN(FakePinentry.request) }
            #expect(pin?.text == "1234")
            #expect(terminal.settings == before)
        }
    }

    @Test("that gets no answer is ERROR_TIMEOUT; a half-typed PIN goes nowhere")
    func thatGetsNoAnswer() async {
        await #expect(processExitsWith: .success) {
            let terminal = PseudoTerminal()
            let before = terminal.settings
            var request = FakePinentry.request
            request.timeout = 1
            let code = terminal.with({ person in
                person.expect("PIN for token \"demo\": ")
                person.type("half a PIN")
            }) { failure { _ = try TerminalInteraction().enterPIN(request) }.code }
            #expect(code == .timeout)
            #expect(terminal.settings == before)
            let typed = terminal.with({ person in
                person.expect("PIN for token \"demo\": ")
                person.type("1\n")
            }) { try? TerminalInteraction().enterPIN(request).text }
            #expect(typed == "1")
        }
    }

    @Test("that gets nothing, its end or too much refuses; so does one that is hung up")
    func thatGetsNothing() async {
        await #expect(processExitsWith: .success) {
            let terminal = PseudoTerminal()
            signal(SIGHUP, SIG_IGN)
            let before = terminal.settings
            let answers: [(String, ErrorCode)] = [
                ("\n", .cancelledByUser), ("\u{4}", .cancelledByUser),
                (String(repeating: "9", count: 1025) + "\n", .invalidChv),
                (String(repeating: "9", count: 4000) + "\n", .invalidChv),
            ]
            for (answer, code) in answers {
                let found = terminal.with({ person in
                    person.expect("PIN for token \"demo\": ")
                    person.type(answer)
                }) { failure { _ = try TerminalInteraction().enterPIN(FakePinentry.request) }.code }
                #expect(found == code)
                #expect(terminal.settings == before)
            }
            let longest = terminal.with({ person in
                person.expect("PIN for token \"demo\": ")
                person.type(String(repeating: "9", count: 1024) + "\n")
            }) { try? TerminalInteraction().enterPIN(FakePinentry.request).count }
            #expect(longest == 1024)
            var request = FakePinentry.request
            request.timeout = nil
            let hungUp = terminal.with({ person in
                person.expect("PIN for token \"demo\": ")
                person.hangUp()
            }) { failure { _ = try TerminalInteraction().enterPIN(request) }.code }
            #expect(hungUp == .cancelledByUser)
        }
    }

    @Test("takes a new PIN when it was typed twice, three rounds at most")
    func takesANewPIN() async {
        await #expect(processExitsWith: .success) {
            let terminal = PseudoTerminal()
            var request = FakePinentry.request
            request.question = .newPIN
            request.pinLength = 4...8
            let pin = terminal.with({ person in
                for (first, second) in [("1234", "1235"), ("123", nil), ("5678", "5678")] as [(String, String?)] {
                    person.expect("New PIN for token \"demo\": ")
                    person.type(first + "\n")
                    guard let second else {
                        person.expect("The token takes PINs of 4 to 8 bytes.")
                        continue
                    }
                    person.expect("New PIN for token \"demo\", again: ")
                    person.type(second + "\n")
                    if first != second { person.expect("The two PINs differ: once more.") }
                }
            }) { try? TerminalInteraction().enterPIN(request) }
            #expect(pin?.text == "5678")
            let code = terminal.with({ person in
                for round in 1...3 {
                    person.expect("New PIN for token \"demo\": ")
                    person.type("1234\(round)\n")
                    person.expect("again: ")
                    person.type("12345678\n")
                }
            }) { failure { _ = try TerminalInteraction().enterPIN(request) }.code }
            #expect(code == .invalidChv)
        }
    }

    @Test("takes a yes for a yes; the complaint comes first, then the question")
    func takesAYes() async {
        await #expect(processExitsWith: .success) {
            let terminal = PseudoTerminal()
            var request = FakePinentry.request
            request.question = .consent
            for (answer, isYes) in [("y", true), ("YES", true), ("", false), ("n", false), ("yess", false)] {
                let code = terminal.with({ person in
                    person.expect("container \"alice\"")
                    person.expect("Allow this? [y/N] ")
                    #expect(person.echoes)
                    person.type(answer + "\n")
                }) { confirmed(request) }
                #expect(code == (isYes ? nil : .cancelledByUser), "\(answer)")
            }
            request.question = .token
            request.complaint = "It is not there yet."
            for (answer, isYes) in [("", true), ("y", true), ("n", false)] {
                let code = terminal.with({ person in
                    person.expect("It is not there yet.\r\nInsert token \"demo\" [Y/n] ")
                    person.type(answer + "\n")
                }) { confirmed(request) }
                #expect(code == (isYes ? nil : .cancelledByUser), "\(answer)")
            }
        }
    }

    @Test(
        "lets a program's own handlers run, in whatever thread, and ends the question as cancelled",
        arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT])
    func letsHandlersRun(number: CInt) async {
        // An exit test captures nothing.
        await #expect(processExitsWith: .success) { [number] in
            let terminal = PseudoTerminal()
            let before = terminal.settings
            Self.install(number)
            for isElsewhere in [false, true] {
                var mask = sigset_t()
                sigemptyset(&mask)
                sigaddset(&mask, number)
                // The thread that asks cannot get it then: the person's thread does.
                if isElsewhere { pthread_sigmask(SIG_BLOCK, &mask, nil) }
                let handled = Self.handled.load(ordering: .relaxed)
                let blocked = mask
                let code = terminal.with({ person in
                    var mask = blocked
                    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
                    person.expect("PIN for token \"demo\": ")
                    #expect(!person.echoes)
                    kill(getpid(), number)
                    // Stays until the question has ended: a thread for the signal.
                    usleep(500_000)
                }) { failure { _ = try TerminalInteraction().enterPIN(FakePinentry.request) }.code }
                #expect(code == .cancelledByUser)
                #expect(Self.handled.load(ordering: .relaxed) == handled + 1)
                #expect(terminal.settings == before)
                #expect(Self.echoedInHandler.load(ordering: .relaxed) == 1, "the terminal was as it was")
                pthread_sigmask(SIG_UNBLOCK, &mask, nil)
                var action = sigaction()
                sigaction(number, nil, &action)
                #expect(action.sa_flags & SA_NODEFER != 0, "the program's own action is back")
            }
        }
    }

    private static let handled = Atomic<Int>(0)
    private static let echoedInHandler = Atomic<Int>(-1)

    private static func install(_ number: CInt) {
        _ = (handled.load(ordering: .relaxed), echoedInHandler.load(ordering: .relaxed))
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            let terminal = open("/dev/tty", O_RDWR | O_NOCTTY)
            var settings = termios()
            tcgetattr(terminal, &settings)
            close(terminal)
            InteractionTerminalTests.echoedInHandler.store(
                settings.c_lflag & UInt32(ECHO) != 0 ? 1 : 0, ordering: .relaxed)
            InteractionTerminalTests.handled.add(1, ordering: .relaxed)
        }
        action.sa_flags = SA_NODEFER
        sigaction(number, &action, nil)
    }

    @Test("goes on after signals that are ignored, and those that are no concern of it")
    func goesOnAfterIgnoredSignals() async {
        await #expect(processExitsWith: .success) {
            let terminal = PseudoTerminal()
            for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP] { signal(number, SIG_IGN) }
            signal(SIGALRM) { _ in }
            let pin = terminal.with({ person in
                person.expect("PIN for token \"demo\": ")
                for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGALRM, SIGCONT] { kill(getpid(), number) }
                usleep(300_000)
                person.type("\u{3}\u{1C}")
                person.expect("PIN for token \"demo\": ")
                person.type("1234\n")
            }) { try? TerminalInteraction().enterPIN(FakePinentry.request).text }
            #expect(pin == "1234")
            var action = sigaction()
            sigaction(SIGINT, nil, &action)
            #expect(
                unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
                    == unsafeBitCast(SIG_IGN, to: Int.self))
        }
    }

    @Test("leaves no descriptor open")
    func leavesNoDescriptorOpen() async {
        await #expect(processExitsWith: .success) {
            let terminal = PseudoTerminal()
            func ask() {
                let pin = terminal.with({ person in
                    person.expect("PIN for token \"demo\": ")
                    person.type("1234\n")
                }) { try? TerminalInteraction().enterPIN(FakePinentry.request) }
                #expect(pin != nil)
            }
            ask()
            let before = openDescriptors
            for _ in 0..<5 { ask() }
            #expect(openDescriptors == before)
        }
    }

    @Test("that is not there is SCARD_W_CARD_NOT_AUTHENTICATED")
    func thatIsNotThere() async {
        await #expect(processExitsWith: .success) {
            precondition(setsid() >= 0)
            #expect(!TerminalInteraction().isAvailable)
            #expect(failure { _ = try TerminalInteraction().enterPIN(FakePinentry.request) }.code == .notAuthenticated)
            #expect(failure { try TerminalInteraction().confirm(FakePinentry.request) }.code == .notAuthenticated)
            #expect(TerminalInteraction().announcePad(FakePinentry.request) == nil)
        }
    }
}

private func confirmed(_ request: UserRequest) -> ErrorCode? {
    do throws(CSPError) {
        try TerminalInteraction().confirm(request)
        return nil
    } catch {
        return error.code
    }
}

var openDescriptors: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).sorted()
}
