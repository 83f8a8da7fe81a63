internal import Glibc

/// Memory for a secret: a cell among others' or pages of its own, wiped at the end, which no core dump holds and which is
/// not swapped out where the limit allows it (RLIMIT_MEMLOCK).
package struct SecretMemory: ~Copyable, @unchecked Sendable {
    private enum Place {
        case cell(SecretCells.Cell)
        case pages
        /// Where the process has no room for more mappings.
        case heap
    }

    // Unchecked: who has it says who writes when.
    package let bytes: UnsafeMutableRawBufferPointer
    private let place: Place

    /// All zeros.
    package init(byteCount: Int) {
        if byteCount <= SecretCells.size, let cell = SecretCells.take() {
            bytes = UnsafeMutableRawBufferPointer(start: cell.start, count: byteCount)
            place = .cell(cell)
            return
        }
        // An empty secret has an address too.
        let pages = mmap(nil, max(byteCount, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        if let pages, pages != MAP_FAILED {
            bytes = UnsafeMutableRawBufferPointer(start: pages, count: byteCount)
            place = .pages
            madvise(pages, max(byteCount, 1), MADV_DONTDUMP)
            mlock(pages, max(byteCount, 1))
        } else {
            bytes = .allocate(byteCount: byteCount, alignment: 1)
            place = .heap
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }
    }

    deinit {
        wipe(bytes)
        switch place {
        case .cell(let cell): SecretCells.giveBack(cell)
        // Unlocks them as well.
        case .pages: munmap(bytes.baseAddress, max(bytes.count, 1))
        case .heap: bytes.deallocate()
        }
    }
}
