import Foundation
import TestTokens
import Testing

@testable import PKCS11

@Suite struct PINSourceCommandTests {
    private func read(_ source: String) throws -> String {
        try PINSource.read(source, allowingCommands: true).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func refusal(_ source: String) throws -> String {
        let thrown = #expect(throws: error(.pinSourceUnreadable)) {
            try PINSource.read(source, allowingCommands: true)
        }
        return try #require(thrown).message
    }

    @Test func whatACommandPrintsIsThePIN() throws {
        #expect(try read("|printf 1234") == "1234")
        #expect(try read("command:echo 12 34") == "12 34")
        #expect(try read("| p=56; printf \"$p\"; printf 78") == "5678")
        #expect(try read("|printf 12; sleep 0.2; printf 34") == "1234")
    }

    @Test func aCommandIsRunOnlyWhereTheCallerAllowsIt() throws {
        let mark = TestToken.folder.path + "/\(UUID().uuidString)"
        for source in ["|touch \(mark); echo 1", "command:touch \(mark); echo 1"] {
            let thrown = #expect(throws: error(.pinSourceUnreadable)) { try PINSource.read(source) }
            #expect(thrown?.message.contains("container") == true)
            #expect(!FileManager.default.fileExists(atPath: mark))
        }
        #expect(try read("|touch \(mark); echo 1") == "1")
        #expect(FileManager.default.fileExists(atPath: mark))
    }

    @Test func aCommandThatFailsGivesNoPINWhateverItPrinted() throws {
        #expect(try refusal("|printf 4711; exit 3").contains("status is 3"))
        #expect(try refusal("|printf 4711; kill -9 $$").contains("signal 9"))
        #expect(try refusal("|exit 7").contains("status is 7"))
        #expect(try refusal("|true").contains("empty"))
        #expect(try refusal("|echo").contains("empty"))
        #expect(try refusal("|printf '12\\00034'").contains("NUL"))
        #expect(try refusal("|/nonexistent/program 2>/dev/null").contains("127"))
        #expect(try refusal("| ").contains("no command"))
        #expect(try refusal("command:").contains("no command"))
    }

    @Test func errorsNameTheProgramAndNeitherItsArgumentsNorItsOutput() throws {
        for source in ["|printf 4711; exit 3", "|printf 4711 4712; exit 3", "|PIN=4711 false"] {
            let message = try refusal(source)
            #expect(!message.contains("4711"), "\(message)")
            #expect(message.contains("command:"))
        }
        #expect(try refusal("|/usr/bin/false --option").contains("command:/usr/bin/false …"))
    }

    @Test func aCommandThatPrintsWithoutEndIsEnded() throws {
        #expect(try refusal("|yes").contains("1024"))
        #expect(try read("|printf '%01024d' 0").count == 1024)
        #expect(try refusal("|printf '%01025d' 0").contains("1024"))
    }

    @Test func aCommandGetsNothingToReadAndNoDescriptorOfOurs() throws {
        let kept = open("/etc/passwd", O_RDONLY)
        defer { close(kept) }
        #expect(kept > 2)
        // What ls opens itself comes behind.
        #expect(try read("|ls /proc/self/fd | tr '\\n' ' '") == "0 1 2 3 ")
        #expect(try read("|readlink /proc/self/fd/0") == "/dev/null")
        #expect(try read("|wc -c").trimmingCharacters(in: .whitespaces) == "0")
    }

    @Test func aCommandThatTakesTooLongIsEndedWithAllItsProcesses() async {
        await #expect(processExitsWith: .success) {
            PINSource.commandSeconds.withLock { $0 = 1 }
            let file = TestToken.folder.path + "/processes"
            for command in [
                "|sleep 100 & echo $! >\(file); sleep 100", "|exec 1>&-; sleep 100 & echo $! >\(file); wait",
                "|trap '' TERM INT HUP; sleep 100 & echo $! >\(file); printf 12; sleep 100",
            ] {
                let started = Date()
                do throws(PKCS11Error) {
                    _ = try PINSource.read(command, allowingCommands: true)
                    Issue.record("\(command) gave a PIN")
                } catch {
                    #expect(error.message.contains("more than 1 s"), "\(error)")
                }
                #expect(Date().timeIntervalSince(started) < 10)
                let number = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)
                let process = try #require(pid_t(number))
                // It may be a while until init has buried it.
                for _ in 0..<100 where kill(process, 0) == 0 {
                    let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
                    if state?.contains(") Z") != false { break }
                    usleep(20_000)
                }
                let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
                #expect(state?.contains(") Z") != false, "\(command): \(state ?? "")")
            }
            var status: Int32 = 0
            #expect(waitpid(-1, &status, WNOHANG) == -1, "no child is left")
        }
    }

    @Test func aProgramThatLosesItsChildrensStatusIsTold() async {
        await #expect(processExitsWith: .success) {
            signal(SIGCHLD, SIG_IGN)
            do throws(PKCS11Error) {
                _ = try PINSource.read("|printf 4711", allowingCommands: true)
                Issue.record("a PIN")
            } catch {
                #expect(error.message.contains("SIGCHLD"))
            }
        }
    }

    @Test func aCommandRunsWithoutStandardDescriptorsToo() async {
        await #expect(processExitsWith: .success) {
            close(0)
            close(1)
            let pin = try PINSource.read("|cat; printf 1234", allowingCommands: true)
            #expect(pin.withUnsafeBytes { Array($0) } == Array("1234".utf8))
        }
    }
}
