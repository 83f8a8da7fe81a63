import Foundation
import TestTokens
import Testing

@testable import PKCS11

@Suite struct PINSourceTests {
    private func read(_ source: String) throws -> [UInt8] {
        try PINSource.read(source).withUnsafeBytes { Array($0) }
    }

    private func readFile(_ content: [UInt8]) throws -> [UInt8] {
        try read("file:" + temporaryFile(content).path)
    }

    // MARK: - Files

    @Test func aFileIsNamedInFourWays() throws {
        let path = try temporaryFile(Array("1234".utf8)).path
        for source in ["file:" + path, "file://" + path, path] { #expect(try read(source) == Array("1234".utf8)) }
    }

    @Test func aPathMayHoldBlanksAndUmlauts() throws {
        let file = try temporaryFile(Array("1234".utf8), suffix: " Schlüssel #1.pin")
        #expect(try read("file:" + file.path) == Array("1234".utf8))
    }

    @Test(arguments: [
        ("1234", "1234"), ("1234\n", "1234"), ("1234\r\n", "1234"), ("1234\n\n", "1234\n"), (" 12 34 ", " 12 34 "),
        ("\n1234", "\n1234"), ("ä€\n", "ä€"), ("12\n34\n", "12\n34"),
    ])
    func oneNewlineAtTheEndIsDroppedAndNothingElse(_ content: String, _ pin: String) throws {
        #expect(try readFile(Array(content.utf8)) == Array(pin.utf8))
    }

    @Test func bytesThatAreNoTextStay() throws {
        #expect(try readFile([0xFF, 0x0D, 0xFE]) == [0xFF, 0x0D, 0xFE])
    }

    @Test(arguments: [[0], [0x31, 0, 0x32], [0x31, 0x32, 0, 0x0A]] as [[UInt8]])
    func aNULInsideIsRefused(_ content: [UInt8]) throws {
        let thrown = #expect(throws: error(.pinSourceUnreadable)) { try readFile(content) }
        #expect(thrown?.message.contains("NUL") == true)
    }

    @Test(arguments: [[], [0x0A], [0x0D, 0x0A]] as [[UInt8]])
    func anEmptyFileIsUnreadable(_ content: [UInt8]) throws {
        let file = try temporaryFile(content)
        let thrown = #expect(throws: error(.pinSourceUnreadable)) { try PINSource.read("file:" + file.path) }
        #expect(thrown?.message.contains(file.path) == true)
        #expect(thrown?.message.contains("empty") == true)
    }

    @Test func aPINOfUpTo1024BytesIsReadAndALongerOneIsNot() throws {
        let longest = [UInt8](repeating: 0x31, count: 1024)
        #expect(try readFile(longest) == longest)
        #expect(try readFile(longest + [0x0A]) == longest)
        #expect(try readFile(longest + [0x0D, 0x0A]) == longest)
        for tooMuch in [longest + [0x31], longest + longest, [UInt8](repeating: 0x31, count: 1 << 20)] {
            let thrown = #expect(throws: error(.pinSourceUnreadable)) { try readFile(tooMuch) }
            #expect(thrown?.message.contains("1024") == true)
            #expect(thrown?.message.contains("1111") == false)
        }
    }

    @Test func aMissingFileIsNamedInTheError() {
        let thrown = #expect(throws: error(.pinSourceUnreadable)) { try PINSource.read("file:/nonexistent/pin") }
        #expect(thrown?.message.contains("file:/nonexistent/pin") == true)
        #expect(thrown?.message.contains("No such file") == true)
    }

    @Test func aFolderIsUnreadable() {
        let thrown = #expect(throws: error(.pinSourceUnreadable)) {
            try PINSource.read("file:" + TestToken.folder.path)
        }
        #expect(thrown?.message.contains("directory") == true)
    }

