internal import CNettle
internal import Glibc
internal import PKCS11

/// Random bytes from the kernel: for paddings, blinding and initialization vectors.
enum HostRandom {
    /// What nettle calls for random bytes.
    typealias Function = @convention(c) (UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<UInt8>?) -> Void

    /// - Throws: NTE_FAIL where the kernel gives none.
    static func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(CSPError) {
        let code = draw(buffer)
        guard code == 0 else { throw failure(code) }
    }

    /// A key that nobody knows.
    ///
    /// - Throws: NTE_FAIL where the kernel gives no random bytes.
    static func secret(_ count: Int) throws(CSPError) -> Secret {
        var code: CInt = 0
        let secret = Secret(count: count) { code = draw($0) }
        guard code == 0 else { throw failure(code) }
        return secret
    }

    /// Runs a function of nettle's that takes its random bytes from another, which has no way to fail.
    ///
    /// - Throws: NTE_FAIL where the kernel gave none during the call; the result is not used then.
    static func lend<R>(_ body: (_ context: UnsafeMutableRawPointer, Function) -> R) throws(CSPError) -> R {
        var source = Source()
        let result = withUnsafeMutablePointer(to: &source) { pointer in
            body(UnsafeMutableRawPointer(pointer)) { context, count, destination in
                context?.assumingMemoryBound(to: Source.self).pointee
                    .fill(UnsafeMutableRawBufferPointer(start: destination, count: count))
            }
        }
        guard source.code == 0 else { throw failure(source.code) }
        return result
    }

    /// What stands behind nettle's context pointer during one call.
    private struct Source {
        /// The first error of getentropy, or 0.
        var code: CInt = 0
        private var filler: UInt8 = 0

        mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) {
            let code = HostRandom.draw(buffer)
            guard code != 0 else { return }
            self.code = code
            // Blinding asks again until it likes the number: it must not get the same one for ever.
            for index in buffer.indices {
                filler = filler &* 5 &+ 1
                buffer[index] = filler
            }
        }
    }

    /// Fills the buffer; 0, or the errno.
    private static func draw(_ buffer: UnsafeMutableRawBufferPointer) -> CInt {
        guard let base = buffer.baseAddress else { return 0 }
        // getentropy gives 256 bytes at most.
        for offset in stride(from: 0, to: buffer.count, by: 256) {
            guard getentropy(base + offset, min(buffer.count - offset, 256)) == 0 else { return errno }
        }
        return 0
    }

    private static func failure(_ code: CInt) -> CSPError {
        CSPError(.fail, "getentropy: \(String(cString: strerror(code)))")
    }
}
