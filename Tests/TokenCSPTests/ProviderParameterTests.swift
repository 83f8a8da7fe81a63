import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("CryptGetProvParam and CryptSetProvParam")
struct ProviderParameterTests {
    private typealias Parameter = ProviderParameter

    private let first: UInt32 = 1
    private let next: UInt32 = 2
    private let bench: Workbench

    init() throws {
        bench = try Workbench()
    }

    @Test("tell names and numbers, with a NUL after each text")
    func tellNamesAndNumbers() throws {
        let context = try bench.create("alice")
        #expect(try context.text(Parameter.name) == "TokenCSP RSA and AES Provider")
        #expect(try context.text(Parameter.container) == "alice")
        #expect(try context.text(Parameter.reader) == bench.made.token().slot.description())
        #expect(try context.dword(Parameter.providerType) == 24)
        #expect(try context.dword(Parameter.version) == 0x200)
        #expect(try context.dword(Parameter.keySetType) == 0)
        #expect(try context.dword(Parameter.keyStorage) == 1, "CRYPT_SEC_DESCR")
        #expect(try context.dword(Parameter.signatureKeySizeIncrement) == 8)
        #expect(try context.dword(Parameter.exchangeKeySizeIncrement) == 8)
        #expect(try context.dword(Parameter.keySpec) == 3, "with no keys too")
        let implementation = try context.dword(Parameter.implementationType)
        #expect(implementation == 2 || implementation == 3, "software, or mixed where the token is hardware")
        #expect(try bench.create("bob", .machineKeySet).dword(Parameter.keySetType) == 0x20)
        #expect(try bench.open("alice", provider: "TokenCSP RSA Provider").dword(Parameter.providerType) == 1)
    }

    @Test("tell a unique container name that differs from the name, stays, and opens the container")
    func tellAUniqueContainerName() throws {
        let context = try bench.create("alice")
        let unique = try #require(try context.text(Parameter.uniqueContainer))
        #expect(unique == "\\\\.\\\(bench.made.label)\\alice")
        #expect(try bench.open("alice").text(Parameter.uniqueContainer) == unique)
        #expect(try Workbench().open(unique).containerName == "alice")
    }

    @Test("without a container have no name of one")
    func withoutAContainer() throws {
        let context = try bench.ephemeral()
        refused(.noKey) { try context.text(Parameter.container) }
        refused(.noKey) { try context.text(Parameter.uniqueContainer) }
        refused(.noKey) { try context.value(Parameter.securityDescriptor) }
        #expect(try context.text(Parameter.name) == "TokenCSP RSA and AES Provider")
    }

    @Test("answer ERROR_MORE_DATA with the size for a buffer that is too small")
    func answerMoreData() throws {
        let context = try bench.create("alice")
        for id in [
            Parameter.implementationType, Parameter.name, Parameter.version, Parameter.container,
            Parameter.securityDescriptor, Parameter.providerType, Parameter.keyStorage, Parameter.symmetricKeySize,
            Parameter.sessionKeySize, Parameter.keySetType, Parameter.signatureKeySizeIncrement,
            Parameter.exchangeKeySizeIncrement, Parameter.uniqueContainer, Parameter.keySpec, Parameter.reader,
            Parameter.tokenIdentifier,
        ] {
            let size = UInt32(try context.value(id).count)
            var buffer = [UInt8](repeating: 0xEE, count: 512)
            for capacity in [0, 1, size - 1] {
                var length = capacity
                refused(.moreData) { try context.parameter(id, data: &buffer, length: &length, flags: 0) }
                #expect(length == size)
                #expect(buffer.allSatisfy { $0 == 0xEE }, "nothing is written")
            }
            var length: UInt32 = .max
            try context.parameter(id, data: &buffer, length: &length, flags: 0)
            #expect(length == size)
        }
    }

    @Test("tell the usual length of the provider's session keys")
    func tellTheSessionKeySize() throws {
        for (provider, bits) in [
            (nil, UInt32(128)), ("Microsoft Base Cryptographic Provider v1.0", 40),
            ("Microsoft Strong Cryptographic Provider", 128),
        ] {
            let context = try bench.ephemeral(provider: provider)
            #expect(try context.dword(Parameter.symmetricKeySize) == bits)
            #expect(try context.dword(Parameter.sessionKeySize) == bits)
        }
    }

