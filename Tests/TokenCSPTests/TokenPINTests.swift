import Foundation
import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("The administration of PINs")
struct TokenPINTests {
    @Test("changes the user's PIN, also one that has expired, and so takes no login")
    func changesTheUsersPIN() throws {
        let fault = try FaultModule()
        let bench = fault.bench
        fault.rules(.expired, .tells(.userPINToBeChanged))
        #expect(try Tokens.find(bench.configuration).userPINToBeChanged)
        let calls = try fault.calls(of: ["C_Login", "C_SetPIN"]) {
            try Tokens.changePIN(bench.configuration, old: PIN(bench.made.userPIN), new: PIN("2468"))
        }.calls
        #expect(calls == ["C_Login": 1, "C_SetPIN": 1])
        let context = try bench.open("alice", .newKeySet, configuration: bench.withoutPIN)
        context.setPIN(PIN("2468"))
        _ = try context.generateKey(.signature, bits: 1024)
    }

    @Test("unlocks a token, and tells its state before and after")
    func unlocksAToken() throws {
        let fault = try FaultModule()
        let bench = fault.bench
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        // The officer ends the user's login.
        try Tokens.unblock(bench.configuration, soPIN: PIN(bench.made.soPIN), newPIN: PIN(bench.made.userPIN))
        fault.rules(.locks(after: 3))
        for pin in ["9991", "9992"] {
            refused(.wrongChv) { try Tokens.changePIN(bench.withoutPIN, old: PIN(pin), new: PIN("2468")) }
        }
        // The last try is a person's alone; the error then says the way out.
        refused(.notAuthenticated, naming: ["one try", "\"file:/x\""]) {
            try Tokens.changePIN(bench.withoutPIN, old: PIN("9993"), new: PIN("2468"), source: "file:/x")
        }
        refused(.chvBlocked, naming: ["tokencsp token unblock --token 'pkcs11:"]) {
            try Tokens.changePIN(bench.withoutPIN, old: PIN("9993"), new: PIN("2468"), usingFinalTry: true)
        }
        let context = try bench.open("alice")
        refused(.chvBlocked, naming: ["tokencsp token unblock --token 'pkcs11:", "token=\(bench.made.label)"]) {
            try context.proves(.signature)
        }
        refused(.chvBlocked, naming: ["token unblock"]) {
            try Tokens.changePIN(bench.withoutPIN, old: PIN("2468"), new: PIN("1357"))
        }
        let states = try Tokens.unblock(bench.withoutPIN, soPIN: PIN(bench.made.soPIN), newPIN: PIN("2468"))
        #expect(states.before.userPINLocked && !states.after.userPINLocked)
        context.setPIN(PIN("2468"))
        try context.proves(.signature)
    }

    @Test("sends no PIN where the new one has a length that the token does not take")
    func sendsNoPINInVain() throws {
        let fault = try FaultModule()
        let bench = fault.bench
        let calls = fault.calls(of: ["C_Login", "C_SetPIN", "C_InitPIN"]) {
            for pin in [PIN("123"), PIN(String(repeating: "1", count: 256))] {
                refused(.invalidChv, naming: ["4 to 255", bench.made.label]) {
                    try Tokens.changePIN(bench.configuration, old: PIN(bench.made.userPIN), new: pin)
                }
                refused(.invalidChv) {
                    try Tokens.unblock(bench.configuration, soPIN: PIN(bench.made.soPIN), newPIN: pin)
                }
                refused(.invalidChv) {
                    try Tokens.changeOfficerPIN(bench.configuration, old: PIN(bench.made.soPIN), new: pin)
                }
            }
        }.calls
        #expect(calls.values.allSatisfy { $0 == 0 })
    }

    @Test("sends a wrong officer's PIN once, and the officer's last try by hand alone")
    func sendsAWrongOfficersPINOnce() throws {
        let fault = try FaultModule()
        let bench = fault.bench
        let calls = try fault.calls(of: ["C_Login"]) { () throws in
            for _ in 0..<3 {
                refused(.wrongChv, naming: [bench.made.label, "\"env:SO\""]) {
                    try Tokens.unblock(bench.configuration, soPIN: PIN("0000"), newPIN: PIN("2468"), source: "env:SO")
                }
            }
            fault.rules(.tells(.officerPINFinalTry))
            #expect(try Tokens.find(bench.configuration).soPINFinalTry)
            refused(.notAuthenticated, naming: ["security officer's"]) {
                try Tokens.unblock(bench.configuration, soPIN: PIN(bench.made.soPIN), newPIN: PIN("2468"))
            }
            fault.rules(.tells(.officerPINLocked))
            refused(.chvBlocked, naming: ["security officer's"]) {
                try Tokens.changeOfficerPIN(
                    bench.configuration, old: PIN(bench.made.soPIN), new: PIN("2468"), usingFinalTry: true)
            }
        }.calls
        #expect(calls == ["C_Login": 1])
        fault.rules()
        try Tokens.changeOfficerPIN(bench.configuration, old: PIN(bench.made.soPIN), new: PIN("13571357"))
        try Tokens.unblock(bench.configuration, soPIN: PIN("13571357"), newPIN: PIN("2468"))
    }

