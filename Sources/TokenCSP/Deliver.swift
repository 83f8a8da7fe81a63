/// The two-call protocol: without a buffer the size is told, a buffer that is too small is ERROR_MORE_DATA with the size.
///
/// - Parameter length: the buffer's size in bytes; afterwards the value's.
package func deliver(
    _ bytes: [UInt8], data: UnsafeMutablePointer<UInt8>?, length: inout UInt32
) throws(CSPError) {
    let capacity = length
    length = UInt32(clamping: bytes.count)
    guard let data else { return }
    guard capacity >= length else {
        throw CSPError(.moreData, "a buffer of \(capacity) bytes: \(bytes.count) are needed")
    }
    bytes.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        UnsafeMutableRawPointer(data).copyMemory(from: base, byteCount: bytes.count)
    }
}

/// A DWORD as it stands in memory.
func littleEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
