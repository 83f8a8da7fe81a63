// Our Swift API, for scripts/bench: one test a run, one number on standard output.
//
//   sign rsa|ec THREADS MILLISECONDS    ns a signature; threads share the context and the key
//   signs rsa|ec N                      ns a signature, of exactly N in a row
//   generate ec|aes session|token N     ns a key
//   generate ec second N                ns a key on the token, in containers that have one for the other key spec
//   open PREFIX N                       ns to open a container and get its key: PREFIX-1 to PREFIX-N
//   reopen NAME N                       the same, of one container again and again
//   enumerate N                         ns for the names of all containers
//   delete PREFIX N                     ns a container, of PREFIX-1 to PREFIX-N
//   memory                              KiB at most, with one enumeration done
//
// The token is TOKENCSP_TOKEN's. RSA keys are in the container "bench", P-256 keys in "curve". Raw C does the same in
// ../../C/raw.c.
import Glibc
import TokenCSP

@main
enum SwiftBench {
    static func main() {
        do {
            guard let result = try result() else { exit(64) }
            print((result * 10).rounded() / 10)
        } catch {
            fail("\(error)")
        }
    }

    private static func result() throws -> Double? {
        switch argument(1) {
        case "sign": try signing(isRSA: argument(2) == "rsa", threads: number(3), milliseconds: number(4))
        case "signs": try signing(isRSA: argument(2) == "rsa", count: number(3))
        case "generate" where argument(2) == "aes": try sessionKeys(count: number(4))
        case "generate" where argument(3) == "token": try storedPairs(count: number(4), isSecond: false)
        case "generate" where argument(3) == "second": try storedPairs(count: number(4), isSecond: true)
        case "generate": try ephemeralPairs(count: number(4))
        case "open": try opening(argument(2), count: number(3))
        case "reopen": try reopening(argument(2), count: number(3))
        case "enumerate": try enumerating(count: number(2))
        case "delete": try deleting(argument(2), count: number(3))
        case "memory": try memory()
        default: nil
        }
    }
}

private func argument(_ index: Int) -> String {
    CommandLine.arguments.count > index ? CommandLine.arguments[index] : ""
}
private func number(_ index: Int) -> Int { Int(argument(index)) ?? 0 }

func fail(_ message: String) -> Never {
    let line = Array("SwiftBench: \(message)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(1)
}
