import Glibc

/// One of the threads that work at the same time.
private final class Worker: @unchecked Sendable {
    let work: () throws -> Void
    let milliseconds: Int
    let barrier: UnsafeMutablePointer<pthread_barrier_t>
    let isAlone: Bool
    var thread = pthread_t()
    var done = 0

    init(
        _ milliseconds: Int, _ barrier: UnsafeMutablePointer<pthread_barrier_t>, isAlone: Bool,
        _ work: @escaping () throws -> Void
    ) {
        self.work = work
        self.milliseconds = milliseconds
        self.barrier = barrier
        self.isAlone = isAlone
    }

    /// Warms up, then all at once until the time is over. So many in a row that reading the clock costs nothing.
    func run() {
        do {
            // The first one logs in and searches.
            try work()
            var batch = 1
            var start: UInt64
            repeat {
                batch *= 2
                start = now(isAlone: isAlone)
                for _ in 0..<batch { try work() }
            } while now(isAlone: isAlone) - start < 100_000
            pthread_barrier_wait(barrier)
            let end = now(isAlone: isAlone) + UInt64(milliseconds) * 1_000_000
            repeat {
                for _ in 0..<batch { try work() }
                done += batch
            } while now(isAlone: isAlone) < end
        } catch {
            fail("\(error)")
        }
    }
}

/// Each piece of work in a thread of its own, again and again, as `bench` in bench.h: nanoseconds an operation.
func throughput(_ works: [() throws -> Void], milliseconds: Int) -> Double {
    let barrier = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)
    defer { barrier.deallocate() }
    pthread_barrier_init(barrier, nil, UInt32(works.count + 1))
    let isAlone = works.count == 1
    let workers = works.map { Worker(milliseconds, barrier, isAlone: isAlone, $0) }
    for worker in workers {
        let context = Unmanaged.passUnretained(worker).toOpaque()
        let started = pthread_create(
            &worker.thread, nil,
            { context in
                if let context { Unmanaged<Worker>.fromOpaque(context).takeUnretainedValue().run() }
                return nil
            }, context)
        if started != 0 { fail("no thread: \(started)") }
    }
    pthread_barrier_wait(barrier)
    let start = now(isAlone: isAlone)
    for worker in workers { pthread_join(worker.thread, nil) }
    return Double(now(isAlone: isAlone) - start) / Double(workers.reduce(0) { $0 + $1.done })
}
