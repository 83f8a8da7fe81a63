import Foundation
import TestTokens
import Testing

@testable import TokenCSP

@Suite("The configuration file")
struct ConfigurationFileTests {
    @Test("holds settings, module sections, comments and blanks")
    func holdsSettings() throws {
        let text = """
            # a comment
            \t token \t=  pkcs11:token=demo?module-path=/x.so&pin-source=file:/p \r
            default-container=alice bob

            [module /usr/lib/softokn3.so]
            init-reserved = configdir='sql:/var/lib/nss' flags=
              [module  /other.so ]
            init-reserved=x
            """
        let file = try ConfigurationFile(text, path: "demo.conf")
        #expect(
            file.settings.mapValues(\.value) == [
                "token": "pkcs11:token=demo?module-path=/x.so&pin-source=file:/p", "default-container": "alice bob",
            ])
        #expect(
            file.modules.mapValues { $0.mapValues(\.value) } == [
                "/usr/lib/softokn3.so": ["init-reserved": "configdir='sql:/var/lib/nss' flags="],
                "/other.so": ["init-reserved": "x"],
            ])
        #expect(file.settings["default-container"]?.place == "configuration file demo.conf, line 3")
        #expect(try ConfigurationFile("", path: "empty.conf").settings.isEmpty)
    }

    static let faults: [(text: String, line: Int, naming: String)] = [
        ("token", 1, "\"token\""), ("\n\ntoken = x\ndefault-cont", 4, "default-cont"),
        ("token =", 1, "token has no value"),
        ("# ok\n= value", 2, "\"\" is unknown"), ("tokne = x", 1, "known here: token, default-container, session-keys"),
        ("[module /x.so]\ntoken = x", 2, "known here: init-reserved"),
        ("[module /x.so", 1, "[module /path/to/module.so]"),
        ("[module ]", 1, "[module /path/to/module.so]"), ("[token x", 1, "[token LABEL]"), ("[]", 1, "[]"),
        ("[token ]", 1, "[token LABEL]"), ("[tokens x]", 1, "[tokens x]"),
        ("[token x]\ninteraction = none", 2, "known here: pin-cache"),
        ("token = x\n\u{0}\u{1}\u{2}", 2, "key = value"),
    ]

    @Test("that is truncated or garbled is refused with file, line and what is wrong", arguments: faults)
    func thatIsGarbled(text: String, line: Int, naming: String) {
        refused(.provTypeEntryBad, naming: ["demo.conf, line \(line):", naming]) {
            try ConfigurationFile(text, path: "demo.conf")
        }
    }

    @Test("that is no text, too long, a folder or unreadable is refused with its name")
    func thatIsNoText() throws {
        let binary = Tool.file(".conf")
        try Data([0xFF, 0xFE, 0x80]).write(to: URL(fileURLWithPath: binary))
        refused(.provTypeEntryBad, naming: [binary, "UTF-8"]) { try ConfigurationFile.read(binary) }
        let long = Tool.file(".conf")
        try Data(repeating: UInt8(ascii: "#"), count: (1 << 20) + 5000).write(to: URL(fileURLWithPath: long))
        refused(.provTypeEntryBad, naming: [long, "1 MiB"]) { try ConfigurationFile.read(long) }
        refused(.provTypeEntryBad, naming: ["/etc", "directory"]) { try ConfigurationFile.read("/etc") }
        #expect(try ConfigurationFile.read("/nonexistent/demo.conf") == nil)
        #expect(try ConfigurationFile.read("/etc/passwd/demo.conf") == nil)
    }
}

