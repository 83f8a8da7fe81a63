import Testing

@testable import TokenCSP

@Suite("A signature's form")
struct SignatureFormTests {
    @Test("as a SEQUENCE of two numbers is what DER's other writer makes of them", arguments: [20, 28, 32, 48, 66])
    func sequence(_ half: Int) throws {
        for round in 0..<200 {
            var bytes = (0..<2 * half).map { _ in UInt8.random(in: .min ... .max) }
            // Short numbers, zero among them.
            if round < half { bytes.replaceSubrange(0...round, with: repeatElement(0, count: round + 1)) }
            if round.isMultiple(of: 2) { bytes[half] |= 0x80 }
            var made = [UInt8](repeating: 0, count: SignatureScheme.ecdsa(half: half).commonSize)
            let count = made.withUnsafeMutableBytes { made in
                bytes.withUnsafeBytes {
                    DER.sequence(
                        UnsafeRawBufferPointer(rebasing: $0[..<half]), UnsafeRawBufferPointer(rebasing: $0[half...]),
                        into: made)
                }
            }
            made.removeLast(made.count - count)
            #expect(
                made
                    == DER.sequence(
                        DER.integer(Array(bytes.prefix(half))), DER.integer(Array(bytes.dropFirst(half)))))
        }
    }

    @Test("of CryptoAPI is the token's turned round, of any length")
    func turned() {
        for count in 0...70 {
            let bytes = (0..<2 * count).map { UInt8($0) }
            func turned(_ scheme: SignatureScheme) -> [UInt8] {
                var copy = bytes
                copy.withUnsafeMutableBytes { scheme.turn($0) }
                return copy
            }
            #expect(turned(.rsa(bits: 16 * count)) == bytes.reversed())
            #expect(turned(.dsa(half: count)) == bytes.prefix(count).reversed() + bytes.dropFirst(count).reversed())
            #expect(turned(.ecdsa(half: count)) == bytes && turned(.edDSA(half: count)) == bytes)
        }
    }
}
