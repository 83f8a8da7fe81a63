import Glibc

/// One of the threads that work at the same time.
private final class Worker: @unchecked Sendable {
    let work: () throws -> Void
    let milliseconds: Int
    let barrier: UnsafeMutablePointer<pthread_barrier_t>
    var thread = pthread_t()
    var done = 0

    init(_ milliseconds: Int, _ barrier: UnsafeMutablePointer<pthread_barrier_t>, _ work: @escaping () throws -> Void) {
        self.work = work
        self.milliseconds = milliseconds
        self.barrier = barrier
    }

    /// Once to warm up; then all at once, until the time is over.
    func run() {
        do {
            try work()
            pthread_barrier_wait(barrier)
            let end = now() + UInt64(milliseconds) * 1_000_000
            repeat {
                for _ in 0..<8 { try work() }
                done += 8
            } while now() < end
        } catch {
            fail("\(error)")
        }
    }
}

/// Each piece of work in a thread of its own, again and again, as `bench` in bench.h: nanoseconds of wall time an
/// operation.
func throughput(_ works: [() throws -> Void], milliseconds: Int) -> Double {
    let barrier = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)
    defer { barrier.deallocate() }
    pthread_barrier_init(barrier, nil, UInt32(works.count + 1))
    let workers = works.map { Worker(milliseconds, barrier, $0) }
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
    let start = now()
    for worker in workers { pthread_join(worker.thread, nil) }
    return Double(now() - start) / Double(workers.reduce(0) { $0 + $1.done })
}
