import CWinCrypt
import Testing
import TokenCSP

@testable import WinCryptABI

@Suite struct StringsTests {
    @Test func `NULL is no string and an empty string is one`() throws {
        #expect(try string(nil as LPCSTR?, refusing: .badKeysetParam) == nil)
        #expect(try string(nil as LPCWSTR?, refusing: .badKeysetParam) == nil)
        #expect(try narrow([0]) == "")
        #expect(try wide([0]) == "")
    }

    @Test func `both forms carry any character`() throws {
        let name = "Schlüssel 鍵 🔑"
        #expect(try narrow(Array(name.utf8) + [0]) == name)
        #expect(try wide(Array(name.utf16) + [0]) == name)
    }

    @Test(arguments: [[0xC3, 0], [0x80, 0], [0xED, 0xA0, 0x80, 0], [0xC0, 0xAF, 0]] as [[UInt8]])
    func `what is not UTF-8 is refused`(_ bytes: [UInt8]) {
        #expect(throws: CSPError(.badKeysetParam, "")) { try narrow(bytes) }
    }

    @Test(arguments: [[0xD800, 0], [0xDC00, 0x41, 0], [0x41, 0xD83D, 0x41, 0]] as [[UInt16]])
    func `an unpaired surrogate is refused`(_ units: [UInt16]) {
        #expect(throws: CSPError(.badKeysetParam, "")) { try wide(units) }
    }

    @Test func `a string without an end is not followed for ever`() {
        #expect(throws: CSPError(.badKeysetParam, "")) { try narrow(Array(repeating: 0x41, count: 32768)) }
        #expect(throws: CSPError(.badKeysetParam, "")) { try wide(Array(repeating: 0x41, count: 32768)) }
    }

    private func narrow(_ bytes: [UInt8]) throws -> String? {
        try bytes.map { CChar(bitPattern: $0) }.withUnsafeBufferPointer {
            try string($0.baseAddress, refusing: .badKeysetParam)
        }
    }

    private func wide(_ units: [UInt16]) throws -> String? {
        try units.withUnsafeBufferPointer { try string($0.baseAddress, refusing: .badKeysetParam) }
    }
}