    @Test(.enabled(if: getuid() != 0, "root reads every file"))
    func aFileOfSomebodyElseIsUnreadable() throws {
        let file = try temporaryFile(Array("1234".utf8))
        #expect(chmod(file.path, 0) == 0)
        #expect(throws: error(.pinSourceUnreadable)) { try PINSource.read(file.path) }
    }

    @Test(arguments: ["", "file:", "file://", "env:", "fd:", "unknown-name"])
    func aSourceThatNamesNothingIsUnreadable(_ source: String) {
        #expect(throws: error(.pinSourceUnreadable)) { try PINSource.read(source) }
    }

    @Test func aURIsPercentSignsAreReadByRFC8089AndAPathsAreNot() throws {
        let folder = TestToken.folder.path + "/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, pin) in [("my pin", "1"), ("my%20pin", "2"), ("100%", "3"), ("a%zz", "4"), ("ä", "5")] {
            try Data(pin.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
        }
        for (source, pin) in [
            ("file:\(folder)/my%20pin", "1"), ("file://\(folder)/my%20pin", "1"), ("file:\(folder)/my pin", "1"),
            ("file://localhost\(folder)/my%20pin", "1"), ("file://LOCALHOST\(folder)/my%2520pin", "2"),
            ("\(folder)/my%20pin", "2"), ("file:\(folder)/my%2520pin", "2"), ("file:\(folder)/100%", "3"),
            ("file:\(folder)/100%25", "3"), ("file:\(folder)/a%zz", "4"), ("file:\(folder)/%C3%A4", "5"),
            ("file:\(folder)/%c3%a4", "5"),
        ] { #expect(try read(source) == Array(pin.utf8), "\(source)") }
        for (source, words) in [
            ("file://host\(folder)/my%20pin", "another host"), ("file:\(folder)/my%20pin%00x", "NUL"),
            ("file:\(folder)/%FF", "UTF-8"), ("file://localhost", "no file"), ("\(folder)/my pin\0x", "NUL"),
        ] {
            let thrown = #expect(throws: error(.pinSourceUnreadable)) { try PINSource.read(source) }
            #expect(thrown?.message.contains(words) == true, "\(source): \(thrown?.message ?? "")")
        }
    }

    @Test func aFileThatOthersCanReadIsToldOfOnce() async {
        await #expect(processExitsWith: .success) {
            let folder = TestToken.folder.path + "/open"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            #expect(chmod(TestToken.folder.path, 0o755) == 0 && chmod(folder, 0o755) == 0)
            let told = Lock<[String]>([])
            PINSource.observer.withLock { $0 = { text in told.withLock { $0.append(text) } } }
            func warnings(_ name: String, _ mode: mode_t) throws -> [String] {
                told.withLock { $0 = [] }
                try Data("1234".utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
                #expect(chmod(folder + "/" + name, mode) == 0)
                for _ in 0..<3 { _ = try PINSource.read("file:\(folder)/\(name)") }
                return told.withLock { $0 }
            }
            #expect(try warnings("mine", 0o600).isEmpty)
            for (name, mode) in [("group", 0o640), ("world", 0o604), ("both", 0o644)] as [(String, mode_t)] {
                let found = try warnings(name, mode)
                #expect(found.count == 1 && found[0].contains("\(folder)/\(name)"))
                #expect(!found[0].contains("1234"))
            }
            #expect(chmod(folder, 0o700) == 0)
            #expect(try warnings("behind-a-closed-door", 0o644).isEmpty)
        }
    }

    // MARK: - Credentials

    @Test func aCredentialOfSystemdIsReadByItsName() async {
        await #expect(processExitsWith: .success) {
            unsetenv("CREDENTIALS_DIRECTORY")
            func message(_ source: String) -> String {
                do throws(PKCS11Error) {
                    _ = try PINSource.read(source)
                    return ""
                } catch {
                    return error.message
                }
            }
            #expect(message("credential:pin").contains("CREDENTIALS_DIRECTORY"))
            let folder = TestToken.folder.path + "/credentials"
            try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true)
            for name in ["/pin", "/sub/pin", "/../pin"] {
                try Data("1234\n".utf8).write(to: URL(fileURLWithPath: folder + name))
            }
            setenv("CREDENTIALS_DIRECTORY", folder, 1)
            #expect(try PINSource.read("credential:pin").withUnsafeBytes { Array($0) } == Array("1234".utf8))
            for name in ["", ".", "..", "../pin", "sub/pin", "/etc/hostname"] {
                #expect(message("credential:" + name).contains("without a slash"), "\(name)")
            }
            #expect(message("credential:absent").contains("credential:absent"))
            setenv("CREDENTIALS_DIRECTORY", "relative", 1)
            #expect(message("credential:pin").contains("CREDENTIALS_DIRECTORY"))
        }
    }

    // MARK: - The environment

    @Test func aVariableIsRead() throws {
        setenv("TOKENCSP_TEST_PIN", "12 34\n", 1)
        #expect(try read("env:TOKENCSP_TEST_PIN") == Array("12 34".utf8))
    }

    @Test func aVariableThatIsMissingEmptyOrTooLongIsNamed() {
        setenv("TOKENCSP_TEST_EMPTY", "", 1)
        setenv("TOKENCSP_TEST_LONG", String(repeating: "1", count: 1025), 1)
        for name in ["TOKENCSP_TEST_MISSING", "TOKENCSP_TEST_EMPTY", "TOKENCSP_TEST_LONG"] {
            let thrown = #expect(throws: error(.pinSourceUnreadable)) { try PINSource.read("env:" + name) }
            #expect(thrown?.message.contains(name) == true)
        }
    }

    // MARK: - File descriptors

    @Test func aDescriptorIsReadToItsEndThoughItComesInPieces() throws {
        let pipe = Pipe()
        let number = pipe.fileHandleForReading.fileDescriptor
        let writer = Thread.run {
            for piece in ["12", "34", "\n"] { try pipe.fileHandleForWriting.write(contentsOf: Data(piece.utf8)) }
            try pipe.fileHandleForWriting.close()
        }
        #expect(try read("fd:\(number)") == Array("1234".utf8))
        try writer.value.get()
    }

    @Test func aDescriptorThatIsAtItsEndIsEmpty() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.close()
        #expect(throws: error(.pinSourceUnreadable)) {
            try PINSource.read("fd:\(pipe.fileHandleForReading.fileDescriptor)")
        }
    }

    @Test(arguments: ["fd:-1", "fd:x", "fd:65000", "fd:1e3", "fd: 0", "fd:99999999999999999999"])
    func aNumberThatIsNoOpenDescriptorIsUnreadable(_ source: String) {
        let thrown = #expect(throws: error(.pinSourceUnreadable)) { try PINSource.read(source) }
        // What is no number may be a PIN.
        let isNumber = UInt16(source.dropFirst(3)) != nil
        #expect(thrown?.message.contains(source) == isNumber)
    }

    // MARK: - A PIN in the source's place

    @Test(arguments: ["987654", "fd:987654", "pin:987654", "ENV:987654"])
    func aTextOfNoKnownFormIsNotShown(_ source: String) {
        let thrown = #expect(throws: error(.pinSourceUnreadable)) { try PINSource.read(source) }
        #expect(thrown?.message.contains("987654") == false)
        #expect(thrown?.message.contains("never the PIN itself") == true)
        #expect(!PINSource.name(source).contains("987654"))
        #expect((try? TokenURI("pkcs11:token=x?pin-source=" + source))?.text == "pkcs11:token=x?pin-source=…")
    }

    @Test(arguments: ["prompt", "pinentry"])
    func whatAsksAPersonIsForTheCommandsOptions(_ source: String) {
        let thrown = #expect(throws: error(.pinSourceUnreadable)) { try PINSource.read(source) }
        #expect(thrown?.message.contains("command's options only") == true)
    }
}
