/// CRYPT_DATA_BLOB, which is CRYPT_INTEGER_BLOB: a DWORD for the length, and a pointer to the bytes.
enum DataBlob {
    /// Copies the bytes.
    ///
    /// - Parameters:
    ///   - data: the structure, at any address.
    ///   - most: how many bytes there may be.
    /// - Throws: NTE_BAD_DATA (too many), ERROR_INVALID_PARAMETER (NULL for bytes).
    static func bytes(_ data: UnsafePointer<UInt8>, most: UInt32) throws(CSPError) -> [UInt8] {
        let structure = UnsafeRawPointer(data)
        let count = structure.loadUnaligned(as: UInt32.self)
        guard count <= most else { throw CSPError(.badData, "\(count) bytes of data: \(most) are the most") }
        guard count > 0 else { return [] }
        let address = structure.loadUnaligned(fromByteOffset: MemoryLayout<UInt>.size, as: UInt.self)
        guard let start = UnsafePointer<UInt8>(bitPattern: address) else {
            throw CSPError(.invalidParameter, "the pointer to \(count) bytes of data is NULL")
        }
        return Array(UnsafeBufferPointer(start: start, count: Int(count)))
    }
}
