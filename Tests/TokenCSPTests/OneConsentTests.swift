import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

/// What a key that asks at each use asks, how often, and for what.
@Suite("One use of a protected key")
struct OneConsentTests {
    private func export(_ key: Key, _ type: UInt32, capacity: UInt32?) throws -> UInt32 {
        var length = capacity ?? 0
        guard let capacity else {
            try key.export(type, under: nil, flags: 0, data: nil, length: &length)
            return length
        }
        var buffer = [UInt8](repeating: 0, count: Int(capacity))
        do {
            try key.export(type, under: nil, flags: 0, data: &buffer, length: &length)
        } catch {
            guard error.code == .moreData else { throw error }
            #expect(buffer == [UInt8](repeating: 0, count: Int(capacity)))
            throw TooSmall(length: length)
        }
        return length
    }

    private struct TooSmall: Error, Equatable {
        let length: UInt32
    }

    @Test("is none where the size of a blob is asked for, or the buffer is too small")
    func isNoneForASize() throws {
        let bench = try Workbench()
        let flags: KeyFlags = [.userProtected, .exportable]
        _ = try bench.create("alice").generateKey(.keyExchange, bits: 1024, flags: flags)
        let person = bench.owner
        let context = try bench.open("alice", asking: person)
        let pair = try context.userKey(.keyExchange)
        let ciphers: [(AlgorithmID, UInt32)] = [
            (.aes128, 0), (.aes256, 0), (.tripleDES, 0), (.des, 0), (.rc4, 40 << 16), (.rc2, 128 << 16),
        ]
        let sessions = try ciphers.map { try context.generateKey($0, flags: $1 | KeyFlags.exportable.rawValue) }
        let blobs = [(pair, BlobType.privateKey)] + sessions.map { ($0, BlobType.opaque) }
        for (key, type) in blobs {
            let size = try export(key, type, capacity: nil)
            #expect(throws: TooSmall(length: size)) { try export(key, type, capacity: size - 1) }
            #expect(throws: TooSmall(length: size)) { try export(key, type, capacity: 0) }
            #expect(person.requests.isEmpty, "\(key.algorithm), type \(type)")
        }
        for (key, type) in blobs {
            let size = try export(key, type, capacity: nil)
            #expect(try export(key, type, capacity: size + 9) == size, "\(key.algorithm), type \(type)")
        }
        #expect(person.requests.map(\.operation) == [.export] + sessions.map { _ in .sign })
    }

    @Test("is none of a silent context where the size of a blob is asked for, and serves a consent afterwards")
    func isNoneOfASilentContext() throws {
        let bench = try Workbench()
        let flags: KeyFlags = [.userProtected, .exportable]
        _ = try bench.create("alice").generateKey(.keyExchange, bits: 1024, flags: flags)
        let context = try bench.open("alice", .silent, configuration: bench.withoutPIN)
        let session = try context.generateKey(cipher: .tripleDES, flags: .exportable)
        let blobs = try [(context.userKey(.keyExchange), BlobType.privateKey), (session, BlobType.opaque)]
        for (key, type) in blobs {
            let size = try export(key, type, capacity: nil)
            #expect(throws: TooSmall(length: size)) { try export(key, type, capacity: size - 1) }
            refused(.silentContext) { try export(key, type, capacity: size) }
            context.setPIN(PIN(bench.made.userPIN))
            #expect(throws: TooSmall(length: size)) { try export(key, type, capacity: size - 1) }
            #expect(try export(key, type, capacity: size) == size)
        }
        // What may not leave has no size.
        let kept = try context.generateKey(cipher: .tripleDES)
        refused(.badKeyState) { try export(kept, BlobType.opaque, capacity: nil) }
        refused(.badKeyState) { try export(kept, BlobType.opaque, capacity: 0) }
    }

