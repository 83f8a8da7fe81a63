import Foundation
import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("Which token")
struct TokenSelectionTests {
    private func open(_ uri: String) throws -> Context {
        try Context.acquire(container: "alice", flags: .newKeySet, configuration: Configuration(tokenURI: uri))
    }

    @Test(
        "a malformed URI names is ERROR_INVALID_PARAMETER with the URI",
        arguments: [
            "", "pkcs12:token=x", "token=x", "pkcs11:token=%zz", "pkcs11:=x", "pkcs11:token", "pkcs11:token=a\0b",
            "pkcs11:no-such-attribute=x", "pkcs11:token=a%00b",
        ])
    func aMalformedURI(uri: String) {
        refused(.invalidParameter, naming: uri.contains("\0") ? ["NUL"] : ["\"\(uri)\""]) { try open(uri) }
    }

    @Test(
        "a missing module names is NTE_PROV_DLL_NOT_FOUND with its path",
        arguments: ["/nonexistent/module.so", "/etc/passwd"])
    func aMissingModule(path: String) {
        refused(.provDLLNotFound, naming: [path]) { try open("pkcs11:token=x?module-path=\(path)") }
    }

    @Test("a module that p11-kit does not know names is NTE_PROV_DLL_NOT_FOUND")
    func aModuleThatP11KitDoesNotKnow() {
        refused(.provDLLNotFound, naming: ["no-such-module"]) { try open("pkcs11:token=x?module-name=no-such-module") }
    }

    @Test("no URI matches is SCARD_E_NO_SMARTCARD with the URI and the tokens that are there")
    func noURIMatches() throws {
        let bench = try Workbench()
        for part in ["token=no-such", "token=\(bench.made.label);serial=0", "token=\(bench.made.label);model=TPM"] {
            refused(.noSmartcard, naming: [part, "token=" + bench.made.label]) {
                try open("pkcs11:\(part)?module-path=\(TestToken.modulePath)")
            }
        }
    }

    @Test("several match is an error that lists them and says how to choose")
    func severalMatch() throws {
        let benches = try [Workbench(), Workbench()]
        refused(.unknownReader, naming: ["TOKENCSP_TOKEN"] + benches.map { "token=" + $0.made.label }) {
            try open("pkcs11:?module-path=\(TestToken.modulePath)")
        }
        for bench in benches { #expect(try bench.objects().isEmpty) }
    }

    @Test("a context without a container needs is asked for when it is first needed")
    func aContextWithoutAContainerNeedsNone() throws {
        let context = try Context.acquire(
            flags: .verifyContext,
            configuration: Configuration(tokenURI: "pkcs11:token=no-such?module-path=\(TestToken.modulePath)"))
        #expect(try context.random(16).count == 16)
        let hash = try context.makeHash(.sha256)
        #expect(try hash.value().count == 32)
        refused(.noSmartcard) { try context.generateKey(.signature, bits: 1024) }
        refused(.noSmartcard) { try context.containers() }
    }

    @Test("is listed with all that it tells, and a URI that names it")
    func isListed() throws {
        let bench = try Workbench()
        let all = try Tokens.list(Configuration(tokenURI: "pkcs11:?module-path=\(TestToken.modulePath)"))
        let mine = try #require(all.first { $0.label == bench.made.label })
        #expect(mine.isInitialized && mine.isUserPINInitialized && mine.needsLogin && mine.hasRandom)
        #expect(mine.modulePath == TestToken.modulePath)
        #expect(mine.model == "SoftHSM v2")
        #expect(try Tokens.list(Configuration(tokenURI: mine.uri)).map(\.serial) == [mine.serial])
        _ = try open(mine.uri)
        #expect(try bench.objects().map(\.label) == ["alice"])
    }
}
