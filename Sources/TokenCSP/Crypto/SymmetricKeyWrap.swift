internal import CNettle

/// What wraps: a cipher on the host, or a session key wherever it is.
protocol KeyWrappingCipher {
    var kind: HostCipher.Kind { get }

    /// CBC over whole blocks in place; `register` is the previous block, and the last one afterwards.
    func cbc(_ data: UnsafeMutableRawBufferPointer, register: inout [UInt8], encrypting: Bool) throws(CSPError)
}

extension HostCipher: KeyWrappingCipher {}

/// The wrapped key inside a SYMMETRICWRAPKEYBLOB: RFC 3217, a 3DES key under a 3DES key or an RC2 key under an RC2 key.
///
/// What is wrapped ends in a checksum; it is encrypted in CBC mode, the result, with the IV in front, is reversed and
/// encrypted again under an IV that is always the same.
enum SymmetricKeyWrap {
    /// Writes random bytes; a test's are known.
    typealias RandomSource = (UnsafeMutableRawBufferPointer) throws(CSPError) -> Void

    private static let secondIV: [UInt8] = [0x4A, 0xDD, 0xA2, 0x2C, 0x79, 0xE8, 0x21, 0x05]
    private static let blockSize = 8

    /// Wraps a key.
    ///
    /// - Parameters:
    ///   - cek: For 3DES 24 bytes, or 16, which become 24; their parity is set. For RC2 up to 128.
    ///   - kek: The key to wrap with; its kind decides the form.
    /// - Throws: NTE_BAD_KEY for a `kek` that is not of 3DES or RC2, NTE_BAD_LEN for a key of another length.
    static func wrap(
        _ cek: UnsafeRawBufferPointer, kek: some KeyWrappingCipher, random: RandomSource = HostRandom.fill
    ) throws(CSPError) -> [UInt8] {
        var data: [UInt8] = []
        // All that is ever in it, at once: growing would leave copies behind that nobody wipes.
        data.reserveCapacity(256)
        defer { wipe(&data) }
        switch kek.kind {
        case .tripleDES, .tripleDES112: try appendTripleDES(cek, to: &data)
        case .rc2: try appendRC2(cek, to: &data, random)
        default: throw wrongKind(kek)
        }
        data += checksum(of: data[...])
        var iv = [UInt8](repeating: 0, count: blockSize)
        try fill(&iv, random)
        var register = iv
        try cbc(kek, &data, &register, encrypting: true)

        var wrapped = Array((iv + data).reversed())
        register = secondIV
        try cbc(kek, &wrapped, &register, encrypting: true)
        return wrapped
    }

    /// The key wrapped, which the caller wipes; of 3DES always 24 bytes.
    ///
    /// - Parameter wrapped: Bytes from anywhere.
    /// - Throws: NTE_BAD_KEY for a `kek` that is not of 3DES or RC2; NTE_BAD_DATA where the bytes are not a key wrapped
    ///   under this one.
    static func unwrap(_ wrapped: [UInt8], kek: some KeyWrappingCipher) throws(CSPError) -> [UInt8] {
        guard [.tripleDES, .tripleDES112, .rc2].contains(kek.kind) else { throw wrongKind(kek) }
        // IV, at least one block of key, checksum; the longest is an RC2 key of 255 bytes.
        guard (24...272).contains(wrapped.count), wrapped.count.isMultiple(of: blockSize) else { throw invalid }
        var data = wrapped
        defer { wipe(&data) }
        var register = secondIV
        try cbc(kek, &data, &register, encrypting: false)
        data.reverse()
        register = Array(data.prefix(blockSize))
        try cbc(kek, &data, after: blockSize, &register, encrypting: false)
        let content = data.dropFirst(blockSize).dropLast(blockSize)
        guard checksum(of: content) == Array(data.suffix(blockSize)) else { throw invalid }
        if kek.kind == .rc2 {
            guard let count = content.first, count > 0, (0..<blockSize).contains(content.count - 1 - Int(count)) else {
                throw invalid
            }
            return Array(content.dropFirst().prefix(Int(count)))
        }
        guard content.count == 24, content.allSatisfy({ !$0.nonzeroBitCount.isMultiple(of: 2) }) else { throw invalid }
        return Array(content)
    }

    // MARK: - Internals

    private static func cbc(
        _ kek: some KeyWrappingCipher, _ data: inout [UInt8], after start: Int = 0, _ register: inout [UInt8],
        encrypting: Bool
    ) throws(CSPError) {
        try data.withUnsafeMutableBufferPointer { (buffer) throws(CSPError) in
            let bytes = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer).dropFirst(start))
            try kek.cbc(bytes, register: &register, encrypting: encrypting)
        }
    }

    /// Section 3.1: of a two-key Triple-DES the first key follows once more.
    private static func appendTripleDES(_ cek: UnsafeRawBufferPointer, to data: inout [UInt8]) throws(CSPError) {
        guard cek.count == 16 || cek.count == 24 else {
            throw CSPError(.badLen, "a 3DES key of \(cek.count) bytes; only 16 and 24 can be wrapped")
        }
        data += cek
        if cek.count == 16 { data += cek.prefix(8) }
        // Windows looks at no parity, the receiver does.
        data.withUnsafeMutableBufferPointer { nettle_des_fix_parity($0.count, $0.baseAddress, $0.baseAddress) }
    }

    /// Section 4.1: the length in front, random bytes behind.
    private static func appendRC2(
        _ cek: UnsafeRawBufferPointer, to data: inout [UInt8], _ random: RandomSource
    ) throws(CSPError) {
        guard (1...128).contains(cek.count), let length = UInt8(exactly: cek.count) else {
            throw CSPError(.badLen, "an RC2 key of \(cek.count) bytes; only 1 to 128 can be wrapped")
        }
        data.append(length)
        data += cek
        var padding = [UInt8](repeating: 0, count: (blockSize - data.count % blockSize) % blockSize)
        try fill(&padding, random)
        data += padding
    }

    /// Section 2.
    private static func checksum(of data: ArraySlice<UInt8>) -> [UInt8] {
        let hash = HostHash(.sha1)
        data.withUnsafeBytes { hash.update($0) }
        return Array(hash.finish().prefix(blockSize))
    }

    private static func fill(_ bytes: inout [UInt8], _ random: RandomSource) throws(CSPError) {
        try bytes.withUnsafeMutableBufferPointer { (buffer) throws(CSPError) in
            try random(UnsafeMutableRawBufferPointer(buffer))
        }
    }

    private static func wrongKind(_ kek: some KeyWrappingCipher) -> CSPError {
        CSPError(.badKey, "a key is wrapped under a 3DES or RC2 key, not under one of \(kek.kind)")
    }

    private static let invalid = CSPError(.badData, "the wrapped key is not valid under this key")
}
