import Foundation
import PKCS11
import Testing

@testable import TokenCSP

/// A pinentry of a few lines of shell, which keeps what it was told.
struct FakePinentry {
    let path: String

    /// For all of them, and gone with the tests. Not in /dev/shm, from which containers start no program.
    private static let folder: URL = {
        atexit { try? FileManager.default.removeItem(at: FakePinentry.folder) }
        return FileManager.default.temporaryDirectory.appending(path: "tokencsp-pinentry-\(getpid())")
    }()

    /// - Parameters:
    ///   - getpin: shell code that answers GETPIN and CONFIRM; `$n` counts them.
    ///   - start: shell code in the greeting's place.
    init(_ getpin: String = "echo 'D 1234'; echo OK", start: String = "echo 'OK hello'") throws {
        let folder = Self.folder.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "pinentry").path
        let script = """
            #!/bin/sh
            echo $$ >"$0.pid"
            \(start)
            n=0
            while read -r line; do
                printf '%s\\n' "$line" >>"$0.log"
                case $line in
                GETPIN | CONFIRM) n=$((n + 1)); \(getpin) ;;
                BYE) echo OK; exit 0 ;;
                SETREPEAT*) ${SETREPEAT:-echo OK} ;;
                OPTION*) echo 'ERR 83886254 Unknown option <Pinentry>' ;;
                *) echo OK ;;
                esac
            done
            """
        try Data(script.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    var interaction: PinentryInteraction {
        var interaction = PinentryInteraction(path: path)
        interaction.patience = 2
        return interaction
    }

    /// The lines that it was told.
    var log: [String] {
        (try? String(contentsOfFile: path + ".log", encoding: .utf8))?.split(separator: "\n").map(String.init) ?? []
    }

    /// Runs `body` in a thread of its own when the question is there.
    func whenItAsks(_ body: @escaping @Sendable () -> Void) {
        Thread {
            while log.last != "GETPIN" { usleep(20_000) }
            body()
        }.start()
    }

    /// Whether its process is gone, and no zombie either.
    var isGone: Bool {
        guard let text = try? String(contentsOfFile: path + ".pid", encoding: .utf8),
            let process = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { return false }
        return kill(process, 0) != 0 && errno == ESRCH
    }

    static var request: UserRequest {
        var request = UserRequest(.pin, token: "demo", serial: "0123")
        request.container = "alice"
        request.spec = .signature
        request.operation = .sign
        request.timeout = 30
        return request
    }
}

/// The error of a call that must fail.
func failure(_ body: () throws -> Void, _ location: SourceLocation = #_sourceLocation) -> CSPError {
    do {
        try body()
    } catch let error as CSPError {
        return error
    } catch {
        Issue.record(error, sourceLocation: location)
    }
    Issue.record("nothing was thrown", sourceLocation: location)
    return CSPError(.success, "")
}

extension PIN {
    var text: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}
