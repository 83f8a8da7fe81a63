@testable import TokenCSP

/// RSA private keys whose numbers belong together, though their factors are no primes: what gmp and nettle must survive
/// behind the checks, and that one changed number is noticed.
///
/// One byte says which number is changed (0: none), four are the public exponent, the rest is the two factors.
enum RSANumbers {
    private static let context = hostContext()

    static func run(_ input: UnsafeRawBufferPointer) {
        guard input.count >= 7, input.count < 400 else { return }
        let factors = Array(input.dropFirst(5))
        let half = factors.count / 2
        guard var blob = RSABlob(exponent: number(input[1..<5]), Array(factors[..<half]), Array(factors[half...]))
        else {
            return
        }
        let field = Int(input[0])
        if field > 0 { blob.change(field) }
        let key = context.imported(blob.bytes)
        if field == 0 {
            expect(key != nil || !blob.isKey, "numbers that belong together are a key")
        } else {
            expect(key == nil, "a number that does not belong to the others is noticed")
        }
        guard let key else { return }
        expect(key.exported(7) == blob.bytes, "the blob that comes out is the one that went in")
        if let (numbers, _) = try? RSAPrivateNumbers.decode(privateKeyBlob: blob.bytes) {
            let der = PKCS8.encodeRSA(numbers)
            let again = try? PKCS8.decodeRSA(der).privateKeyBlob(algorithm: 0xA400)
            expect(again == blob.bytes, "the numbers come back from PKCS #8")
        }
        use(key, exponent: blob.exponent)
    }

    private static func use(_ key: Key, exponent: UInt32) {
        for oaep: UInt32 in [0, ImportFlag.oaep] {
            let message = [UInt8](repeating: 7, count: 5)
            var data = message + [UInt8](repeating: 0, count: 512)
            var length = UInt32(message.count)
            data.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                let isEncrypted: Void? =
                    try? key.encrypt(hash: nil, final: true, flags: oaep, data: base, length: &length, capacity: 512)
                let isDecrypted: Void? = try? key.decrypt(
                    hash: nil, final: true, flags: oaep, data: base, length: &length)
                // Of factors that are no primes only this exponent is known to be undone.
                guard exponent == 1, isEncrypted != nil else { return }
                expect(
                    isDecrypted != nil && buffer.prefix(Int(length)).elementsEqual(message),
                    "exponent one changes nothing")
            }
        }
    }
}
