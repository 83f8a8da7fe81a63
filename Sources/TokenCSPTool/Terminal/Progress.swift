import Glibc

/// How far a long file is, on a terminal on standard error, after the first second. Nothing anywhere else.
struct Progress: ~Copyable {
    private let what: String
    /// In bytes; nil where it is not known, as of a pipe.
    private let total: Int?
    private let isShown: Bool
    private let start: Double
    private var last: Double
    private var done = 0
    private var hasLine = false

    init(_ what: String, total: Int?, json: Bool) {
        self.what = what
        self.total = total
        isShown = !json && isatty(STDERR_FILENO) == 1
        start = Self.now
        last = start
    }

    deinit {
        if hasLine { Self.write("\r\u{1B}[K") }
    }

    mutating func advance(_ count: Int) {
        done += count
        guard isShown else { return }
        let now = Self.now
        guard now - start > 1, now - last > 0.1 else { return }
        last = now
        hasLine = true
        Self.write("\r\u{1B}[K" + line(now - start))
    }

    private func line(_ seconds: Double) -> String {
        let rate = Double(done) / seconds
        var line = "\(what)  \(Self.size(Double(done)))"
        guard let total, total > 0 else { return line + "  \(Self.size(rate))/s" }
        let part = min(1, Double(done) / Double(total))
        let filled = Int(part * 24)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled)
        line += " of \(Self.size(Double(total)))  [\(bar)] \(Int(part * 100)) %  \(Self.size(rate))/s"
        let left = Int(min(Double(max(total - done, 0)) / max(rate, 1), 360_000))
        return line + "  \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60)"
    }

    private static func size(_ bytes: Double) -> String {
        var value = bytes
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1024 { return "\(tenths(value, unit)) \(unit)" }
            value /= 1024
        }
        return "\(tenths(value, "TiB")) TiB"
    }

    private static func tenths(_ value: Double, _ unit: String) -> String {
        let tenths = Int(min(value, 1e9) * 10)
        return unit == "B" ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func write(_ text: String) {
        _ = writeAll(Array(text.utf8), to: STDERR_FILENO)
    }
}
