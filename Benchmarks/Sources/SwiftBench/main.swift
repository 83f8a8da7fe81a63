// Our Swift API, for scripts/bench: one test a run, one number on standard output. The token is TOKENCSP_TOKEN's.
//
// sign rsa|ec THREADS MILLISECONDS   ns a signature
// generate ec|aes session|token N    ns a key
// open NAME N | reopen NAME N        ns to open a container: the first time in a process (N = 1) or again
// enumerate N                        ns for all containers
// delete PREFIX                      ns a key, of all containers that are called so
// memory                             KiB after one enumeration
import Foundation
import TokenCSP

func now() -> UInt64 { clock_gettime_nsec_np() }
func clock_gettime_nsec_np() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

let arguments = CommandLine.arguments
func argument(_ index: Int) -> String { arguments.count > index ? arguments[index] : "" }
func number(_ index: Int) -> Int { Int(argument(index)) ?? 0 }
let elliptic = "TokenCSP Elliptic Curve Provider"

func open(_ name: String, isRSA: Bool = true) throws -> Context {
    isRSA ? try Context.acquire(container: name) : try Context.acquire(container: name, provider: elliptic)
}

/// As long as asked for, in threads that start together; nanoseconds of wall time an operation.
func measure(threads: Int, milliseconds: Int, _ work: @escaping @Sendable (Int) throws -> Void) throws -> Double {
    let counts = UnsafeMutablePointer<Int>.allocate(capacity: threads)
    let start = now()
    let end = start + UInt64(milliseconds) * 1_000_000
    nonisolated(unsafe) let done = counts
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
        var count = 0
        repeat {
            for _ in 0..<8 { try! work(thread) }
            count += 8
        } while now() < end
        done[thread] = count
    }
    let sum = (0..<threads).reduce(0) { $0 + counts[$1] }
    return Double(now() - start) / Double(sum)
}

func time(_ count: Int, _ work: (Int) throws -> Void) rethrows -> Double {
    let start = now()
    for index in 0..<count { try work(index) }
    return Double(now() - start) / Double(count)
}

func peakKiB() -> Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") } ?? ""
    return Double(line.split(separator: " ").dropFirst().first ?? "") ?? 0
}

var result = 0.0
switch argument(1) {
case "sign":
    let isRSA = argument(2) == "rsa"
    let context = try open(isRSA ? "bench" : "curve", isRSA: isRSA)
    let key = try context.userKey(.signature)
    let digest = [UInt8](repeating: 7, count: 32)
    let hashes = try (0..<number(3)).map { _ in try context.makeHash(.sha256) }
    for hash in hashes { try hash.setValue(digest) }
    _ = try hashes[0].sign(with: key)
    result = try measure(threads: number(3), milliseconds: number(4)) { thread in
        _ = try hashes[thread].sign(with: key)
    }
case "generate":
    let isEC = argument(2) == "ec"
    let isToken = argument(3) == "token"
    func context(_ index: Int) throws -> Context {
        try isToken
            ? Context.acquire(container: "bench-\(index)", provider: isEC ? elliptic : nil, flags: .newKeySet)
            : Context.acquire(provider: isEC ? elliptic : nil, flags: .verifyContext)
    }
    let shared = isEC && isToken ? nil : try Context.acquire(container: "bench")
    func generate(_ index: Int) throws {
        if isEC {
            _ = try context(index).generateKey(.signature)
        } else {
            _ = try shared?.generateKey(cipher: .aes256)
        }
    }
    try generate(0)
    result = try time(number(4)) { try generate($0 + 1) }
case "open":
    result = try time(1) { _ in _ = try open(argument(2)).userKey(.signature) }
case "reopen":
    _ = try open(argument(2)).userKey(.signature)
    result = try time(number(3)) { _ in _ = try open(argument(2)).userKey(.signature) }
case "enumerate":
    let context = try Context.acquire(flags: .verifyContext)
    _ = try context.containers()
    result = try time(number(2)) { _ in _ = try context.containers() }
case "delete":
    let names = try Context.acquire(provider: elliptic, flags: .verifyContext).containers()
        .filter { $0.hasPrefix(argument(2)) }
    result = try time(names.count) { try Context.deleteContainer(names[$0], provider: elliptic) }
case "memory":
    _ = try Context.acquire(flags: .verifyContext).containers()
    result = peakKiB()
default:
    exit(64)
}
print(result)
