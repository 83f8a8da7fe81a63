import Foundation
import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

/// A throw-away token, contexts on it, and a look at it past TokenCSP.
struct Workbench: Sendable {
    let made: TestToken
    /// The module that the contexts use; SoftHSM itself, or one in front of it.
    let modulePath: String

    init(modulePath: String = TestToken.modulePath) throws {
        made = try TestToken.make()
        self.modulePath = modulePath
    }

    /// The same token through another module, as another process sees it.
    init(_ other: Workbench, modulePath: String) {
        made = other.made
        self.modulePath = modulePath
    }

    /// Token, module and PIN source.
    var uri: String { made.uri.replacingOccurrences(of: TestToken.modulePath, with: modulePath) }
    var configuration: Configuration { Configuration(tokenURI: uri) }
    var withoutPIN: Configuration {
        Configuration(tokenURI: made.uriWithoutPIN.replacingOccurrences(of: TestToken.modulePath, with: modulePath))
    }

    /// Opens a container; with `newKeySet` makes it.
    func open(
        _ container: String?, _ flags: Context.Flags = [], provider: String? = nil, configuration: Configuration? = nil,
        asking person: (any UserInteraction)? = nil
    ) throws -> Context {
        try Context.acquire(
            container: container, provider: provider, flags: flags, configuration: configuration ?? self.configuration,
            interaction: person ?? RefusingInteraction()
        )
    }

    /// Makes a container.
    func create(
        _ container: String?, _ flags: Context.Flags = [], provider: String? = nil,
        asking person: (any UserInteraction)? = nil
    ) throws -> Context {
        try open(container, flags.union(.newKeySet), provider: provider, asking: person)
    }

    /// Somebody who knows the PIN and consents to everything.
    var owner: Person { Person(made.userPIN) }

    /// A context without a container and without a PIN.
    func ephemeral(provider: String? = nil) throws -> Context {
        try open(nil, .verifyContext, provider: provider, configuration: withoutPIN)
    }

    func delete(_ container: String?, _ flags: Context.Flags = []) throws {
        try Context.deleteContainer(container, flags: flags, configuration: configuration)
    }
}

// MARK: - Past TokenCSP

extension Workbench {
    /// A pair that another program makes.
    func addForeignPair(_ label: String, id: String) throws {
        try Tool.pkcs11Tool(
            made, ["--keypairgen", "--key-type", "rsa:1024", "--label", label, "--id", id, "--usage-sign"])
    }

    /// Another program deletes a pair.
    func deleteForeignPair(id: String) throws {
        for kind in ["privkey", "pubkey"] {
            try Tool.pkcs11Tool(made, ["--delete-object", "--type", kind, "--id", id])
        }
    }
}

/// An object as the PKCS#11 layer shows it.
struct SeenObject: Hashable {
    let objectClass: UInt
    let label: String
    let id: [UInt8]
    let isOnToken: Bool
    let isExtractable: Bool?
    let isSensitive: Bool?
    let modulus: [UInt8]?
}

extension Workbench {
    /// Everything on the token and in sessions of this process, private objects too.
    func objects() throws -> [SeenObject] {
        let token = try made.token()
        try token.login(PIN(made.userPIN))
        return try token.reading { session throws(PKCS11Error) in
            var seen: [SeenObject] = []
            for handle in try session.find([]) {
                let values = try session.attributes(
                    of: handle, [.objectClass, .label, .id, .token, .extractable, .sensitive, .modulus]
                )
                seen.append(
                    SeenObject(
                        objectClass: values.objectClass?.rawValue ?? .max, label: values.string(.label) ?? "",
                        id: values.bytes(.id) ?? [], isOnToken: values.bool(.token) ?? false,
                        isExtractable: values.bool(.extractable), isSensitive: values.bool(.sensitive),
                        modulus: values.bytes(.modulus)
                    )
                )
            }
            return seen.sorted { "\($0)" < "\($1)" }
        }
    }

    /// The private keys under a label that are on the token, and those that are session objects.
    func privateKeys(_ label: String, onToken: Bool) throws -> [SeenObject] {
        try objects().filter {
            $0.objectClass == ObjectClass.privateKey.rawValue && $0.label == label && $0.isOnToken == onToken
        }
    }

    /// How many objects of a class are session objects.
    func sessionObjects(_ objectClass: ObjectClass) throws -> Int {
        try objects().count { $0.objectClass == objectClass.rawValue && !$0.isOnToken }
    }

    /// Whether this process has logged in on the token, through SoftHSM itself.
    var isLoggedIn: Bool { get throws { try made.token().isLoggedIn } }
}

// MARK: - Expectations

/// Expects the error, and every one of the words in its reason.
@discardableResult
func refused<R>(
    _ code: ErrorCode, naming words: [String] = [], sourceLocation: SourceLocation = #_sourceLocation,
    _ work: () throws -> R
) -> CSPError? {
    do {
        _ = try work()
        Issue.record("no error where \(code) was expected", sourceLocation: sourceLocation)
    } catch let error as CSPError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        for word in words {
            #expect(error.reason.contains(word), "\"\(word)\" is not named: \(error)", sourceLocation: sourceLocation)
        }
        return error
    } catch {
        Issue.record("another kind of error: \(error)", sourceLocation: sourceLocation)
    }
    return nil
}

extension Context {
    /// A signature over a SHA-256 of `text`, verified on the host with the key's own public half.
    @discardableResult
    func proves(_ spec: KeySpec, _ text: String = "some text", key: Key? = nil) throws -> [UInt8] {
        let hash = try makeHash(.sha256)
        try hash.update(Array(text.utf8))
        let signature = try hash.sign(spec)
        try hash.verify(signature, key: try key ?? userKey(spec))
        return signature
    }
}

extension KeyReport {
    /// What the token answered for an attribute of one half.
    func value(_ object: String, _ attribute: String) -> String? {
        lines.first { $0.object == object && $0.attribute == attribute }?.onToken
    }
}

extension KeyFlags {
    /// dwFlags with a key length.
    func with(bits: UInt32) -> UInt32 { bits << 16 | rawValue }
}
