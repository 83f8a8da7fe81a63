/// SHA-256 of bytes in memory.
package func sha256(_ bytes: [UInt8]) -> [UInt8] {
    let hash = HostHash(.sha256)
    bytes.withUnsafeBytes { hash.update($0) }
    return hash.finish()
}