    @Test("tell an identifier of the token that stays, and is another token's never")
    func tellAnIdentifier() throws {
        let identifier = try bench.create("alice").value(Parameter.tokenIdentifier)
        #expect(identifier.count == 16, "a GUID")
        #expect(identifier[7] >> 4 == 8 && identifier[8] >> 6 == 2, "a UUID of version 8")
        #expect(try bench.ephemeral().value(Parameter.tokenIdentifier) == identifier)
        #expect(try Workbench().ephemeral().value(Parameter.tokenIdentifier) != identifier)
    }

    @Test(
        "tell an empty security descriptor for any SECURITY_INFORMATION", arguments: [0, 1, 2, 4, 8, 0xF] as [UInt32])
    func tellASecurityDescriptor(information: UInt32) throws {
        let context = try bench.create("alice")
        let descriptor = try context.value(Parameter.securityDescriptor, flags: information)
        #expect(descriptor == [1, 0, 0, 0x80] + [UInt8](repeating: 0, count: 16), "revision 1, self-relative")
        refused(.badFlags) { try context.value(Parameter.securityDescriptor, flags: 0x10 | information) }
    }

    @Test("tell by success alone that the token has random numbers")
    func tellOfHardwareRandom() throws {
        let context = try bench.ephemeral()
        var length: UInt32 = 99
        try context.parameter(Parameter.useHardwareRandom, data: nil, length: &length, flags: 0)
        #expect(length == 0)
        var buffer: [UInt8] = [0, 0, 0, 0]
        refused(.invalidParameter) {
            try context.parameter(Parameter.useHardwareRandom, data: &buffer, length: &length, flags: 0)
        }
        let nowhere = try Context.acquire(
            flags: .verifyContext,
            configuration: Configuration(tokenURI: "pkcs11:token=no-such?module-path=\(TestToken.modulePath)")
        )
        refused(.noSmartcard) {
            try nowhere.parameter(Parameter.useHardwareRandom, data: nil, length: &length, flags: 0)
        }
    }

    /// Unknown, not used by Microsoft either, PINs, certificates, and what is set only.
    static let untold: [UInt32] =
        [0, 7, 9, 10, 11, 12, 13, 14, 15, 18, 21, 24, 25, 26, 31, 32, 33, 37, 40, 41, 42, 44, 46, 47, 48, 49, 99, .max]

    @Test("refuse to tell what is unknown, PINs, and what takes no flags", arguments: untold)
    func refuseToTell(id: UInt32) throws {
        let context = try bench.create("alice")
        refused(.badType, naming: ["\(id)"]) { try context.value(id) }
        refused(.badFlags) { try context.value(id, flags: 1) }
        context.release()
        refused(.invalidParameter) { try context.value(id) }
    }

    @Test("refuse flags that the parameter does not have")
    func refuseFlags() throws {
        let context = try bench.create("alice")
        refused(.badFlags) { try context.value(Parameter.name, flags: 1) }
        for id in [Parameter.containers, Parameter.algorithms, Parameter.algorithmsEx] {
            refused(.badFlags) { try context.value(id, flags: 4) }
        }
    }

    // MARK: - PP_ENUMCONTAINERS

