import Foundation
import PKCS11
import TestTokens
import Testing

@Suite struct ModuleLoadingTests {
    @Test func theSamePathGivesTheSameObject() throws {
        let first = try TestToken.module
        #expect(try Module.load(path: TestToken.modulePath) === first)
        #expect(first.path == TestToken.modulePath)
    }

    @Test func aMissingModuleIsUnavailableAndTheErrorNamesItsPath() {
        let thrown = #expect(throws: error(.moduleUnavailable)) { try Module.load(path: "/nonexistent/module.so") }
        #expect(thrown?.message.contains("/nonexistent/module.so") == true)
        #expect(thrown?.function == "p11_kit_module_load")
    }

    @Test func aLibraryThatIsNoModuleIsUnavailable() throws {
        let library = try #require(
            ["x86_64", "aarch64"].map { "/lib/\($0)-linux-gnu/libm.so.6" }
                .first { FileManager.default.fileExists(atPath: $0) }
        )
        #expect(throws: error(.moduleUnavailable)) { try Module.load(path: library) }
    }

    @Test func aFileThatIsNoLibraryIsUnavailable() throws {
        let file = try temporaryFile(Array("not a library".utf8), suffix: ".so")
        #expect(throws: error(.moduleUnavailable)) { try Module.load(path: file.path) }
        #expect(throws: error(.moduleUnavailable)) { try Module.load(path: TestToken.folder.path) }
        #expect(throws: error(.moduleUnavailable)) { try Module.load(path: "") }
    }

    @Test func aModuleIsFoundByItsConfiguredName() throws {
        _ = try TestToken.module
        let module = try Module.configured(name: "softhsm2")
        #expect(module.name == "softhsm2")
        #expect(module.path.hasSuffix("libsofthsm2.so"))
        #expect(try !module.slots().isEmpty)
        #expect(try Module.configured(name: "softhsm2") === module)
    }

    @Test func aNameThatIsNotConfiguredIsNamedInTheError() {
        let thrown = #expect(throws: error(.moduleUnavailable)) { try Module.configured(name: "no-such-module") }
        #expect(thrown?.message.contains("no-such-module") == true)
    }

    @Test func allConfiguredModulesAreThoseThatHoldKeys() throws {
        _ = try TestToken.module
        let names = try Module.allConfigured().map(\.name)
        #expect(names.contains("softhsm2"))
        #expect(!names.contains("p11-kit-trust"))
    }

    @Test func aTokenIsSeenByPathAndByName() throws {
        let made = try TestToken.make()
        let slots = try Module.configured(name: "softhsm2").slots()
        #expect(try slots.contains { try $0.tokenInfo().label == made.label })
    }
}
