internal import CWinCrypt
internal import TokenCSP

/// Runs the body of a C function: TRUE, or FALSE with the thrown error's code as the last error and the rest in the log.
///
/// Success leaves the last error as it was.
func perform(_ function: StaticString, _ body: () throws(CSPError) -> Void) -> BOOL {
    defer { wipeStack() }
    do {
        try body()
        return 1
    } catch {
        Log.failure(function, error)
        SetLastError(error.code.rawValue)
        return 0
    }
}
