internal import Glibc

/// When a question goes away.
struct Deadline: Sendable {
    /// Milliseconds of the monotonic clock; nil: never.
    private let end: Int64?

    /// - Parameter seconds: from now on; nil or none left: never.
    init(seconds: Int?) {
        guard let seconds, seconds > 0 else {
            end = nil
            return
        }
        // A century is for ever.
        end = Self.now + Int64(min(seconds, 3_000_000_000)) * 1000
    }

    var hasPassed: Bool {
        guard let end else { return false }
        return Self.now >= end
    }

    /// How long poll may wait: -1 is for ever.
    var milliseconds: CInt {
        guard let end else { return -1 }
        return CInt(clamping: max(0, end - Self.now))
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