    /// The loop of .NET and e_capi: the maximum first, then one name a call into a buffer of that size.
    private func enumerated(_ context: Context) throws -> [String] {
        var length: UInt32 = 0
        try context.parameter(Parameter.containers, data: nil, length: &length, flags: first)
        #expect(length == 261)
        var names: [String] = []
        var flags = first
        while true {
            var buffer = [UInt8](repeating: 0xEE, count: 261)
            length = 261
            do {
                try context.parameter(Parameter.containers, data: &buffer, length: &length, flags: flags)
            } catch {
                guard error.code == .noMoreItems else { throw error }
                return names
            }
            #expect(length == 261, "a fitting call leaves the length as it was passed")
            names.append(String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self))
            flags = next
        }
    }

    @Test("enumerate containers without a PIN, with the maximum as the size")
    func enumerateContainers() throws {
        let context = try bench.ephemeral()
        refused(.noMoreItems) { try enumerated(context) }
        let names = ["alice", "bob", String(repeating: "n", count: 260), "Zoë"]
        for name in names { _ = try bench.create(name) }
        #expect(try enumerated(context) == names.sorted())
        #expect(try enumerated(context) == names.sorted(), "CRYPT_FIRST starts again")
        #expect(try !bench.isLoggedIn)
    }

    @Test("enumerate the same container again after a buffer that was too small")
    func enumerateAgainAfterASmallBuffer() throws {
        let context = try bench.create("alice")
        _ = try bench.create("bob")
        var buffer = [UInt8](repeating: 0, count: 261)
        var length: UInt32 = 5
        refused(.moreData, naming: ["261"]) {
            try context.parameter(Parameter.containers, data: &buffer, length: &length, flags: first)
        }
        #expect(length == 261)
        length = 6
        try context.parameter(Parameter.containers, data: &buffer, length: &length, flags: next)
        #expect(buffer.starts(with: Array("alice".utf8) + [0]))
        try context.parameter(Parameter.containers, data: &buffer, length: &length, flags: next)
        #expect(buffer.starts(with: Array("bob".utf8) + [0]))
        refused(.noMoreItems) {
            try context.parameter(Parameter.containers, data: &buffer, length: &length, flags: next)
        }
    }

    // MARK: - PP_ENUMALGS

    @Test("enumerate algorithms as PROV_ENUMALGS and PROV_ENUMALGS_EX")
    func enumerateAlgorithms() throws {
        for provider in ProviderProfile.all.map(\.name) {
            let context = try bench.ephemeral(provider: provider)
            let algorithms = context.profile.algorithms
            for (id, size) in [(Parameter.algorithms, 32), (Parameter.algorithmsEx, 88)] {
                for (index, algorithm) in algorithms.enumerated() {
                    var entry = [UInt8](repeating: 0xEE, count: 128)
                    var length = UInt32(entry.count)
                    try context.parameter(id, data: &entry, length: &length, flags: index == 0 ? first : next)
                    #expect(length == UInt32(size), "the size of the C struct")
                    func dword(_ offset: Int) -> UInt32 {
                        entry[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
                    }
                    func text(_ offset: Int) -> String {
                        String(decoding: entry[offset...].prefix { $0 != 0 }, as: UTF8.self)
                    }
                    #expect(dword(0) == algorithm.id.rawValue)
                    #expect(dword(4) == UInt32(algorithm.defaultBits))
                    if id == Parameter.algorithms {
                        #expect(dword(8) == UInt32(algorithm.name.utf8.count + 1))
                        #expect(text(12) == algorithm.name)
                    } else {
                        #expect(dword(8) == UInt32(algorithm.minimumBits))
                        #expect(dword(12) == UInt32(algorithm.maximumBits))
                        #expect(dword(16) == 0)
                        #expect(dword(20) == UInt32(algorithm.name.utf8.count + 1))
                        #expect(text(24) == algorithm.name)
                        #expect(dword(44) == UInt32(algorithm.longName.utf8.count + 1))
                        #expect(text(48) == algorithm.longName)
                    }
                }
                refused(.noMoreItems) { try context.value(id, flags: next) }
            }
        }
    }

    @Test("begin again with CRYPT_FIRST, whatever becomes of the call", arguments: [1, 22] as [UInt32])
    func beginAgain(id: UInt32) throws {
        let context = try bench.ephemeral()
        let entry = try context.value(id, flags: first)
        #expect(try context.value(id, flags: next) != entry)
        var buffer = [UInt8](repeating: 0, count: 4)
        var length: UInt32 = 4
        refused(.moreData) { try context.parameter(id, data: &buffer, length: &length, flags: first) }
        #expect(length == UInt32(entry.count))
        #expect(try context.value(id, flags: next) == entry)
    }

    // MARK: - PINs

    @Test(
        "set the PIN of the context, by either name, and forget it",
        arguments: [
            Parameter.keyExchangePIN, Parameter.signaturePIN,
        ])
    func setThePIN(id: UInt32) throws {
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        let context = try bench.open("alice", configuration: bench.withoutPIN)
        try Array((bench.made.userPIN + "\0").utf8).withUnsafeBufferPointer {
            try context.setParameter(id, data: $0.baseAddress, flags: 0)
        }
        try context.proves(.signature)
        try context.setParameter(id, data: nil, flags: 0)
        refused(.notAuthenticated) { try context.proves(.signature) }
        for text in [[UInt8(0)], [UInt8](repeating: 1, count: 300)] {
            text.withUnsafeBufferPointer { text in
                _ = refused(.badFlags, naming: ["1 to 255"]) {
                    try context.setParameter(id, data: text.baseAddress, flags: 0)
                }
            }
        }
    }
}
