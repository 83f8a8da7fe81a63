import Foundation
import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("CryptSetProvParam")
struct ProviderSettingTests {
    private typealias Parameter = ProviderParameter

    private let bench: Workbench

    init() throws {
        bench = try Workbench()
    }

    private func set(_ context: Context, _ id: UInt32, _ bytes: [UInt8]?, flags: UInt32 = 0) throws {
        guard let bytes else { return try context.setParameter(id, data: nil, flags: flags) }
        try bytes.withUnsafeBufferPointer { try context.setParameter(id, data: $0.baseAddress, flags: flags) }
    }

    /// A NUL-terminated UTF-16 text; with `shift` at an odd address.
    private func setWide(_ context: Context, _ id: UInt32, _ units: [UInt16], shift: Int = 0) throws {
        let bytes = [UInt8](repeating: 0xEE, count: shift) + units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        try bytes.withUnsafeBufferPointer {
            try context.setParameter(id, data: $0.baseAddress.map { $0 + shift }, flags: 0)
        }
    }

    // MARK: - Prompts

    @Test("keeps the texts of prompts, which are UTF-16", arguments: [21, 44] as [UInt32])
    func keepsTexts(id: UInt32) throws {
        processWide.lock()
        defer { processWide.unlock() }
        let context = try bench.create("alice")
        func kept() -> String? {
            id == Parameter.pinPrompt
                ? context.authenticator.state.withLock { $0.prompts.pin } : Prompts.token.withLock { $0 }
        }
        for (text, shift) in [("PIN für Zoë 🔑", 0), ("", 1), (String(repeating: "a", count: 1023), 1)] {
            try setWide(context, id, Array(text.utf16) + [0], shift: shift)
            #expect(kept() == text)
        }
        let endless = [UInt16](repeating: 97, count: 1024)
        for units in [[0xD800, 0], [97, 0xDC00, 98, 0], endless] {
            refused(.badFlags, naming: ["UTF-16"]) { try setWide(context, id, units) }
            #expect(kept()?.count == 1023, "what was set before stays")
        }
        refused(.badFlags) { try set(context, id, nil, flags: 1) }
        try set(context, id, nil)
        #expect(kept() == nil)
    }

    @Test("keeps after how many seconds a prompt goes away")
    func keepsSeconds() throws {
        let context = try bench.create("alice")
        try set(context, Parameter.promptSeconds, [0x2C, 1, 0, 0])
        #expect(context.authenticator.state.withLock { $0.prompts.seconds } == 300)
        refused(.invalidParameter) { try set(context, Parameter.promptSeconds, nil) }
        refused(.badFlags) { try set(context, Parameter.promptSeconds, [1, 0, 0, 0], flags: 1) }
    }

    // MARK: - PP_ADMIN_PIN

    /// A token without a user PIN, whose security officer has the bench's.
    private func withoutUserPIN() throws -> Token {
        let token = try bench.made.token()
        try token.slot.initializeToken(label: bench.made.label, soPIN: PIN(bench.made.soPIN))
        return token
    }

    private func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    @Test("gives a token without one the user PIN that is set after PP_ADMIN_PIN")
    func initializesTheUserPIN() throws {
        let token = try withoutUserPIN()
        let context = try bench.open(nil, .defaultContainerOptional, configuration: bench.withoutPIN)
        try set(context, Parameter.officerPIN, text(bench.made.soPIN))
        #expect(try !token.info().flags.contains(.isUserPINInitialized), "not yet")
        try set(context, Parameter.signaturePIN, text("abcd"))
        #expect(try token.info().flags.contains(.isUserPINInitialized))
        try token.login(PIN("abcd"))
        let made = try bench.open("alice", .newKeySet, configuration: bench.withoutPIN)
        made.setPIN(PIN("abcd"))
        _ = try made.generateKey(.signature, bits: 1024)
        try made.proves(.signature)
    }

    /// How often the security officer's PIN is sent, and the user's PIN made, by two settings of PP_SIGNATURE_PIN.
    private func sent(_ faulty: FaultModule, first code: ErrorCode?) throws -> [String: UInt] {
        let context = try faulty.bench.open(nil, .defaultContainerOptional, configuration: faulty.bench.withoutPIN)
        try set(context, Parameter.officerPIN, text("wrong officer"))
        return try faulty.calls(of: ["C_Login", "C_InitPIN"]) {
            if let code {
                refused(code, naming: ["PP_ADMIN_PIN"]) { try set(context, Parameter.signaturePIN, text("another")) }
            } else {
                try set(context, Parameter.signaturePIN, text("another"))
            }
            try set(context, Parameter.keyExchangePIN, text("another"))
        }.calls
    }

