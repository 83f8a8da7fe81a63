import PKCS11

@testable import TokenCSP

/// The PRIVATEKEYBLOB of two factors of one length; they need not be primes.
struct RSABlob {
    let exponent: UInt32
    /// Whether the numbers make up an RSA key.
    let isKey: Bool
    private(set) var bytes: [UInt8]
    private let half: Int

    /// Nil for factors that no key can have, which would only be refused.
    init?(exponent: UInt32, _ factor1: [UInt8], _ factor2: [UInt8]) {
        guard exponent % 2 == 1, factor1.count == factor2.count, let last1 = factor1.last, let last2 = factor2.last,
            factor1[0] >= 0x80, factor2[0] >= 0x80, last1 % 2 == 1, last2 % 2 == 1
        else { return nil }
        self.exponent = exponent
        half = factor1.count
        let one = SecretInteger(1)
        let e = SecretInteger(UInt(exponent))
        let p = factor1.withUnsafeBytes { SecretInteger($0) }
        let q = factor2.withUnsafeBytes { SecretInteger($0) }
        let n = p * q
        let p1 = p.decremented()
        let q1 = q.decremented()
        let dP = e.inverse(modulo: p1)
        let dQ = e.inverse(modulo: q1)
        let d = e.inverse(modulo: p1 * q1)
        let coefficient = q.inverse(modulo: p)
        let modulus = n.bigEndian(width: 2 * half)
        let bits = 16 * half - modulus[0].leadingZeroBitCount
        isKey = dP != nil && dQ != nil && d != nil && coefficient != nil && bits >= 384 && modulus[0] != 0
        bytes = header(7, 0xA400) + Array("RSA2".utf8) + littleEndian(UInt32(16 * half)) + littleEndian(exponent)
        func append(_ number: SecretInteger?, _ width: Int) {
            bytes += (number ?? one).bigEndian(width: width).reversed()
        }
        append(n, 2 * half)
        for number in [p, q, dP, dQ, coefficient] { append(number, half) }
        append(d, 2 * half)
    }

    /// Inverts one bit of the numbers from the modulus on; which, `choice` says.
    mutating func change(_ choice: Int) {
        let offset = 20 + choice * 7919 % (9 * half)
        bytes[offset] ^= 1 << UInt8(choice % 8)
    }
}
