import Foundation

/// What a thread came to.
final class ThreadResult<Value: Sendable>: @unchecked Sendable {
    // Unchecked: written once, before the semaphore.
    fileprivate var result: Result<Value, any Error>?
    private let done = DispatchSemaphore(value: 0)

    fileprivate func finish(_ result: Result<Value, any Error>) {
        self.result = result
        done.signal()
    }

    /// Waits for the thread's end.
    var value: Result<Value, any Error> {
        done.wait()
        done.signal()
        return result ?? .failure(CancellationError())
    }
}

extension Thread {
    /// Runs `body` in a thread of its own: tests of locks must not wait in the test runner's own few threads.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) -> ThreadResult<Value> {
        let result = ThreadResult<Value>()
        Thread { result.finish(Result(catching: body)) }.start()
        return result
    }

    /// Runs `body` in `count` threads at once and gives what each came to.
    static func run<Value: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value
    ) -> [Result<Value, any Error>] {
        (0..<count).map { index in run { try body(index) } }.map(\.value)
    }
}
