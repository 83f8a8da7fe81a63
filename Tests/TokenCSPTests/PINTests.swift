import Foundation
import PKCS11
import Synchronization
import TestTokens
import Testing

@testable import TokenCSP

@Suite("The PIN")
struct PINTests {
    private func benchWithKey() throws -> Workbench {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        // The next context has to log in again.
        try bench.made.token().logout()
        return bench
    }

    private func hasCountedTries(_ bench: Workbench) throws -> Bool {
        try bench.made.token().info().flags.contains(.userPINCountLow)
    }

    @Test("that is wrong is SCARD_W_WRONG_CHV, sent once, with one try counted")
    func thatIsWrong() throws {
        let bench = try benchWithKey()
        let context = try bench.open("alice", configuration: bench.withoutPIN)
        for _ in 0..<10 {
            context.setPIN(PIN("9999"))
            refused(.wrongChv, naming: [bench.made.label]) { try context.proves(.signature) }
        }
        let other = try bench.open("alice", configuration: bench.withoutPIN)
        other.setPIN(PIN("9999"))
        refused(.wrongChv, naming: ["not sent again"]) { try other.generateKey(.keyExchange, bits: 1024) }
        #expect(try hasCountedTries(bench))
        #expect(try !bench.made.token().info().flags.contains(.userPINFinalTry), "one try of three")
        context.setPIN(PIN(bench.made.userPIN))
        try context.proves(.signature)
        #expect(try !hasCountedTries(bench))
    }

    @Test("that is missing is SCARD_W_CARD_NOT_AUTHENTICATED, naming where to give one")
    func thatIsMissing() throws {
        let bench = try benchWithKey()
        let context = try bench.open("alice", configuration: bench.withoutPIN)
        refused(.notAuthenticated, naming: [bench.made.label, "pin-source", "PP_SIGNATURE_PIN"]) {
            try context.proves(.signature)
        }
        refused(.notAuthenticated) { try context.generateKey(.keyExchange, bits: 1024) }
        refused(.notAuthenticated) { try context.deleteKey(.signature) }
        refused(.notAuthenticated) { try Context.deleteContainer("alice", configuration: bench.withoutPIN) }
        #expect(try !bench.isLoggedIn)
        #expect(try bench.objects().count == 2)
    }

    @Test("that nobody may be asked for is NTE_SILENT_CONTEXT")
    func thatNobodyMayBeAskedFor() throws {
        let bench = try benchWithKey()
        let person = Person(bench.made.userPIN)
        let context = try bench.open("alice", .silent, configuration: bench.withoutPIN, asking: person)
        refused(.silentContext, naming: ["CRYPT_SILENT"]) { try context.proves(.signature) }
        refused(.silentContext) { try context.generateKey(.keyExchange, bits: 1024) }
        context.setPIN(PIN(bench.made.userPIN))
        try context.proves(.signature)
        #expect(person.questions.isEmpty)
    }

    @Test("is asked for when it is first needed, once")
    func isAskedForWhenItIsFirstNeeded() throws {
        let bench = try benchWithKey()
        let person = Person(bench.made.userPIN)
        let context = try bench.open("alice", configuration: bench.withoutPIN, asking: person)
        _ = try context.userKey(.signature).publicKeyBlob()
        _ = try context.keys()
        #expect(person.questions.isEmpty)
        for _ in 0..<3 { try context.proves(.signature) }
        #expect(person.questions == [.pin])
        let request = try #require(person.requests.first)
        #expect(request.token == bench.made.label && request.container == "alice" && request.operation == .sign)
        #expect(request.tries == .untouched && !request.isForOneUse && request.complaint == nil)
    }

    @Test("that nobody gave when asked, or that asking failed for, is told as such")
    func thatNobodyGaveWhenAsked() throws {
        let bench = try benchWithKey()
        let nobody = CallbackInteraction { _ in nil }
        let declined = try bench.open("alice", configuration: bench.withoutPIN, asking: nobody)
        refused(.notAuthenticated) { try declined.proves(.signature) }
        let cancelled = try bench.open("alice", configuration: bench.withoutPIN, asking: Person())
        refused(.cancelledByUser, naming: ["Escape"]) { try cancelled.proves(.signature) }
        #expect(try !bench.isLoggedIn)
    }

    @Test("entered wrongly is asked for again, with a complaint and what is known of the tries")
    func enteredWronglyIsAskedForAgain() throws {
        let bench = try benchWithKey()
        let person = Person("9999", "9999", bench.made.userPIN)
        let context = try bench.open("alice", configuration: bench.withoutPIN, asking: person)
        try context.proves(.signature)
        #expect(person.requests.map(\.tries) == [.untouched, .fewer, .fewer])
        let complaints = person.requests.map(\.complaint)
        #expect(complaints[0] == nil)
        #expect(complaints[1] == "Wrong PIN.")
        #expect(complaints[2]?.contains("not sent again") == true)
    }

