internal import CNettle
internal import Glibc
internal import PKCS11

/// A key's value in memory that is wiped, like a PIN's.
typealias Secret = PKCS11.PIN

func wipe(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let base = buffer.baseAddress else { return }
    explicit_bzero(base, buffer.count)
}

/// Overwrites what calls that are over left on the stack: copies of secrets in the frames of Swift, nettle and gmp.
package func wipeStack(_ bytes: Int = 8192) {
    wipe_stack(bytes)
}

/// Overwrites the array's own storage.
package func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { wipe($0) }
}

/// `withUnsafeBytes` with the error's type kept.
func lending<R>(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(CSPError) -> R
) throws(CSPError) -> R {
    try bytes.withUnsafeBytes { buffer in
        Result { () throws(CSPError) in try body(buffer) }
    }.get()
}