    @Test("sends a wrong PP_ADMIN_PIN once")
    func sendsItOnce() throws {
        let faulty = try FaultModule()
        try faulty.bench.made.token().slot.initializeToken(
            label: faulty.bench.made.label, soPIN: PIN(faulty.bench.made.soPIN))
        #expect(try sent(faulty, first: .wrongChv) == ["C_Login": 1, "C_InitPIN": 0])
    }

    @Test("sends no PP_ADMIN_PIN where the user has a PIN, which stays")
    func sendsNothing() throws {
        let faulty = try FaultModule()
        #expect(try sent(faulty, first: nil) == ["C_Login": 0, "C_InitPIN": 0])
        try faulty.bench.made.token().login(PIN(faulty.bench.made.userPIN))
    }

    @Test("forgets PP_ADMIN_PIN by NULL and with the context, and refuses one that is none")
    func forgetsTheOfficer() throws {
        let context = try bench.create("alice")
        try set(context, Parameter.officerPIN, text("12345678"))
        refused(.badFlags, naming: ["1 to 255"]) { try set(context, Parameter.officerPIN, [0]) }
        refused(.badFlags) { try set(context, Parameter.officerPIN, text("1"), flags: 1) }
        #expect(context.state.withLock { $0.officerPIN } != nil)
        try set(context, Parameter.officerPIN, nil)
        #expect(context.state.withLock { $0.officerPIN } == nil)
        try set(context, Parameter.officerPIN, text("12345678"))
        context.release()
        #expect(context.state.withLock { $0.officerPIN } == nil)
    }

    // MARK: - PP_DELETEKEY

    @Test("forgets the pairs of a context without a container, and what nobody holds of them is gone")
    func deletesEphemeralKeys() throws {
        let context = try bench.ephemeral()
        do {
            _ = try context.generateKey(.signature, bits: 1024)
            let open = try context.generateKey(.keyExchange, bits: 1024)
            try set(context, Parameter.deleteKey, nil)
            for spec in [KeySpec.signature, .keyExchange] { refused(.noKey) { try context.userKey(spec) } }
            #expect(try bench.sessionObjects(.privateKey) == 1, "the one that is open")
            _ = try open.publicKeyBlob()
        }
        #expect(try bench.sessionObjects(.privateKey) == 0)
        try set(context, Parameter.deleteKey, nil)
        _ = try context.generateKey(.signature, bits: 1024)
        try context.proves(.signature)
    }

    @Test("leaves a container's keys alone")
    func leavesAContainersKeys() throws {
        let context = try bench.create("alice")
        _ = try context.generateKey(.signature, bits: 1024)
        refused(.permission, naming: ["CRYPT_DELETEKEYSET"]) { try set(context, Parameter.deleteKey, nil) }
        refused(.badFlags) { try set(context, Parameter.deleteKey, nil, flags: 1) }
        try context.proves(.signature)
    }

    // MARK: - The rest

    @Test("takes PP_USE_HARDWARE_RNG with NULL alone")
    func takesHardwareRandom() throws {
        let context = try bench.ephemeral()
        refused(.invalidParameter) { try set(context, Parameter.useHardwareRandom, [1, 0, 0, 0]) }
        refused(.badFlags) { try set(context, Parameter.useHardwareRandom, nil, flags: 1) }
        #expect(!context.state.withLock { $0.usesTokenRandom })
        try set(context, Parameter.useHardwareRandom, nil)
        #expect(context.state.withLock { $0.usesTokenRandom })
    }

    @Test("refuses a security descriptor rather than passing it over", arguments: [1, 4, 0xF] as [UInt32])
    func refusesASecurityDescriptor(information: UInt32) throws {
        let context = try bench.create("alice")
        let descriptor: [UInt8] = [1, 0, 0, 0x80] + [UInt8](repeating: 0, count: 16)
        let id = Parameter.securityDescriptor
        refused(.functionNotSupported) { try set(context, id, descriptor, flags: information) }
        refused(.badFlags) { try set(context, id, descriptor, flags: information | 0x8000_0000) }
        refused(.invalidParameter) { try set(context, id, nil, flags: information) }
    }

    /// Unknown, told only, certificates, and PINs that were encrypted with what is not here.
    static let unsettable: [UInt32] = [0, 2, 3, 4, 6, 11, 14, 15, 16, 17, 22, 39, 40, 42, 43, 45, 46, 47, 48, 99, .max]

    @Test("refuses what cannot be set, and any parameter of a released context", arguments: unsettable)
    func refusesWhatCannotBeSet(id: UInt32) throws {
        let context = try bench.create("alice")
        refused(.badType, naming: ["\(id)"]) { try set(context, id, [0]) }
        refused(.badFlags) { try set(context, id, [0], flags: 1) }
        try set(context, Parameter.clientWindow, nil)
        context.release()
        for id in [id, Parameter.signaturePIN, Parameter.pinPrompt, Parameter.clientWindow, Parameter.deleteKey] {
            refused(.invalidParameter) { try set(context, id, nil) }
        }
    }
}