    @Test("entered wrongly three times is SCARD_W_WRONG_CHV; the next use asks anew")
    func enteredWronglyThreeTimes() throws {
        let bench = try benchWithKey()
        let person = Person("9999", "9998", "9997", bench.made.userPIN)
        let context = try bench.open("alice", configuration: bench.withoutPIN, asking: person)
        refused(.wrongChv) { try context.proves(.signature) }
        #expect(person.questions.count == 3)
        try context.proves(.signature)
        #expect(person.questions.count == 4)
    }

    @Test("is each context's own: none rides on another's login")
    func isEachContextsOwn() throws {
        let bench = try benchWithKey()
        try bench.open("alice").proves(.signature)
        #expect(try bench.isLoggedIn)
        refused(.notAuthenticated) { try bench.open("alice", configuration: bench.withoutPIN).proves(.signature) }
        let wrong = try bench.open("alice", configuration: bench.withoutPIN)
        wrong.setPIN(PIN("9999"))
        refused(.wrongChv) { try wrong.proves(.signature) }
        #expect(try !hasCountedTries(bench))
    }

    @Test(
        "of a length that no token takes is SCARD_E_INVALID_CHV or wrong, and nothing is counted", arguments: ["1", ""])
    func ofALengthThatNoTokenTakes(pin: String) throws {
        let bench = try benchWithKey()
        let context = try bench.open("alice", configuration: bench.withoutPIN)
        context.setPIN(PIN(pin))
        let error = #expect(throws: CSPError.self) { try context.proves(.signature) }
        #expect(error?.code == .invalidChv || error?.code == .wrongChv, "\(String(describing: error))")
    }

    @Test("locked is SCARD_W_CHV_BLOCKED, and a stored one does not use the last try")
    func locked() throws {
        let faulty = try FaultModule()
        _ = try faulty.bench.create("alice").generateKey(.signature, bits: 1024, flags: .userProtected)
        faulty.rules(.fail("C_Login", .pinLocked, times: 1000))
        refused(.chvBlocked, naming: ["security officer"]) {
            try faulty.bench.open("alice", asking: faulty.bench.owner).proves(.signature)
        }
    }

    // MARK: - Sources

    static let badSources: [(source: String, naming: [String])] = [
        ("file:/nonexistent/pin", ["/nonexistent/pin", "No such file"]), ("file:/", ["Is a directory"]),
        ("file:/dev/null", ["/dev/null", "empty"]), ("env:TOKENCSP_NO_SUCH_VARIABLE", ["TOKENCSP_NO_SUCH_VARIABLE"]),
        ("fd:-1", ["never the PIN"]), ("fd:65000", ["fd:65000"]), ("fd:x", ["never the PIN"]),
        ("/nonexistent/plain", ["/nonexistent/plain"]),
    ]

    @Test(
        "whose source cannot be read is SCARD_W_CARD_NOT_AUTHENTICATED, naming it; listing works"
    )
    func whoseSourceCannotBeRead() throws {
        let bench = try benchWithKey()
        for (source, naming) in Self.badSources {
            let configuration = Configuration(tokenURI: bench.made.uriWithoutPIN + "&pin-source=" + source)
            let context = try bench.open("alice", configuration: configuration)
            #expect(try context.keys().count == 1)
            refused(.notAuthenticated, naming: naming) { try context.proves(.signature) }
            refused(.notAuthenticated, naming: naming) { try TokenCSP.PINSource.read(source) }
            #expect(try !hasCountedTries(bench))
        }
    }

    @Test("is read from a file without its newline, and never shown")
    func isReadFromAFile() throws {
        let bench = try benchWithKey()
        for (content, isRight) in [
            ("1234\n", true), ("1234\r\n", true), ("1234", true), ("1234\n\n", false), (" 1234", false),
        ] {
            let path = Tool.file(".pin")
            try Data(content.utf8).write(to: URL(fileURLWithPath: path))
            let context = try bench.open(
                "alice", configuration: Configuration(tokenURI: bench.made.uriWithoutPIN + "&pin-source=file:" + path)
            )
            if isRight {
                try context.proves(.signature)
            } else {
                let error = refused(.wrongChv) { try context.proves(.signature) }
                #expect(error?.description.contains("1234") == false)
            }
        }
        refused(.notAuthenticated, naming: ["1024 bytes"]) { try TokenCSP.PINSource.read("file:/dev/zero") }
    }

    @Test("written into the URI works, and stands in no message")
    func writtenIntoTheURI() throws {
        let bench = try benchWithKey()
        let uri = bench.made.uriWithoutPIN + "&pin-value=" + bench.made.userPIN
        try bench.open("alice", configuration: Configuration(tokenURI: uri)).proves(.signature)
        let absent = "pkcs11:token=no-such?module-path=\(TestToken.modulePath)&pin-value=s3cr3t"
        let error = refused(.noSmartcard) { try bench.open("alice", configuration: Configuration(tokenURI: absent)) }
        #expect(error?.description.contains("s3cr3t") == false)
        let malformed = refused(.invalidParameter) {
            try bench.open("alice", configuration: Configuration(tokenURI: "pkcs11:token=%zz?pin-value=s3cr3t"))
        }
        #expect(malformed?.description.contains("s3cr3t") == false)
    }
}
