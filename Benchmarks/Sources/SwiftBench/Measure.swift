import Glibc

/// Nanoseconds of wall time; of one thread CPU time where BENCH_CPU_TIME is set, for a machine that has other work.
func now(isAlone: Bool = true) -> UInt64 {
    var time = timespec()
    clock_gettime(isAlone && isCPUTime ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

private let isCPUTime = getenv("BENCH_CPU_TIME") != nil

/// Nanoseconds a piece of work, of `count` in a row.
func timed(_ count: Int, _ work: (Int) throws -> Void) throws -> Double {
    let start = now()
    for index in 0..<count { try work(index) }
    return Double(now() - start) / Double(count)
}

/// The most resident memory that there was, in KiB.
func peakKiB() -> Double {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let words = text.split { " \t".contains($0) }
        if words.count > 1, words[0] == "VmHWM:" { return Double(words[1]) ?? 0 }
    }
    return 0
}
