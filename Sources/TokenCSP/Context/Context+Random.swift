internal import PKCS11

extension Context {
    /// Fills the span with random bytes (CryptGenRandom): the kernel's, or after ``useTokenRandom()`` the token's.
    public func random(into bytes: inout MutableSpan<UInt8>) throws(CSPError) {
        try bytes.withUnsafeMutableBytes { (buffer) throws(CSPError) in try random(into: buffer) }
    }

    /// Random bytes (CryptGenRandom): the kernel's, or after ``useTokenRandom()`` the token's.
    ///
    /// - Parameter count: bytes.
    /// - Throws: NTE_BAD_LEN for a count that is none, NTE_FAIL without random numbers.
    public func random(_ count: Int) throws(CSPError) -> [UInt8] {
        guard (0...1 << 31).contains(count) else { throw CSPError(.badLen, "\(count) random bytes") }
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(CSPError) in try random(into: buffer) }
        }
        try result.get()
        return bytes
    }

    /// CryptGenRandom. What stands in the buffer is no seed that we need: the host's generator has its own.
    package func random(into buffer: UnsafeMutableRawBufferPointer) throws(CSPError) {
        try checkAlive()
        if state.withLock({ $0.usesTokenRandom }) {
            let token = try token()
            return try onToken("PP_USE_HARDWARE_RNG") { () throws(PKCS11Error) in
                try token.withSession { session throws(PKCS11Error) in try session.random(into: buffer) }
            }
        }
        try HostRandom.fill(buffer)
    }

    /// Takes random numbers from the token from now on (PP_USE_HARDWARE_RNG).
    ///
    /// - Throws: NTE_FAIL where the token has no generator.
    public func useTokenRandom() throws(CSPError) {
        try checkTokenRandom()
        state.withLock { $0.usesTokenRandom = true }
    }

    func checkTokenRandom() throws(CSPError) {
        let token = try token()
        let info = try onToken { () throws(PKCS11Error) in try token.info() }
        guard info.flags.contains(.hasRandom) else {
            throw CSPError(.fail, "token \"\(info.label)\" has no random number generator")
        }
    }
}