    @Test("is one question, though the token refuses the mechanism that is tried first")
    func isOneQuestionForTwoMechanisms() throws {
        let faulty = try FaultModule()
        _ = try faulty.bench.create("alice").generateKey(.keyExchange, bits: 1024, flags: .userProtected)
        let person = faulty.bench.owner
        let context = try faulty.bench.open("alice", asking: person)
        let key = try context.userKey(.keyExchange)

        func hash() throws -> Hash {
            let hash = try context.makeHash(.sha256)
            try hash.update(Array("some text".utf8))
            return hash
        }
        faulty.rules(.fail("C_SignInit", .mechanismInvalid))
        let signing = try faulty.calls(of: ["C_SignInit"]) { try hash().sign(with: key, padding: .pss) }
        #expect(signing.calls["C_SignInit"] == 2)
        try hash().verify(signing.result, with: key, padding: .pss)
        #expect(person.requests.map(\.operation) == [.sign])

        let padding = RSAEncryptionPadding.oaep(hash: .sha256, label: [])
        let sealed = try key.encrypt(Array("secret".utf8), padding: padding)
        #expect(try key.decrypt(sealed, padding: padding) == Array("secret".utf8))
        faulty.rules(.fail("C_DecryptInit", .mechanismInvalid))
        let decrypting = faulty.calls(of: ["C_DecryptInit"]) { try? key.decrypt(sealed, padding: padding) }
        // SoftHSM has no OAEP with SHA-256: the second is refused as well.
        #expect(decrypting.calls["C_DecryptInit"] == 2 && decrypting.result == nil)
        #expect(person.requests.map(\.operation) == [.sign, .decrypt, .decrypt])
    }

    @Test("is asked for of our own key without a level in its id whose token wants the PIN each time")
    func isAskedForOfOlderKeys() throws {
        let faulty = try FaultModule()
        faulty.rules(.byDefault(.alwaysAuthenticate, true, .privateKey))
        let made = try faulty.bench.create("old").generateKey(.keyExchange, bits: 1024, flags: .exportable)
        #expect(made.protection == .none)
        faulty.rules()
        let person = faulty.bench.owner
        let context = try faulty.bench.open("old", asking: person)
        for text in ["one", "two"] { try context.proves(.keyExchange, text) }
        #expect(person.questions == [.consent, .consent])
        let key = try context.userKey(.keyExchange)
        #expect(try key.report().protection == .consent && key.report().protectionHolder == .token)
        _ = try faulty.bench.open("old", asking: person).userKey(.keyExchange).export(.privateKey)
        #expect(person.requests.map(\.operation) == [.sign, .sign, .export])
        refused(.cancelledByUser) {
            try faulty.bench.open("old", asking: Person(consents: false)).proves(.keyExchange)
        }
        refused(.notAuthenticated, naming: ["nobody to ask"]) { try faulty.bench.open("old").proves(.keyExchange) }
        refused(.silentContext) { try faulty.bench.open("old", .silent).proves(.keyExchange) }
        let silent = try faulty.bench.open("old", .silent, configuration: faulty.bench.withoutPIN)
        silent.setPIN(PIN(faulty.bench.made.userPIN))
        try silent.proves(.keyExchange)
        refused(.silentContext) { try silent.proves(.keyExchange) }
    }

    @Test("is not said to be asked for by a token that was not seen to refuse", arguments: [true, false])
    func isNotSaidToBeAskedForByTheToken(isOurs: Bool) throws {
        let faulty = try FaultModule()
        if isOurs {
            _ = try faulty.bench.create("alice").generateKey(.signature, bits: 1024, flags: .userProtected)
        } else {
            try Tool.pkcs11Tool(
                faulty.bench.made,
                ["--keypairgen", "--key-type", "rsa:1024", "--label", "alice", "--id", "07", "--always-auth"])
        }
        func report() throws -> KeyReport { try faulty.bench.open("alice").userKey(.signature).report() }
        func holder(_ report: KeyReport, _ attribute: String) -> KeyReport.Holder? {
            report.lines.first { $0.object == "private" && $0.attribute == attribute }?.heldBy
        }
        let seen = try report()
        #expect(holder(seen, "CKA_ALWAYS_AUTHENTICATE") == .token && seen.protectionHolder == (isOurs ? .token : nil))
        faulty.rules(.fail("C_SignInit", .generalError, times: 9))
        let unseen = try report()
        #expect(holder(unseen, "CKA_ALWAYS_AUTHENTICATE") == (isOurs ? .csp : .nobody))
        #expect(unseen.protectionHolder == (isOurs ? .csp : nil))
        // What is tried by other calls is still seen.
        #expect(holder(unseen, "CKA_EXTRACTABLE") == holder(seen, "CKA_EXTRACTABLE"))
    }
}