    @Test("is done at the reader's pad, where no PIN is given")
    func isDoneAtThePad() async {
        await #expect(processExitsWith: .success) {
            let fault = try FaultModule()
            let bench = fault.bench
            fault.rules(.pad)
            setenv("FAULT_PAD_PIN", bench.made.userPIN, 1)
            setenv("FAULT_PAD_NEW_PIN", "2468", 1)
            try Tokens.changePIN(bench.withoutPIN, old: nil, new: nil)
            setenv("FAULT_PAD_PIN", bench.made.soPIN, 1)
            setenv("FAULT_PAD_NEW_PIN", "1357", 1)
            try Tokens.unblock(bench.withoutPIN, soPIN: nil, newPIN: nil)
            setenv("FAULT_PAD_NEW_PIN", "11223344", 1)
            try Tokens.changeOfficerPIN(bench.withoutPIN, old: nil, new: nil)
            fault.rules()
            try Tokens.unblock(bench.withoutPIN, soPIN: PIN("11223344"), newPIN: PIN("2468"))
            try Tokens.changePIN(bench.withoutPIN, old: PIN("2468"), new: PIN("1357"))
        }
    }

    @Test("finds the stored PIN where the configuration says")
    func findsTheStoredPIN() throws {
        let bench = try Workbench()
        let stored = try #require(try Tokens.storedPIN(bench.configuration))
        #expect(stored.source.hasPrefix("file:/") && stored.pin.count == bench.made.userPIN.utf8.count)
        #expect(try Tokens.storedPIN(bench.withoutPIN) == nil)
        var configuration = bench.configuration
        configuration.pinSource = "|printf 24680"
        #expect(try Tokens.storedPIN(configuration)?.pin.count == 5)
        configuration.pinSource = "file:/nonexistent"
        refused(.notAuthenticated, naming: ["file:/nonexistent"]) { try Tokens.storedPIN(configuration) }
        let value = Configuration(tokenURI: bench.made.uriWithoutPIN + "&pin-value=4711")
        #expect(try Tokens.storedPIN(value)?.source == "pin-value")
    }
}

@Suite("A PIN's source")
struct PINSourceUseTests {
    private func benchWithKey() throws -> Workbench {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        try bench.made.token().logout()
        return bench
    }

    private func refusal(_ work: () throws -> [UInt8]) throws -> String {
        do {
            _ = try work()
        } catch let error as CSPError {
            return error.description
        }
        Issue.record("nothing was refused")
        return ""
    }

    private func configuration(_ bench: Workbench, _ source: String) -> Configuration {
        let allowed = CharacterSet(charactersIn: "/:.-_").union(.alphanumerics)
        let encoded = source.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        return Configuration(tokenURI: bench.made.uriWithoutPIN + "&pin-source=" + encoded)
    }

    @Test("is a command where the configuration names one, and none where a container's name does")
    func isACommand() throws {
        let bench = try benchWithKey()
        for source in ["|printf \(bench.made.userPIN)", "command:printf \(bench.made.userPIN)"] {
            let context = try bench.open("alice", configuration: configuration(bench, source))
            try context.proves(.signature)
            try bench.made.token().logout()
            var own = bench.withoutPIN
            own.pinSource = source
            try bench.open("alice", configuration: own).proves(.signature)
            try bench.made.token().logout()

            let mark = Tool.file(".mark")
            let uri = configuration(bench, "|touch \(mark); printf \(bench.made.userPIN)").tokenURI ?? ""
            let name = uri.replacingOccurrences(of: "?", with: ";object=alice?")
            let named = try bench.open(name, configuration: bench.withoutPIN)
            refused(.notAuthenticated, naming: ["container's name", "TOKENCSP_TOKEN"]) { try named.proves(.signature) }
            #expect(!FileManager.default.fileExists(atPath: mark))
            #expect(try !bench.isLoggedIn)
        }
    }

    @Test("stands in the error where its PIN is wrong, and the PIN does not")
    func standsInTheError() async {
        await #expect(processExitsWith: .success) {
            let bench = try PINSourceUseTests().benchWithKey()
            let file = Tool.file(".pin")
            try Data("471147".utf8).write(to: URL(fileURLWithPath: file))
            setenv("WRONG_PIN", "471148", 1)
            for (source, name) in [
                ("file:" + file, "\"file:\(file)\""), ("env:WRONG_PIN", "\"env:WRONG_PIN\""),
                ("|printf 471149", "\"command:printf …\""),
            ] {
                for _ in 0..<2 {
                    let context = try bench.open(
                        "alice", configuration: PINSourceUseTests().configuration(bench, source))
                    let text = try PINSourceUseTests().refusal { try context.proves(.signature) }
                    #expect(text.contains("SCARD_W_WRONG_CHV") && text.contains("from " + name), "\(text)")
                    #expect(!text.contains("47114"))
                }
            }
            let value = Configuration(tokenURI: bench.made.uriWithoutPIN + "&pin-value=471150")
            refused(.wrongChv, naming: ["pin-value"]) {
                try bench.open("alice", configuration: value).proves(.signature)
            }
            // A PIN that the program sets has no source.
            let context = try bench.open(
                "alice", configuration: PINSourceUseTests().configuration(bench, "file:" + file))
            context.setPIN(PIN("9999"))
            let text = try PINSourceUseTests().refusal { try context.proves(.signature) }
            #expect(text.contains("SCARD_W_WRONG_CHV") && !text.contains("from "), "\(text)")
        }
    }
}
