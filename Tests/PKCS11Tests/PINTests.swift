import Foundation
import Testing

@testable import PKCS11

@Suite struct PINTests {
    @Test func aPINShowsItsLengthAndNeverItsBytes() {
        let pin = PIN("s3cret")
        var dumped = ""
        dump(pin, to: &dumped)
        for shown in [
            "\(pin)", String(reflecting: pin), String(describing: pin), dumped, "\([pin])", "\(Holder(pin: pin))",
        ] {
            #expect(!shown.contains("s3cret"))
            #expect(shown.contains("PIN(6 bytes)"))
        }
        #expect(Mirror(reflecting: pin).children.isEmpty)
    }

    private struct Holder {
        let pin: PIN
    }

    @Test func aPINHoldsTheBytesItWasGiven() {
        for bytes in [[], [0], [1, 0, 2], Array("pässwört".utf8)] as [[UInt8]] {
            let pin = PIN(bytes)
            #expect(pin.count == bytes.count)
            #expect(pin.withUnsafeBytes { Array($0) } == bytes)
        }
        #expect(PIN("ä").withUnsafeBytes { Array($0) } == [0xC3, 0xA4])
    }

    @Test func anEmptyPINIsNotANULLPointer() {
        // NULL would ask the reader's pad for the PIN.
        PIN("").withUnsafeBytes { #expect($0.baseAddress != nil) }
    }

    @Test func thePINIsWipedWhenItsLastReferenceGoes() throws {
        let secret = (0..<200).map { _ in UInt8.random(in: 1...255) }
        var pin: PIN? = PIN(secret)
        let address = try #require(pin?.withUnsafeBytes { $0.baseAddress.map(UInt.init(bitPattern:)) })
        #expect(try peek(address, 200) == secret)
        pin = nil
        // Mostly nothing is there any more; else it is somebody else's.
        if let after = try peek(address, 200) { #expect(zip(after, secret).filter { $0 == $1 }.count < 20) }
        #expect(pin == nil)
    }

    /// The process's memory at an address, freed or not; nil where there is none.
    private func peek(_ address: UInt, _ count: Int) throws -> [UInt8]? {
        let memory = open("/proc/self/mem", O_RDONLY)
        defer { close(memory) }
        try #require(memory >= 0)
        var bytes = [UInt8](repeating: 0, count: count)
        return pread(memory, &bytes, count, off_t(Int(bitPattern: address))) == count ? bytes : nil
    }

    @Test func wipingOverwritesAllOfIt() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 33, alignment: 1)
        defer { buffer.deallocate() }
        _ = buffer.initializeMemory(as: UInt8.self, repeating: 7)
        wipe(buffer)
        #expect(buffer.allSatisfy { $0 == 0 })
        wipe(UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }

    @Test func digestsTellPINsApart() {
        #expect(PINDigest(PIN("1234")) == PINDigest(PIN("1234")))
        #expect(PINDigest(PIN("1234")) != PINDigest(PIN("1235")))
        #expect(PINDigest(PIN("")) != PINDigest(PIN([0])))
        #expect(Set((0..<1000).map { PINDigest(PIN(String($0))) }).count == 1000)
        #expect(!"\(PINDigest(PIN("s3cret")))".contains("s3cret"))
    }
}
