internal import CWinCrypt
internal import TokenCSP

/// Runs the body of a C function: TRUE, or FALSE with the thrown error's code as the last error and the rest in the log.
///
/// Success leaves the last error as it was.
///
/// - Parameter leaving: how many bytes of the stack may hold something that nobody is to find there afterwards; 0 where
///   what is below wipes it itself.
@inline(__always)
func perform(
    _ function: StaticString, leaving bytes: Int = 8192, _ body: () throws(CSPError) -> Void
) -> BOOL {
    defer { if bytes > 0 { wipeStack(bytes) } }
    do {
        try body()
        return 1
    } catch {
        return failed(function, error)
    }
}

@inline(never)
private func failed(_ function: StaticString, _ error: CSPError) -> BOOL {
    Log.failure(function, error)
    SetLastError(error.code.rawValue)
    return 0
}
