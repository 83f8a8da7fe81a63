import TestTokens
import Testing
import TokenCSP

@Suite("A Swift program asks its user in its own way")
struct InteractionTests {
    /// The window of a program: knows the PIN, and says no to exports.
    private struct Window: UserInteraction {
        let pin: String

        func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN { PIN(pin) }

        func confirm(_ request: UserRequest) throws(CSPError) {
            guard request.operation != .export else { throw CSPError(.cancelledByUser, "no exports") }
        }
    }

    @Test("by an interaction of its own: the PIN, and a yes or a no to each use")
    func byAnInteractionOfItsOwn() throws {
        let token = try TestToken.make()
        let configuration = Configuration(tokenURI: token.uriWithoutPIN)
        let context = try Context.acquire(
            container: "alice", flags: .newKeySet, configuration: configuration,
            interaction: Window(pin: token.userPIN))
        let key = try context.generateKey(.signature, bits: 1024, flags: [.userProtected, .exportable])
        #expect(key.protection == .consent)
        let hash = try context.makeHash(.sha256)
        try hash.update(Array("text".utf8))
        _ = try hash.sign(with: context.userKey(.signature))
        #expect(throws: CSPError(.cancelledByUser, "")) { try key.export(.privateKey) }
    }

    @Test("by a function, or with a PIN that it sets")
    func byAFunction() throws {
        let token = try TestToken.make()
        let configuration = Configuration(tokenURI: token.uriWithoutPIN)
        let pin = token.userPIN
        let context = try Context.acquire(
            container: "alice", flags: .newKeySet, configuration: configuration,
            interaction: CallbackInteraction { request in request.triesAreLast ? nil : PIN(pin) })
        _ = try context.generateKey(.signature, bits: 1024)
        let other = try Context.acquire(container: "alice", flags: .silent, configuration: configuration)
        other.setPIN(PIN(pin))
        let hash = try other.makeHash(.sha256)
        _ = try hash.sign(with: other.userKey(.signature))
    }
}

extension UserRequest {
    fileprivate var triesAreLast: Bool { tries == .last }
}
