internal import Glibc

/// Memory for a secret: pages of its own, wiped at the end, which no core dump holds and which are not swapped out where the
/// limit allows it (RLIMIT_MEMLOCK).
package struct SecretMemory: ~Copyable, @unchecked Sendable {
    // Unchecked: who has it says who writes when.
    package let bytes: UnsafeMutableRawBufferPointer
    /// False where the process has no room for more mappings.
    private let isMapped: Bool

    /// All zeros.
    package init(byteCount: Int) {
        // An empty secret has an address too.
        let pages = mmap(nil, max(byteCount, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        if let pages, pages != MAP_FAILED {
            bytes = UnsafeMutableRawBufferPointer(start: pages, count: byteCount)
            isMapped = true
            madvise(pages, max(byteCount, 1), MADV_DONTDUMP)
            mlock(pages, max(byteCount, 1))
        } else {
            bytes = .allocate(byteCount: byteCount, alignment: 1)
            isMapped = false
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }
    }

    deinit {
        wipe(bytes)
        if isMapped {
            // Unlocks it as well.
            munmap(bytes.baseAddress, max(bytes.count, 1))
        } else {
            bytes.deallocate()
        }
    }
}
