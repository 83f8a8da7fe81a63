internal import PKCS11

extension Secret {
    /// A value of `count` bytes that `fill` writes; the memory it writes to holds zeros before and is wiped after.
    convenience init(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        fill(buffer)
        self.init(UnsafeRawBufferPointer(buffer))
        wipe(buffer)
        buffer.deallocate()
    }
}
