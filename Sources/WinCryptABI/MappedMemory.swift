internal import Glibc

/// Whether a caller's buffer can be as long as the caller says.
///
/// The kernel is asked by copying one byte of each page through a pipe: a byte that is not there is an error of the
/// call and no signal. Small lengths are taken on trust, as every C function does: asking costs about 0.1 µs a page.
enum MappedMemory {
    private static let trusted = 1 << 20
    private static let pageSize: UInt = 4096
    private static let batch = 512

    static func isReadable(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        count <= trusted || probe(UInt(bitPattern: start), UInt(count), writing: false)
    }

    static func isWritable(_ start: UnsafeMutableRawPointer, _ count: Int) -> Bool {
        count <= trusted || probe(UInt(bitPattern: start), UInt(count), writing: true)
    }

    /// With `writing`, each byte comes back to where it was taken from.
    private static func probe(_ start: UInt, _ count: UInt, writing: Bool) -> Bool {
        let (last, overflow) = start.addingReportingOverflow(count - 1)
        guard !overflow else { return false }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return true }  // no descriptor left: trust, as for small lengths
        defer { for end in ends { _ = close(end) } }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

        var bytes: [iovec] = []
        var scratch = [UInt8](repeating: 0, count: batch)
        var address = start
        while true {
            bytes.append(iovec(iov_base: UnsafeMutableRawPointer(bitPattern: address), iov_len: 1))
            if bytes.count == batch || address == last {
                guard writev(ends[1], bytes, Int32(bytes.count)) == bytes.count else { return false }
                let back = writing ? readv(ends[0], bytes, Int32(bytes.count)) : read(ends[0], &scratch, bytes.count)
                guard back == bytes.count else { return false }
                bytes.removeAll(keepingCapacity: true)
            }
            guard address < last else { return true }
            let step = pageSize - address % pageSize
            address = last - address > step ? address + step : last
        }
    }
}
