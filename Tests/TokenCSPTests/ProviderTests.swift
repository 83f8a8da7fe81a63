import TestTokens
import Testing

@testable import TokenCSP

@Suite("A provider")
struct ProviderTests {
    private func name(_ provider: String?, _ type: UInt32?) throws -> String {
        try Context.acquire(
            provider: provider, type: type.map(ProviderType.init(rawValue:)), flags: .verifyContext,
            configuration: Configuration()
        ).providerName
    }

    @Test("is found by name, by type, or by both")
    func isFound() throws {
        #expect(try name(nil, nil) == "TokenCSP RSA and AES Provider")
        #expect(try name("", 24) == "TokenCSP RSA and AES Provider")
        #expect(try name(nil, 1) == "TokenCSP RSA Provider")
        for profile in ProviderProfile.all {
            #expect(try name(profile.name, nil) == profile.name)
            #expect(try name(profile.name, profile.type.rawValue) == profile.name)
        }
    }

    @Test(
        "that is not found is answered with the code of its kind",
        arguments: [
            (nil, 0, ErrorCode.badProvType, "between 1 and 999"), (nil, 1000, .badProvType, "1000"),
            (nil, 0xFFFF_FFFF, .badProvType, "4294967295"), (nil, 999, .provTypeNotDef, "999"),
            (nil, 12, .provTypeNotDef, "12"),
            ("no such provider", 24, .keysetNotDef, "no such provider"),
            ("tokencsp rsa provider", 1, .keysetNotDef, "tokencsp"),
            ("TokenCSP RSA Provider", 24, .provTypeNoMatch, "type 1, not 24"),
            ("TokenCSP RSA Provider", 0, .badProvType, "0"),
            ("Microsoft Enhanced RSA and AES Cryptographic Provider", 1, .provTypeNoMatch, "type 24, not 1"),
        ] as [(String?, UInt32, ErrorCode, String)])
    func thatIsNotFound(provider: String?, type: UInt32, code: ErrorCode, naming: String) {
        refused(code, naming: [naming]) { try name(provider, type) }
    }

    @Test("is checked before the token is looked for")
    func isCheckedBeforeTheToken() {
        refused(.keysetNotDef) {
            try Context.acquire(
                container: "alice", provider: "none",
                configuration: Configuration(tokenURI: "pkcs11:?module-path=/nonexistent.so")
            )
        }
    }

    @Test("is the default of its type for the user and for the machine")
    func isTheDefaultOfItsType() throws {
        for flags: UInt32 in [1, 2] {
            #expect(try ProviderProfile.defaultName(type: 24, flags: flags) == "TokenCSP RSA and AES Provider")
            #expect(try ProviderProfile.defaultName(type: 1, flags: flags) == "TokenCSP RSA Provider")
            refused(.badProvType) { try ProviderProfile.defaultName(type: 0, flags: flags) }
            refused(.provTypeNotDef) { try ProviderProfile.defaultName(type: 999, flags: flags) }
        }
        for flags: UInt32 in [0, 3, 4] {
            refused(.badFlags) { try ProviderProfile.defaultName(type: 24, flags: flags) }
        }
    }

    @Test("has a name of its own, a known type, and algorithms whose default lies in their range")
    func hasANameOfItsOwn() {
        #expect(Set(ProviderProfile.all.map(\.name)).count == ProviderProfile.all.count)
        for profile in ProviderProfile.all {
            #expect(ProviderProfile.types.contains { $0.type == profile.type })
            #expect(Set(profile.algorithms.map(\.id)).count == profile.algorithms.count)
            for algorithm in profile.algorithms {
                #expect((algorithm.minimumBits...algorithm.maximumBits).contains(algorithm.defaultBits))
                #expect(
                    algorithm.name.utf8.count < 20 && algorithm.longName.utf8.count < 40,
                    "PROV_ENUMALGS_EX has no more room")
            }
        }
    }

    @Test("of PROV_RSA_FULL has no SHA-2, one of PROV_RSA_AES has")
    func ofRSAFullHasNoSHA2() throws {
        let configuration = Configuration()
        let full = try Context.acquire(type: .rsaFull, flags: .verifyContext, configuration: configuration)
        let aes = try Context.acquire(type: .rsaAES, flags: .verifyContext, configuration: configuration)
        for algorithm in [AlgorithmID.sha256, .sha384, .sha512] {
            refused(.badAlgID, naming: [algorithm.name, "TokenCSP RSA Provider"]) { try full.makeHash(algorithm) }
            #expect(try aes.makeHash(algorithm).algorithm == algorithm)
        }
        for algorithm in [AlgorithmID.md5, .sha1] { #expect(try full.makeHash(algorithm).algorithm == algorithm) }
    }
}
