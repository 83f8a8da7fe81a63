import TestTokens
import Testing

@testable import TokenCSP

@Suite("Random numbers")
struct RandomTests {
    private let useHardwareRandom: UInt32 = 38

    @Test("come from the host in any length, without a token", arguments: [0, 1, 255, 256, 257, 100_000])
    func comeFromTheHost(count: Int) throws {
        let context = try Context.acquire(flags: .verifyContext, configuration: Configuration())
        let bytes = try context.random(count)
        #expect(bytes.count == count)
        if count > 1000 { #expect(Set(bytes).count == 256) }
        if count > 16 { #expect(try context.random(count) != bytes) }
        refused(.badLen) { try context.random(-1) }
    }

    @Test("come from the token after PP_USE_HARDWARE_RNG, without a PIN", arguments: [0, 1, 1024, 1025, 100_000])
    func comeFromTheToken(count: Int) throws {
        let faulty = try FaultModule()
        let context = try faulty.bench.ephemeral()
        let host = try faulty.calls(of: ["C_GenerateRandom"]) { try context.random(count) }
        #expect(host.calls == ["C_GenerateRandom": 0])
        try context.setParameter(useHardwareRandom, data: nil, flags: 0)
        let token = try faulty.calls(of: ["C_GenerateRandom"]) { try context.random(count) }
        #expect(token.calls == ["C_GenerateRandom": UInt((count + 1023) / 1024)])
        #expect(token.result.count == count)
        if count > 1000 { #expect(Set(token.result).count > 200) }
        #expect(try !faulty.bench.isLoggedIn)
    }

    @Test("of a token that is not there are SCARD_E_NO_SMARTCARD, and the host's go on")
    func ofATokenThatIsNotThere() throws {
        let context = try Context.acquire(
            flags: .verifyContext,
            configuration: Configuration(tokenURI: "pkcs11:token=no-such?module-path=\(TestToken.modulePath)")
        )
        refused(.noSmartcard) { try context.useTokenRandom() }
        #expect(try context.random(8).count == 8)
    }
}
