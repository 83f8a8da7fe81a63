import Foundation
import Testing

@testable import PKCS11

@Suite struct ReadWriteLockTests {
    @Test func readersAreInsideTogether() throws {
        let lock = ReadWriteLock()
        let bothInside = Barrier(2)
        // Were one to wait for the other, the barrier would never open.
        for result in Thread.run(2, { _ in lock.reading { bothInside.arrive() } }) { try result.get() }
    }

    @Test func aWriterIsInsideAlone() throws {
        let lock = ReadWriteLock()
        let inside = Counter()
        let results = Thread.run(8) { index in
            for _ in 0..<500 {
                if index % 2 == 0 {
                    lock.writing { inside.expectAlone() }
                } else {
                    lock.reading { inside.expectNoWriter() }
                }
            }
        }
        for result in results { try result.get() }
        #expect(inside.violations == 0)
        #expect(inside.writes == 4 * 500)
    }

    @Test func writingIfFreeDoesNotWait() {
        let lock = ReadWriteLock()
        var ran = 0
        #expect(lock.writingIfFree { ran += 1 })
        lock.reading { #expect(!lock.writingIfFree { ran += 1 }) }
        lock.writing { #expect(!lock.writingIfFree { ran += 1 }) }
        #expect(lock.writingIfFree { ran += 1 })
        #expect(ran == 2)
    }

    @Test func anErrorInsideReleasesTheLock() {
        let lock = ReadWriteLock()
        #expect(throws: CancellationError.self) { try lock.writing { throw CancellationError() } }
        #expect(throws: CancellationError.self) { try lock.reading { throw CancellationError() } }
        #expect(lock.writingIfFree {})
    }

    @Test func aWriterGetsInThoughReadersComeWithoutPause() throws {
        let lock = ReadWriteLock()
        let written = Counter()
        let bothReading = Barrier(3)
        let readers = (0..<2).map { _ in
            Thread.run {
                lock.reading { bothReading.arrive() }
                while written.writes == 0 { lock.reading { _ = sched_yield() } }
            }
        }
        bothReading.arrive()
        lock.writing { written.expectAlone() }
        for reader in readers { try reader.value.get() }
    }
}

/// Opens when so many threads have come.
private final class Barrier: @unchecked Sendable {
    private let condition = NSCondition()
    private var missing: Int

    init(_ count: Int) {
        missing = count
    }

    func arrive() {
        condition.lock()
        missing -= 1
        condition.broadcast()
        while missing > 0 { condition.wait() }
        condition.unlock()
    }
}

/// Notices a writer that is not alone.
private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var writers = 0
    private var readers = 0
    private var wrong = 0
    private var finished = 0

    var violations: Int { lock.withLock { wrong } }
    var writes: Int { lock.withLock { finished } }

    func expectAlone() {
        lock.withLock {
            if writers != 0 || readers != 0 { wrong += 1 }
            writers += 1
        }
        sched_yield()
        lock.withLock {
            writers -= 1
            finished += 1
        }
    }

    func expectNoWriter() {
        lock.withLock {
            if writers != 0 { wrong += 1 }
            readers += 1
        }
        sched_yield()
        lock.withLock { readers -= 1 }
    }
}
