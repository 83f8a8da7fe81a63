import Foundation
import PKCS11
import Synchronization
import TestTokens
import Testing

@testable import TokenCSP

@Suite("A token that is not there")
struct MissingTokenTests {
    /// Puts a token in when asked to, at the second question.
    private final class Inserter: UserInteraction {
        let label: String
        let requests = Mutex<[UserRequest]>([])
        let code: ErrorCode?

        init(_ label: String, code: ErrorCode? = nil) {
            self.label = label
            self.code = code
        }

        func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN { PIN("1234") }

        func confirm(_ request: UserRequest) throws(CSPError) {
            let count = requests.withLock { requests in
                requests.append(request)
                return requests.count
            }
            if let code { throw CSPError(code, "not now") }
            guard count == 2 else { return }
            do {
                _ = try TestToken.make(label: label)
            } catch {
                Issue.record(error)
            }
        }
    }

    private func acquire(
        _ label: String, _ flags: Context.Flags = .newKeySet, asking person: Inserter
    ) throws -> Context {
        let configuration = Configuration(tokenURI: "pkcs11:token=\(label)?module-path=\(TestToken.modulePath)")
        return try Context.acquire(
            container: "alice", flags: flags, configuration: configuration, interaction: person)
    }

    /// One test: PP_UI_PROMPT holds for the process.
    @Test("is asked for where the program has words for it (PP_UI_PROMPT), and is SCARD_E_NO_SMARTCARD where not")
    func isAskedFor() throws {
        processWide.lock()
        defer { processWide.unlock() }
        // Other tests' module, with its folder.
        _ = try TestToken.make()
        let label = "late-" + String(UInt32.random(in: 0...UInt32.max), radix: 36)
        Prompts.token.withLock { $0 = nil }
        let nobody = Inserter(label)
        refused(.noSmartcard) { try acquire(label, asking: nobody) }
        #expect(nobody.requests.withLock { $0.isEmpty })

        Prompts.token.withLock { $0 = "The badge, please" }
        defer { Prompts.token.withLock { $0 = nil } }
        refused(.noSmartcard) { try acquire(label, [.newKeySet, .silent], asking: nobody) }
        #expect(nobody.requests.withLock { $0.isEmpty })
        refused(.cancelledByUser) { try acquire(label, asking: Inserter(label, code: .cancelledByUser)) }
        refused(.timeout) { try acquire(label, asking: Inserter(label, code: .timeout)) }
        let inserter = Inserter(label)
        let context = try acquire(label, asking: inserter)
        #expect(context.containerName == "alice")
        let requests = inserter.requests.withLock { $0 }
        #expect(requests.map(\.question) == [.token, .token])
        #expect(requests[0].facts.contains("The badge, please"))
        #expect(requests[0].timeout == 120)
    }
}