/// Each in a process of its own: the environment is the whole process's.
@Suite("The configuration")
struct ConfigurationTests {
    @Test("is the environment's token before any file's, and the rest from the user's file")
    func isTheEnvironmentsTokenFirst() async {
        await #expect(processExitsWith: .success) {
            try prepare()
            try write("token = pkcs11:token=file\ndefault-container = fromfile\n", to: "config/tokencsp/tokencsp.conf")
            #expect(try Configuration.load().tokenURI == "pkcs11:token=file")
            setenv("TOKENCSP_TOKEN", "pkcs11:token=environment", 1)
            let both = try Configuration.load()
            #expect(both.tokenURI == "pkcs11:token=environment")
            #expect(both.defaultContainer == "fromfile")
            setenv("TOKENCSP_TOKEN", "", 1)
            #expect(try Configuration.load().tokenURI == "pkcs11:token=file")
        }
    }

    @Test("is found in XDG_CONFIG_HOME, else in ~/.config, else in the file that TOKENCSP_CONFIG names alone")
    func isFoundInItsPlaces() async {
        await #expect(processExitsWith: .success) {
            let folder = try prepare()
            try write("token = pkcs11:token=xdg\n", to: "config/tokencsp/tokencsp.conf")
            try write("token = pkcs11:token=home\n", to: "home/.config/tokencsp/tokencsp.conf")
            try write("token = pkcs11:token=named\n", to: "named.conf")
            #expect(try Configuration.load().tokenURI == "pkcs11:token=xdg")
            unsetenv("XDG_CONFIG_HOME")
            #expect(try Configuration.load().tokenURI == "pkcs11:token=home")
            setenv("TOKENCSP_CONFIG", folder + "/named.conf", 1)
            #expect(try Configuration.load().tokenURI == "pkcs11:token=named")
            setenv("TOKENCSP_CONFIG", folder + "/absent.conf", 1)
            refused(.provTypeEntryBad, naming: ["absent.conf", "TOKENCSP_CONFIG", "does not exist"]) {
                try Configuration.load()
            }
        }
    }

    @Test("says how people are asked and how long PINs are kept, and the environment comes before it")
    func saysHowPeopleAreAsked() async {
        await #expect(processExitsWith: .success) {
            try prepare()
            let none = try Configuration.load()
            #expect(none.interaction == .automatic && none.pinentry == nil && none.promptTimeout == 120)
            #expect(none.pinCache == .untilRelease && none.pinCaches.isEmpty)
            let text = """
                interaction = pinentry
                pinentry = /usr/bin/pinentry-curses
                prompt-timeout = 0
                pin-cache = 300
                [token demo]
                pin-cache = none
                [token Größe 1]
                pin-cache = release
                [token zero]
                pin-cache = 0
                """
            try write(text, to: "config/tokencsp/tokencsp.conf")
            let all = try Configuration.load()
            #expect(all.interaction == .pinentry && all.pinentry == "/usr/bin/pinentry-curses")
            #expect(all.promptTimeout == 0 && all.pinCache == .seconds(300))
            #expect(all.pinCaches == ["demo": .none, "Größe 1": .untilRelease, "zero": .none])
            for (word, interaction) in [
                ("terminal", .terminal), ("none", .none), ("automatic", .automatic), ("pinentry", .pinentry),
                ("", .pinentry),
            ] as [(String, Configuration.Interaction)] {
                setenv("TOKENCSP_INTERACTION", word, 1)
                #expect(try Configuration.load().interaction == interaction)
            }
        }
    }

    @Test("with a value that its key does not take is refused with file, line and what is allowed")
    func withAnUnknownValue() async {
        await #expect(processExitsWith: .success) {
            try prepare()
            for (line, words) in [
                ("session-keys = disk", "automatic, token or host"), ("interaction = dialog", "pinentry or none"),
                ("prompt-timeout = soon", "seconds"), ("prompt-timeout = -1", "seconds"),
                ("prompt-timeout = 1.5", "seconds"), ("prompt-timeout = 99999999999999999999", "seconds"),
                ("pin-cache = forever", "release, none"), ("pin-cache = +5", "release, none"),
                ("token = pkcs11:token=demo?pin-source", "RFC 7512"), ("token = demo", "RFC 7512"),
                ("token = pkcs11:nonsense=1", "unknown"),
            ] {
                try write("# one\n\n\(line)\n", to: "config/tokencsp/tokencsp.conf")
                refused(.provTypeEntryBad, naming: ["tokencsp.conf, line 3", words]) { try Configuration.load() }
                refused(.provTypeEntryBad, naming: ["line 3"]) { try Context.acquire(container: "alice") }
            }
            try write("[token x]\npin-cache = forever", to: "config/tokencsp/tokencsp.conf")
            refused(.provTypeEntryBad, naming: ["line 2", "release"]) { try Configuration.load() }
            // A PIN in a malformed URI is not repeated.
            try write("token = demo?pin-value=4711", to: "config/tokencsp/tokencsp.conf")
            do throws(CSPError) {
                _ = try Configuration.load()
                Issue.record("loaded")
            } catch { #expect(error.reason.contains("line 1") && !error.reason.contains("4711")) }
            try write("", to: "config/tokencsp/tokencsp.conf")
            setenv("TOKENCSP_INTERACTION", "dialog", 1)
            refused(.provTypeEntryBad, naming: ["TOKENCSP_INTERACTION = dialog", "automatic, terminal"]) {
                try Configuration.load()
            }
        }
    }

    @Test("that is garbled stops every call that needs it, with file and line")
    func thatIsGarbledStopsEveryCall() async {
        await #expect(processExitsWith: .success) {
            try prepare()
            try write("token = pkcs11:token=x\ntok", to: "config/tokencsp/tokencsp.conf")
            refused(.provTypeEntryBad, naming: ["tokencsp.conf, line 2"]) { try Configuration.load() }
            refused(.provTypeEntryBad, naming: ["line 2"]) { try Context.acquire(container: "alice") }
        }
    }

    @Test("of the environment serves the form of the C function, where a blank name means none")
    func ofTheEnvironmentServesTheCFunction() async {
        await #expect(processExitsWith: .success) {
            try prepare()
            let bench = try Workbench()
            setenv("TOKENCSP_TOKEN", bench.uri, 1)
            let rsaAES: UInt32 = 24
            #expect(
                try Context.acquire(container: "", provider: nil, rawType: rsaAES, rawFlags: 0xF000_0000)?.containerName
                    == nil)
            let context = try #require(try Context.acquire(container: "", provider: "", rawType: rsaAES, rawFlags: 0x8))
            #expect(context.containerName == Configuration().defaultContainerName)
            _ = try context.generateKey(.signature, bits: 1024)
            try context.proves(.signature)
            #expect(try Context.acquire(container: nil, provider: nil, rawType: rsaAES, rawFlags: 0x10) == nil)
            refused(.badKeyset) { try Context.acquire(container: nil, provider: nil, rawType: rsaAES, rawFlags: 0) }
            refused(.badProvType) {
                try Context.acquire(container: nil, provider: nil, rawType: 0, rawFlags: 0xF000_0000)
            }
            #expect(try bench.objects().isEmpty)
        }
    }
}

/// A folder for HOME and XDG_CONFIG_HOME, and no setting of ours in the environment.
@discardableResult
private func prepare() throws -> String {
    let folder = TestToken.folder.path
    for name in ["TOKENCSP_TOKEN", "TOKENCSP_CONFIG", "TOKENCSP_INTERACTION"] { unsetenv(name) }
    setenv("HOME", folder + "/home", 1)
    setenv("XDG_CONFIG_HOME", folder + "/config", 1)
    return folder
}

private func write(_ text: String, to name: String) throws {
    let file = TestToken.folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
}
