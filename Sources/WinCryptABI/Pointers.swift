internal import CWinCrypt
internal import TokenCSP

/// A pointer that a function cannot do without.
func required<Pointee>(
    _ pointer: UnsafeMutablePointer<Pointee>?
) throws(CSPError) -> UnsafeMutablePointer<Pointee> {
    guard let pointer else { throw CSPError(.invalidParameter, "A pointer that must be given is NULL.") }
    return pointer
}

/// Reserved parameters: a pointer that must be NULL and flags that must be zero.
func checkReserved(
    _ reserved: UnsafeMutablePointer<DWORD>?, flags: DWORD, code: ErrorCode = .badFlags
) throws(CSPError) {
    guard reserved == nil else { throw CSPError(.invalidParameter, "pdwReserved must be NULL.") }
    guard flags == 0 else { throw CSPError(code, "dwFlags is 0x\(String(flags, radix: 16)) and must be 0.") }
}

/// Lends the caller's length variable: read once, written back also when the body throws (`ERROR_MORE_DATA`).
func withLength(
    _ length: UnsafeMutablePointer<DWORD>?, _ body: (inout UInt32) throws(CSPError) -> Void
) throws(CSPError) {
    let length = try required(length)
    var value = length.pointee
    defer { length.pointee = value }
    try body(&value)
}

/// The caller's bytes to read. NULL goes only with a length of 0.
///
/// A large length is checked against what is mapped, so that one that is no length at all (0xFFFFFFFF) is refused.
func input(_ data: UnsafePointer<BYTE>?, _ length: DWORD) throws(CSPError) -> UnsafeRawBufferPointer {
    guard length > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    guard let data, let count = Int(exactly: length), MappedMemory.isReadable(data, count) else {
        throw unusable(length)
    }
    return UnsafeRawBufferPointer(start: data, count: count)
}

/// The caller's bytes to fill. NULL goes only with a length of 0; a large length is checked as in `input`.
func output(_ data: UnsafeMutablePointer<BYTE>?, _ length: DWORD) throws(CSPError) -> UnsafeMutableRawBufferPointer {
    guard length > 0 else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    guard let data, let count = Int(exactly: length), MappedMemory.isWritable(data, count) else {
        throw unusable(length)
    }
    return UnsafeMutableRawBufferPointer(start: data, count: count)
}

private func unusable(_ length: DWORD) -> CSPError {
    CSPError(.invalidParameter, "The buffer is NULL or shorter than its length, \(length), says.")
}
