internal import Glibc
internal import Synchronization

/// Small secrets side by side, in pages that no core dump holds and that are not swapped out where the limit allows it
/// (RLIMIT_MEMLOCK): pages of its own for each would cost four calls of the system and use the limit up.
///
/// Taking a cell and giving it back takes no lock, which a fork might find taken.
enum SecretCells {
    /// Bytes: a digest, a PIN, a symmetric key.
    static let size = 64

    /// A cell that is somebody's.
    struct Cell {
        fileprivate let page: Page
        fileprivate let bit: UInt64
        let start: UnsafeMutableRawPointer
    }

    /// 64 cells. Pages stay for as long as the process.
    fileprivate final class Page: @unchecked Sendable {
        // Unchecked: constant but for the bits, which are atomic.
        private let start: UnsafeMutableRawPointer
        /// A bit a cell.
        private let free = Atomic<UInt64>(.max)
        /// A child's memory is not locked where its parent's is: it takes pages of its own.
        private let generation = ForkGeneration.current
        let next: Page?

        init?(next: Page?) {
            let byteCount = 64 * SecretCells.size
            let pages = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let pages, pages != MAP_FAILED else { return nil }
            madvise(pages, byteCount, MADV_DONTDUMP)
            mlock(pages, byteCount)
            start = pages
            self.next = next
        }

        deinit {
            // One that another thread's came before.
            munmap(start, 64 * SecretCells.size)
        }

        func take() -> Cell? {
            guard generation == ForkGeneration.current else { return nil }
            var seen = free.load(ordering: .relaxed)
            while seen != 0 {
                let bit = seen & (~seen &+ 1)
                let result = free.weakCompareExchange(
                    expected: seen, desired: seen & ~bit, successOrdering: .acquiring, failureOrdering: .relaxed)
                if result.exchanged {
                    return Cell(page: self, bit: bit, start: start + bit.trailingZeroBitCount * SecretCells.size)
                }
                seen = result.original
            }
            return nil
        }

        func giveBack(_ bit: UInt64) {
            free.bitwiseOr(bit, ordering: .releasing)
        }
    }

    /// The newest page, retained; those before it hang on it.
    private static let newest = Atomic<UInt>(0)

    private static func page(_ address: UInt) -> Page? {
        UnsafeRawPointer(bitPattern: address).map { Unmanaged<Page>.fromOpaque($0).takeUnretainedValue() }
    }

    /// A cell of zeros; nil where the process has no room for more mappings.
    static func take() -> Cell? {
        var first = newest.load(ordering: .acquiring)
        while true {
            var next = page(first)
            while let page = next {
                if let cell = page.take() { return cell }
                next = page.next
            }
            guard let page = Page(next: page(first)) else { return nil }
            let address = UInt(bitPattern: Unmanaged.passRetained(page).toOpaque())
            let result = newest.compareExchange(expected: first, desired: address, ordering: .acquiringAndReleasing)
            if !result.exchanged { Unmanaged.passUnretained(page).release() }
            first = result.exchanged ? address : result.original
        }
    }

    /// The cell holds zeros again.
    static func giveBack(_ cell: Cell) {
        cell.page.giveBack(cell.bit)
    }
}
