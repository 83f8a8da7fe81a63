import TestTokens
import Testing

@testable import TokenCSP

@Suite("A hash")
struct HashStateTests {
    private enum Parameter {
        static let algID: UInt32 = 1
        static let value: UInt32 = 2
        static let size: UInt32 = 4
    }

    private let context: Context

    init() throws {
        context = try Context.acquire(flags: .verifyContext, configuration: Configuration())
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    static let values: [(AlgorithmID, UInt32, String)] = [
        (.md5, 16, "900150983cd24fb0d6963f7d28e17f72"), (.sha1, 20, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha256, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            .sha384, 48,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        ),
        (
            .sha512, 64,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ]

    @Test("of abc has the published value, in pieces too", arguments: values)
    func ofABC(algorithm: AlgorithmID, size: UInt32, value: String) throws {
        let hash = try context.makeHash(algorithm)
        for letter in "abc".utf8 { try hash.update([letter]) }
        #expect(try hash.dword(Parameter.size) == size)
        #expect(try hash.dword(Parameter.algID) == algorithm.rawValue)
        #expect(try hex(hash.value()) == value)
        #expect(try hex(hash.value(Parameter.value)) == value)
    }

    @Test("ends when its value is asked for, and the value stays")
    func endsWhenItsValueIsAskedFor() throws {
        let hash = try context.makeHash(.sha1)
        let empty = try hash.value()
        #expect(hex(empty) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        refused(.badHashState) { try hash.update([1]) }
        #expect(try hash.value() == empty)
    }

    @Test("does not end when only the size of its value is asked for, or the buffer is too small")
    func doesNotEndWhenOnlyTheSizeIsAskedFor() throws {
        let hash = try context.makeHash(.sha1)
        var length: UInt32 = 0
        try hash.parameter(Parameter.value, data: nil, length: &length, flags: 0)
        #expect(length == 20)
        var small = [UInt8](repeating: 0, count: 20)
        length = 19
        refused(.moreData) { try hash.parameter(Parameter.value, data: &small, length: &length, flags: 0) }
        #expect(length == 20)
        try hash.update(Array("abc".utf8))
        #expect(try hex(hash.value()) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    @Test("takes a value from elsewhere in place of data, of its size")
    func takesAValueFromElsewhere() throws {
        let hash = try context.makeHash(.sha256)
        for size in [0, 20, 31, 33] {
            refused(.badLen, naming: ["32 bytes", "\(size)"]) { try hash.setValue([UInt8](repeating: 7, count: size)) }
        }
        let digest = [UInt8](repeating: 7, count: 32)
        try digest.withUnsafeBufferPointer { try hash.setParameter(Parameter.value, data: $0.baseAddress, flags: 0) }
        #expect(try hash.value() == digest)
        refused(.badHashState) { try hash.update([1]) }
        try hash.setValue(digest)
        refused(.invalidParameter) { try hash.setParameter(Parameter.value, data: nil, flags: 0) }
    }

    @Test("is duplicated with its state, and each goes its own way")
    func isDuplicatedWithItsState() throws {
        let hash = try context.makeHash(.sha1)
        try hash.update(Array("a".utf8))
        let copy = try hash.duplicate()
        try copy.update(Array("x".utf8))
        _ = try copy.value()
        try hash.update(Array("bc".utf8))
        #expect(try hex(hash.value()) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        let finished = try hash.duplicate()
        #expect(try finished.value() == hash.value())
        refused(.badHashState) { try finished.update([1]) }
    }

    @Test(
        "that the provider does not have is NTE_BAD_ALGID",
        arguments: [
            UInt32(0), 0x8006, 0x8007, 0x800A, 0x800B, 0x811D, 0x6610, 0x2400, 0xFFFF_FFFF,
        ])
    func thatTheProviderDoesNotHave(algorithm: UInt32) {
        refused(.badAlgID) { try context.makeHash(AlgorithmID(rawValue: algorithm)) }
    }

    @Test("takes no flags, no key, and no parameters that are not its own")
    func takesNoFlags() throws {
        refused(.badFlags) { try context.makeHash(.sha1, key: nil, flags: 1) }
        let bench = try Workbench()
        let key = try bench.ephemeral().generateKey(cipher: .aes128)
        refused(.badKey, naming: ["hKey"]) { try context.makeHash(.sha1, key: key, flags: 0) }
        let hash = try context.makeHash(.sha1, key: nil, flags: 0)
        for id: UInt32 in [0, 3, 5, 6, 99] { refused(.badType) { try hash.value(id) } }
        for id: UInt32 in [0, 1, 4, 5] {
            var byte: UInt8 = 0
            refused(.badType) { try hash.setParameter(id, data: &byte, flags: 0) }
        }
        var length: UInt32 = 0
        refused(.badFlags) { try hash.parameter(Parameter.size, data: nil, length: &length, flags: 1) }
        refused(.badFlags) { try hash.setParameter(Parameter.value, data: nil, flags: 1) }
    }

    @Test("takes CRYPT_USERDATA and no other flag with data")
    func takesUserData() throws {
        let hash = try context.makeHash(.sha1)
        let text = Array("abc".utf8)
        try text.withUnsafeBytes { try hash.update($0, flags: 1) }
        for flags: UInt32 in [2, 3, ~0] {
            text.withUnsafeBytes { bytes in _ = refused(.badFlags) { try hash.update(bytes, flags: flags) } }
        }
        #expect(try hex(hash.value()) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    @Test("that was destroyed, or whose context was released, is ERROR_INVALID_PARAMETER")
    func thatWasDestroyed() throws {
        let destroyed = try context.makeHash(.sha1)
        destroyed.destroy()
        let orphan = try context.makeHash(.sha1)
        context.release()
        for hash in [destroyed, orphan] {
            refused(.invalidParameter) { try hash.update([1]) }
            refused(.invalidParameter) { try hash.value() }
            refused(.invalidParameter) { try hash.setValue([UInt8](repeating: 0, count: 20)) }
            refused(.invalidParameter) { try hash.duplicate() }
            refused(.invalidParameter) { try hash.sign(.signature) }
            refused(.invalidParameter) { try hash.dword(Parameter.size) }
        }
        refused(.invalidParameter) { try context.makeHash(.sha1) }
    }
}
