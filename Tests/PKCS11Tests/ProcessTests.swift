import Foundation
import TestTokens
import Testing

@testable import PKCS11

/// Each in a process of its own.
@Suite struct ProcessTests {
    @Test func aProcessEndsNormallyThoughTheModuleIsNeverFinalized() async {
        await #expect(processExitsWith: .success) {
            let token = try loggedInToken()
            let object = try token.writing { session throws(PKCS11Error) in
                try session.createSessionObject(Sample.data("open at exit", onToken: false))
            }
            _ = try token.rsaPair(bits: 1024)
            withExtendedLifetime(object) { exit(0) }
        }
    }

    @Test func aProcessEndsNormallyWhileThreadsAreAtWork() async {
        await #expect(processExitsWith: .success) {
            let token = try loggedInToken()
            _ = try token.create(Sample.data("x"))
            for _ in 0..<4 {
                _ = Thread.run { while true { _ = try? token.find([]) } }
            }
            for _ in 0..<20 { _ = try token.find([]) }
            try FileManager.default.removeItem(at: TestToken.folder)
            // Not exit: SoftHSM's own statics go while its threads still run.
            _exit(0)
        }
    }

    /// SoftHSM is as its parent left it (its default), or not initialized at all.
    @Test func aForkedChildLogsInAgainAndWorks() async {
        await #expect(processExitsWith: .success) { try expectChildWorks(resetOnFork: false) }
        await #expect(processExitsWith: .success) { try expectChildWorks(resetOnFork: true) }
    }

    @Test func aForkedChildThatAsksAboutTheSlotFirstInitializesToo() async {
        await #expect(processExitsWith: .success) {
            let (token, _) = try tokenMadeElsewhere(resetOnFork: true)
            let asks: [() throws -> Bool] = [
                { try token.info().flags.contains(.isInitialized) },
                { try !token.slot.mechanisms().isEmpty },
                { try token.slot.mechanismInfo(.rsaPKCS) != nil },
                { try !token.slot.description().isEmpty },
                { try TokenURI("pkcs11:token=\(token.info().label)").matches(token.slot) },
                { try !token.slot.module.slots().isEmpty },
            ]
            for (index, ask) in asks.enumerated() {
                let status = try inForkedChild(ask)
                #expect(status == 0, "question \(index): \(status)")
            }
        }
    }

    @Test func aWrongPINIsWrongInAForkedChildToo() async {
        await #expect(processExitsWith: .success) { try expectWrongPINRefused(resetOnFork: false) }
        await #expect(processExitsWith: .success) { try expectWrongPINRefused(resetOnFork: true) }
    }

    @Test func theParentIsUntouchedByWhatItsChildDoes() async {
        await #expect(processExitsWith: .success) {
            let made = try TestToken.make()
            let token = try made.token()
            try token.login(PIN(made.userPIN))
            let pair = try token.rsaPair(bits: 1024)
            let object = try token.writing { session throws(PKCS11Error) in
                try session.createSessionObject(Sample.data("parent's", onToken: false))
            }
            let status = try inForkedChild {
                try token.login(PIN(made.userPIN))
                try token.logout()
                // The parent's object is not the child's to destroy.
                try object.destroy()
                return true
            }
            #expect(status == 0, "\(status)")
            #expect(token.isLoggedIn)
            #expect(try token.find([Attribute(.label, "parent's")]) == [object.handle])
            _ = try token.withSession { session throws(PKCS11Error) in
                try session.sign([1], with: pair.privateKey, .rsaPKCS, maximumSize: 128)
            }
        }
    }

    @Test func aGrandchildWorksAsWell() async {
        await #expect(processExitsWith: .success) {
            let made = try TestToken.make()
            let token = try made.token()
            let status = try inForkedChild {
                try token.login(PIN(made.userPIN))
                return try inForkedChild {
                    try token.login(PIN(made.userPIN))
                    _ = try token.create(Sample.data("grandchild's", isPrivate: true))
                    return true
                } == 0
            }
            #expect(status == 0, "\(status)")
            try token.login(PIN(made.userPIN))
            #expect(try token.find([Attribute(.label, "grandchild's")]).count == 1)
        }
    }
}

/// A token that was there before this process loaded the module, as a program finds it: SoftHSM gives one made here
/// another slot when it is initialized again. Answers its user PIN too.
private func tokenMadeElsewhere(resetOnFork: Bool) throws -> (Token, pin: String) {
    let file = TestToken.folder.appendingPathComponent("softhsm2.conf")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.contains("reset_on_fork = false"))
    try text.replacingOccurrences(of: "reset_on_fork = false", with: "reset_on_fork = \(resetOnFork)")
        .write(to: file, atomically: true, encoding: .utf8)
    setenv("SOFTHSM2_CONF", file.path, 1)
    let made = try run([
        "softhsm2-util", "--init-token", "--free", "--label", "old", "--so-pin", "87654321", "--pin", "1234",
    ])
    try #require(made.status == 0)
    let module = try TestToken.module
    let slot = try #require(try module.slots().first { try $0.tokenInfo().label == "old" })
    return (module.token(in: slot), "1234")
}

private func expectChildWorks(resetOnFork: Bool) throws {
    let (token, pin) = try tokenMadeElsewhere(resetOnFork: resetOnFork)
    try token.login(PIN(pin))
    _ = try token.create(Sample.data("parent's", isPrivate: true))
    let status = try inForkedChild {
        guard !token.isLoggedIn else { return false }
        try token.login(PIN(pin))
        guard token.isLoggedIn, try token.find([Attribute(.label, "parent's")]).count == 1 else { return false }
        let pair = try token.rsaPair(bits: 1024)
        _ = try token.withSession { session throws(PKCS11Error) in
            try session.sign([1], with: pair.privateKey, .rsaPKCS, maximumSize: 128)
        }
        _ = try token.create(Sample.data("child's", isPrivate: true))
        // In a thread of its own too: locks must not remember the parent's threads.
        return try Thread.run { try token.find([Attribute(.label, "child's")]).count == 1 }.value.get()
    }
    #expect(status == 0, "\(status)")
    #expect(token.isLoggedIn)
    #expect(try token.find([Attribute(.label, "child's")]).count == 1)
}

private func expectWrongPINRefused(resetOnFork: Bool) throws {
    let (token, pin) = try tokenMadeElsewhere(resetOnFork: resetOnFork)
    try token.login(PIN(pin))
    let status = try inForkedChild {
        do {
            try token.login(PIN("9999"))
            return false
        } catch let error as PKCS11Error where error.returnValue == .pinIncorrect {
            try token.login(PIN(pin))
            return token.isLoggedIn
        }
    }
    #expect(status == 0, "\(status)")
}
