import Foundation
import PKCS11
import Synchronization
import TestTokens
import Testing

@testable import TokenCSP

@Suite("How long a PIN is kept, and who is asked for it")
struct PINCacheTests {
    private func benchWithKey() throws -> Workbench {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        return bench
    }

    private func open(
        _ bench: Workbench, _ cache: Configuration.PINCache, tokenCache: Configuration.PINCache? = nil,
        _ flags: Context.Flags = [], asking person: Person
    ) throws -> Context {
        var configuration = bench.withoutPIN
        configuration.pinCache = cache
        if let tokenCache { configuration.pinCaches[bench.made.label] = tokenCache }
        return try bench.open("alice", flags, configuration: configuration, asking: person)
    }

    @Test("pin-cache = none: asked for each operation, though the process is logged in")
    func none() throws {
        let bench = try benchWithKey()
        let person = bench.owner
        let context = try open(bench, .none, asking: person)
        for _ in 0..<3 { try context.proves(.signature) }
        #expect(person.questions == [.pin, .pin, .pin])
        #expect(try bench.isLoggedIn)
    }

    @Test("pin-cache = 2: asked for again after two seconds")
    func seconds() throws {
        let bench = try benchWithKey()
        let person = bench.owner
        let context = try open(bench, .seconds(2), asking: person)
        for _ in 0..<3 { try context.proves(.signature) }
        #expect(person.questions.count == 1)
        usleep(2_100_000)
        for _ in 0..<3 { try context.proves(.signature) }
        #expect(person.questions.count == 2)
    }

    @Test("a token's own setting comes before the general one; a program's PIN is kept no longer")
    func ofOneToken() throws {
        let bench = try benchWithKey()
        let person = bench.owner
        let kept = try open(bench, .none, tokenCache: .untilRelease, asking: person)
        for _ in 0..<3 { try kept.proves(.signature) }
        #expect(person.questions.count == 1)
        let silent = try open(bench, .untilRelease, tokenCache: Configuration.PINCache.none, .silent, asking: person)
        silent.setPIN(PIN(bench.made.userPIN))
        try silent.proves(.signature)
        refused(.silentContext) { try silent.proves(.signature) }
        #expect(person.questions.count == 1)
    }

    @Test("a released context keeps none, and a forgotten PIN is asked for again")
    func forgotten() throws {
        let bench = try benchWithKey()
        let person = bench.owner
        let context = try open(bench, .untilRelease, asking: person)
        try context.proves(.signature)
        context.setPIN(nil)
        try context.proves(.signature)
        #expect(person.questions.count == 2)
    }

    // MARK: - Threads

    /// Answers after a while.
    private final class SlowPerson: UserInteraction {
        let pin: String?
        let asked = Mutex(0)
        init(_ pin: String?) { self.pin = pin }

        func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
            asked.withLock { $0 += 1 }
            usleep(300_000)
            guard let pin else { throw CSPError(.cancelledByUser, "pressed Escape") }
            return PIN(pin)
        }

