/// CBC-MAC as CALG_MAC has it: the last block of the data's CBC encryption from a zero vector, with PKCS#5 padding always.
///
/// Holds the last block and what has not filled one; the cipher is lent to each call. A class, because a copied struct
/// would leave data behind that nobody wipes; copy with ``duplicate()``. Not thread-safe, hence unchecked: the owner
/// (``Hash``, behind its lock) serializes calls.
final class CBCMAC: @unchecked Sendable {
    /// Encrypts whole blocks in place in CBC mode; the vector before them comes in, the last block goes out.
    typealias Cipher = (_ data: UnsafeMutableRawBufferPointer, _ register: inout [UInt8]) throws(CSPError) -> Void

    let blockSize: Int
    private var register: [UInt8]
    /// Less than a block.
    private var pending: [UInt8] = []

    /// Longest piece that is copied to be encrypted; a whole number of any cipher's blocks.
    private static let piece = 1 << 16

    // MARK: - Creating it

    /// - Parameter blockSize: of the cipher in bytes, 8 or 16.
    init(blockSize: Int) {
        self.blockSize = blockSize
        register = [UInt8](repeating: 0, count: blockSize)
    }

    private init(copying other: CBCMAC) {
        blockSize = other.blockSize
        register = other.register
        pending = other.pending
    }

    deinit {
        wipe(&pending)
        wipe(&register)
    }

    /// A second one over the data so far, from here on independent of this one.
    func duplicate() -> CBCMAC { CBCMAC(copying: self) }

    // MARK: - Using it

    /// Adds data. Where the cipher fails nothing is added.
    func update(_ bytes: UnsafeRawBufferPointer, _ cipher: Cipher) throws(CSPError) {
        let whole = (pending.count + bytes.count) / blockSize * blockSize
        guard whole > 0 else {
            pending += bytes
            return
        }
        var register = register
        var start = 0
        while start < whole {
            let end = min(start + Self.piece, whole)
            // The first piece begins with what was left over.
            let head = start == 0 ? pending : []
            let part = bytes[max(0, start - pending.count)..<end - pending.count]
            var data = head + part
            try encrypt(&data, &register, cipher)
            start = end
        }
        self.register = register
        let rest = [UInt8](bytes[(whole - pending.count)...])
        wipe(&pending)
        pending = rest
    }

    /// The code of all data added; adding more afterwards goes on before the padding.
    func finish(_ cipher: Cipher) throws(CSPError) -> [UInt8] {
        let padding = blockSize - pending.count
        var register = register
        var data = pending + [UInt8](repeating: UInt8(padding), count: padding)
        try encrypt(&data, &register, cipher)
        return register
    }

    private func encrypt(
        _ data: inout [UInt8], _ register: inout [UInt8], _ cipher: Cipher
    ) throws(CSPError) {
        let result = data.withUnsafeMutableBytes { buffer in
            Result { () throws(CSPError) in try cipher(buffer, &register) }
        }
        wipe(&data)
        try result.get()
    }
}
