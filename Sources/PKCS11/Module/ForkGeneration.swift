internal import Glibc
internal import Synchronization

/// Counts the forks above this process: PKCS#11 state made under another count belongs to an ancestor.
enum ForkGeneration {
    private static let counter = Atomic<UInt>(0)

    private static let isWatching: Bool = {
        pthread_atfork(nil, nil) { ForkGeneration.counter.add(1, ordering: .relaxed) } == 0
    }()

    static var current: UInt {
        _ = isWatching
        return counter.load(ordering: .relaxed)
    }
}