        func confirm(_ request: UserRequest) throws(CSPError) {
            asked.withLock { $0 += 1 }
            usleep(300_000)
        }
    }

    private func inThreads(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) {
        let group = DispatchGroup()
        for number in 0..<count {
            let thread = Thread {
                work(number)
                group.leave()
            }
            group.enter()
            thread.start()
        }
        group.wait()
    }

    @Test("threads that need the same PIN at once are one question, answered or cancelled", arguments: [true, false])
    func threads(answered: Bool) throws {
        let bench = try benchWithKey()
        let person = SlowPerson(answered ? bench.made.userPIN : nil)
        let context = try bench.open("alice", configuration: bench.withoutPIN, asking: person)
        let outcomes = Mutex<[ErrorCode?]>([])
        inThreads(4) { _ in
            do {
                try context.proves(.signature)
                outcomes.withLock { $0.append(nil) }
            } catch {
                outcomes.withLock { $0.append((error as? CSPError)?.code) }
            }
        }
        #expect(person.asked.withLock { $0 } == 1)
        #expect(outcomes.withLock { $0 } == [ErrorCode?](repeating: answered ? nil : .cancelledByUser, count: 4))
    }

    @Test("threads that use a protected key are each asked")
    func threadsWithAProtectedKey() throws {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024, flags: .userProtected)
        let person = SlowPerson(bench.made.userPIN)
        let context = try bench.open("alice", asking: person)
        inThreads(3) { _ in _ = try? context.proves(.signature) }
        #expect(person.asked.withLock { $0 } == 3)
    }

    @Test("a question that is open keeps nobody waiting who needs no answer, though it has not logged in yet")
    func keepsNobodyWaiting() throws {
        let bench = try benchWithKey()
        try bench.made.token().logout()
        let asking = try bench.open("alice", configuration: bench.withoutPIN, asking: SlowPerson(bench.made.userPIN))
        let free = try bench.open("alice", .silent, configuration: bench.withoutPIN)
        let isOver = Mutex(false)
        let wasOver = Mutex(true)
        inThreads(2) { number in
            if number == 0 {
                _ = try? asking.proves(.signature)
                isOver.withLock { $0 = true }
            } else {
                usleep(50_000)
                free.setPIN(PIN(bench.made.userPIN))
                _ = try? free.proves(.signature)
                wasOver.withLock { $0 = isOver.withLock { $0 } }
            }
        }
        #expect(!wasOver.withLock { $0 })
    }

    /// Signs with another context while it answers.
    private final class BusyPerson: UserInteraction {
        let pin: String
        let other: Context
        let outcome = Mutex<ErrorCode?>(nil)

        init(_ pin: String, _ other: Context) {
            self.pin = pin
            self.other = other
        }

        func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
            do {
                try other.proves(.signature)
            } catch {
                outcome.withLock { $0 = (error as? CSPError)?.code }
            }
            return PIN(pin)
        }

        func confirm(_ request: UserRequest) throws(CSPError) {}
    }

    @Test("who answers may use other contexts of the token; a question within a question is refused, and does not hang")
    func whoAnswersMayUseOtherContexts() throws {
        let bench = try benchWithKey()
        let free = try bench.open("alice", .silent, configuration: bench.withoutPIN)
        free.setPIN(PIN(bench.made.userPIN))
        let person = BusyPerson(bench.made.userPIN, free)
        try bench.open("alice", configuration: bench.withoutPIN, asking: person).proves(.signature)
        #expect(person.outcome.withLock { $0 } == nil)
        let needy = try bench.open("alice", configuration: bench.withoutPIN, asking: bench.owner)
        let other = BusyPerson(bench.made.userPIN, needy)
        try bench.open("alice", configuration: bench.withoutPIN, asking: other).proves(.signature)
        #expect(other.outcome.withLock { $0 } == .notAuthenticated)
    }

    @Test("a child process asks in its own turn")
    func aChildProcess() throws {
        let bench = try benchWithKey()
        let token = try bench.made.token()
        let inParent = ObjectIdentifier(QuestionQueue.of(token))
        #expect(ObjectIdentifier(QuestionQueue.of(token)) == inParent)
        try QuestionQueue.of(token).inTurn(nil) { _ throws(CSPError) in
            let child = fork()
            if child == 0 { _exit(ObjectIdentifier(QuestionQueue.of(token)) == inParent ? 1 : 0) }
            var status: CInt = -1
            waitpid(child, &status, 0)
            #expect(status == 0)
        }
    }

    @Test("a PIN that was forgotten or wrong is read anew from its source")
    func isReadAnew() throws {
        let bench = try benchWithKey()
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(bench.made.label).pin").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        func write(_ pin: String) throws {
            try Data(pin.utf8).write(to: URL(fileURLWithPath: file))
            chmod(file, 0o600)
        }
        try write("9999")
        var configuration = bench.withoutPIN
        configuration.tokenURI = bench.withoutPIN.tokenURI.map { $0 + "&pin-source=file:" + file }
        let context = try bench.open("alice", .silent, configuration: configuration)
        refused(.wrongChv) { try context.proves(.signature) }
        try write(bench.made.userPIN)
        try context.proves(.signature)
    }

    @Test("a question that is open does not keep another thread from signing with an unprotected key")
    func doesNotBlock() throws {
        let bench = try benchWithKey()
        _ = try bench.create("bob").generateKey(.signature, bits: 1024, flags: .userProtected)
        let free = try bench.open("alice")
        try free.proves(.signature)
        let asking = try bench.open("bob", asking: SlowPerson(bench.made.userPIN))
        let isOver = Mutex(false)
        let signed = Mutex(0)
        inThreads(2) { number in
            if number == 0 {
                _ = try? asking.proves(.signature)
                isOver.withLock { $0 = true }
            } else {
                usleep(50_000)
                while !isOver.withLock({ $0 }) {
                    if (try? free.proves(.signature)) != nil { signed.withLock { $0 += 1 } }
                }
            }
        }
        #expect(signed.withLock { $0 } >= 10)
    }
}
