import Glibc
import Testing

@testable import WinCryptABI

@Suite struct MappedMemoryTests {
    @Test func `a whole mapping is readable and writable, and keeps its content`() throws {
        let count = 5 << 20
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        defer { buffer.deallocate() }
        for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: index &* 31) }
        let start = try #require(buffer.baseAddress)
        #expect(MappedMemory.isReadable(start + 1, count - 1))
        #expect(MappedMemory.isWritable(start + 1, count - 1))
        #expect(buffer.indices.allSatisfy { buffer[$0] == UInt8(truncatingIfNeeded: $0 &* 31) })
    }

    @Test(arguments: [2 << 20, 0xFFFF_FFFF, Int.max])
    func `a length beyond the mapping is refused`(_ count: Int) throws {
        let (start, size) = (try Self.map(2 << 20, PROT_READ | PROT_WRITE), 2 << 20)
        defer { munmap(start, size) }
        #expect(mprotect(start + size - 4096, 4096, PROT_NONE) == 0)
        #expect(MappedMemory.isReadable(start, size - 4096))
        #expect(!MappedMemory.isReadable(start, count))
        #expect(!MappedMemory.isWritable(start, count))
    }

    @Test func `memory that may only be read is not writable`() throws {
        let (start, size) = (try Self.map(2 << 20, PROT_READ), 2 << 20)
        defer { munmap(start, size) }
        #expect(MappedMemory.isReadable(start, size))
        #expect(!MappedMemory.isWritable(start, size))
    }

    private static func map(_ size: Int, _ protection: Int32) throws -> UnsafeMutableRawPointer {
        let start = mmap(nil, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        return try #require(start == MAP_FAILED ? nil : start)
    }
}
