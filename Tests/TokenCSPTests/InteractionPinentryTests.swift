import Foundation
import PKCS11
import Testing

@testable import TokenCSP

@Suite("A pinentry") struct InteractionPinentryTests {
    private let request = FakePinentry.request

    @Test("is told the facts and answers the PIN, percent-encoded both ways")
    func isToldTheFacts() throws {
        let pinentry = try FakePinentry(
            "echo '# a comment'; echo 'S STATUS x'; echo 'D a%2525%0d'; echo 'D %20b '; echo OK")
        var request = request
        request.complaint = "100% wrong"
        request.prompt = "Pay\n5 €"
        #expect(try pinentry.interaction.enterPIN(request).text == "a%25\r b ")
        #expect(pinentry.isGone)
        let log = pinentry.log
        let facts =
            "Program \"\(request.program)\" (process \(getpid())) wants to sign with the signature key of container \"alice\"."
        let description = try #require(log.first { $0.hasPrefix("SETDESC ") })
        #expect(description.hasPrefix("SETDESC \(facts)%0AToken: demo (serial 0123)"))
        #expect(description.hasSuffix("%0AThe program says: \"Pay?5 €\""))
        #expect(log.contains("SETERROR 100%25 wrong"))
        #expect(log.contains("SETPROMPT PIN:"))
        #expect(log.contains("SETTIMEOUT 30"))
        #expect(log.last == "BYE")
        #expect(
            !log.contains {
                $0.contains("external-password-cache") || $0.contains("no-grab") || $0.contains("SETKEYINFO")
            })
    }

    @Test("that was cancelled is SCARD_W_CANCELLED_BY_USER", arguments: [83_886_179, 83_886_194, 83_886_278, 99])
    func thatWasCancelled(code: Int) throws {
        let pinentry = try FakePinentry("echo 'ERR \(code) Operation cancelled <Pinentry>'")
        #expect(failure { _ = try pinentry.interaction.enterPIN(request) }.code == .cancelledByUser)
        #expect(failure { try pinentry.interaction.confirm(request) }.code == .cancelledByUser)
        #expect(pinentry.isGone)
    }

    @Test("that was given nothing was cancelled")
    func thatWasGivenNothing() throws {
        let pinentry = try FakePinentry("echo OK")
        #expect(failure { _ = try pinentry.interaction.enterPIN(request) }.code == .cancelledByUser)
    }

    /// In a process of its own, where no other test's question takes the time.
    @Test("that ran out of time is ERROR_TIMEOUT, also one that says cancelled or nothing then")
    func thatRanOutOfTime() async {
        await #expect(processExitsWith: .success) {
            let answers = [
                "echo 'ERR 83886142 Timeout <Pinentry>'", "sleep 1.1; echo 'ERR 83886179 cancelled'", "exec sleep 60",
                "trap '' TERM; while :; do sleep 1; done",
            ]
            var request = FakePinentry.request
            request.timeout = 1
            for answer in answers {
                let pinentry = try FakePinentry(answer)
                let started = ContinuousClock.now
                #expect(failure { _ = try pinentry.interaction.enterPIN(request) }.code == .timeout)
                #expect(ContinuousClock.now - started < .seconds(12))
                #expect(pinentry.isGone)
            }
        }
    }

    @Test("that fails is SCARD_W_CARD_NOT_AUTHENTICATED with its own words")
    func thatFails() throws {
        let pinentry = try FakePinentry("echo 'ERR 83918950 No%0Aterminal <Pinentry>'")
        let error = failure { _ = try pinentry.interaction.enterPIN(request) }
        #expect(error.code == .notAuthenticated)
        #expect(error.reason.contains("No?terminal <Pinentry>"), "\(error)")
    }

    @Test(
        "that talks rubbish, dies or says nothing is an error, soon",
        arguments: [
            "echo rubbish", "printf '\\001\\377\\n'", "echo OK2", "exit 1", "kill -9 $$", "printf 'OK'; exit 0",
            "head -c 100000 /dev/zero | tr '\\0' x", "head -c 1000000 /dev/zero", "yes '# comment'", "yes 'D 1'",
            "echo 'ERR'",
            "echo 'ERR x y'", "echo 'INQUIRE PIN'", "exec 0<&- 1>&-; sleep 5", "echo 'ERR 99999999999999999999 x'",
            "echo 'ERR -99 x'",
        ])
    func thatTalksRubbish(shell: String) throws {
        let started = ContinuousClock.now
        let greeting = try FakePinentry(start: shell)
        #expect(failure { _ = try greeting.interaction.enterPIN(request) }.code == .notAuthenticated)
        let answer = try FakePinentry(shell)
        let error = failure { _ = try answer.interaction.enterPIN(request) }
        #expect(error.code == .notAuthenticated)
        #expect(error.reason.contains("pinentry"))
        #expect(ContinuousClock.now - started < .seconds(15))
        #expect(greeting.isGone && answer.isGone)
    }

    @Test(
        "whose PIN cannot be is an error",
        arguments: ["D %", "D %1", "D %zz", "D " + String(repeating: "9", count: 1100)])
    func whosePINCannotBe(line: String) throws {
        let pinentry = try FakePinentry("echo '\(line)'; echo OK")
        #expect(failure { _ = try pinentry.interaction.enterPIN(request) }.code == .notAuthenticated)
        let twice = try FakePinentry("for i in 1 2 3; do echo 'D \(String(repeating: "9", count: 900))'; done; echo OK")
        #expect(failure { _ = try twice.interaction.enterPIN(request) }.code == .notAuthenticated)
    }

    @Test("that never greets is an error when patience ends")
    func thatNeverGreets() throws {
        let pinentry = try FakePinentry(start: "exec sleep 60")
        #expect(failure { _ = try pinentry.interaction.enterPIN(request) }.code == .notAuthenticated)
        #expect(pinentry.isGone)
    }

    @Test("that is not there is an error", arguments: ["/nowhere/pinentry", "/", "/etc/passwd", "no-such-pinentry"])
    func thatIsNotThere(path: String) {
        let interaction = PinentryInteraction(path: path)
        #expect(!interaction.isAvailable)
        let error = failure { _ = try interaction.enterPIN(request) }
        #expect(error.code == .notAuthenticated)
        #expect(error.reason.contains(path))
    }

    @Test("confirms")
    func confirms() throws {
        let pinentry = try FakePinentry("echo OK")
        var request = request
        request.question = .consent
        request.isForOneUse = true
        try pinentry.interaction.confirm(request)
        #expect(pinentry.log.contains("CONFIRM"))
        #expect(pinentry.log.contains { $0.contains("This key asks at each use.") })
    }

    @Test("asks twice for a new PIN, by itself or by us")
    func asksTwice() throws {
        var request = request
        request.question = .newPIN
        let itself = try FakePinentry("echo 'S PIN_REPEATED'; echo 'D 5678'; echo OK")
        #expect(try itself.interaction.enterPIN(request).text == "5678")
        #expect(itself.log.count { $0 == "GETPIN" } == 1)
        let once = try FakePinentry("echo 'D 5678'; echo OK")
        #expect(try once.interaction.enterPIN(request).text == "5678")
        #expect(once.log.count { $0 == "GETPIN" } == 2)
        let differing = try FakePinentry("echo \"D $n\"; echo OK")
        #expect(failure { _ = try differing.interaction.enterPIN(request) }.code == .invalidChv)
        #expect(differing.log.count { $0 == "GETPIN" } == 6)
        #expect(differing.log.contains("SETERROR The two PINs differ: once more."))
        request.pinLength = 6...8
        let short = try FakePinentry("[ $n = 1 ] && echo 'D 5678' || echo 'D 567890'; echo OK")
        #expect(try short.interaction.enterPIN(request).text == "567890")
        #expect(short.log.contains("SETERROR The token takes PINs of 6 to 8 bytes."))
    }

    @Test("is asked by one thread at a time")
    func isAskedByOneThreadAtATime() async throws {
        let pinentry = try FakePinentry("sleep 0.2; echo 'D 1'; echo OK")
        let interaction = pinentry.interaction
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 { group.addTask { _ = try interaction.enterPIN(FakePinentry.request) } }
            try await group.waitForAll()
        }
        let turns = pinentry.log.filter { ["GETPIN", "BYE"].contains($0) }
        #expect(turns == ["GETPIN", "BYE", "GETPIN", "BYE", "GETPIN", "BYE"])
    }
}
