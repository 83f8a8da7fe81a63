internal import CNettle
internal import Glibc

/// What gmp computes with is wiped before it is freed: there are numbers of private keys in it, and neither gmp nor
/// nettle, which has its temporary memory from gmp, does it.
///
/// gmp has one set of memory functions for a process. These pass on to the ones that were there, so that other users of
/// gmp notice nothing.
enum GMPMemory {
    /// Read it before the first number is made.
    static let isWiped: Void = {
        __gmp_set_memory_functions(
            before.allocate,
            { old, oldSize, newSize in
                guard let old, let new = before.allocate?(newSize) else { return nil }
                memcpy(new, old, min(oldSize, newSize))
                explicit_bzero(old, oldSize)
                before.free?(old, oldSize)
                return new
            },
            { old, size in
                guard let old else { return }
                explicit_bzero(old, size)
                before.free?(old, size)
            }
        )
    }()

    private static let before = {
        var allocate: (@convention(c) (Int) -> UnsafeMutableRawPointer?)?
        var free: (@convention(c) (UnsafeMutableRawPointer?, Int) -> Void)?
        __gmp_get_memory_functions(&allocate, nil, &free)
        return (allocate: allocate, free: free)
    }()
}
