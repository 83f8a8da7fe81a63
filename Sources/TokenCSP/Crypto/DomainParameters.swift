internal import PKCS11

/// The numbers that DSA and Diffie-Hellman keys share, big-endian, without leading zeros.
public struct DomainParameters: Sendable, Hashable {
    /// p, whose length is the key's.
    public let prime: [UInt8]
    /// q, of DSA alone.
    public let subprime: [UInt8]?
    /// g.
    public let base: [UInt8]

    public init(prime: [UInt8], subprime: [UInt8]? = nil, base: [UInt8]) {
        self.prime = Array(prime.drop { $0 == 0 })
        self.subprime = subprime.map { Array($0.drop { $0 == 0 }) }
        self.base = Array(base.drop { $0 == 0 })
    }

    /// The length of p in bits.
    public var bits: Int { prime.count * 8 - (prime.first?.leadingZeroBitCount ?? 0) }

    /// Bytes of p.
    var size: Int { prime.count }

    /// Without q, as Diffie-Hellman keys have it.
    var withoutSubprime: DomainParameters { DomainParameters(prime: prime, base: base) }

    /// Whether a number is one of the group's: more than 1, and less than p - 1.
    func contains(_ value: [UInt8]) -> Bool {
        let number = SecretInteger(value)
        return number > SecretInteger(1) && number < SecretInteger(prime).decremented()
    }

    /// That these can be what they say, as far as that is cheap to tell: p and q odd and with their highest bit, g in range.
    ///
    /// - Throws: NTE_BAD_DATA.
    func check(_ family: PairFamily) throws(CSPError) {
        let odd = [prime, subprime ?? [1]].allSatisfy { $0.last.map { !$0.isMultiple(of: 2) } ?? false }
        guard odd, bits.isMultiple(of: 8), DomainBlob.bitLimits.contains(bits), contains(base) else {
            throw CSPError(.badData, "the numbers are no domain parameters")
        }
        guard family == .dsa else { return }
        guard let subprime, subprime.count >= DomainBlob.subprimeSize, subprime.count < prime.count,
            subprime.first ?? 0 >= 0x80
        else { throw CSPError(.badData, "q of DSA has 160 bits or more, and its highest bit set") }
    }

    /// y of a private key: g to the power of x modulo p.
    ///
    /// - Throws: NTE_BAD_DATA for an x that no key has.
    func publicValue(_ secret: Secret) throws(CSPError) -> [UInt8] {
        let exponent = SecretInteger(secret)
        let limit = subprime.map { SecretInteger($0) } ?? SecretInteger(prime).decremented()
        guard exponent < limit, let value = SecretInteger(base).power(exponent, modulo: SecretInteger(prime)) else {
            throw CSPError(.badData, "the private number is not one of the group's")
        }
        return value.bigEndian().withUnsafeBytes { Array($0) }
    }

    /// KP_VERIFY_PARAMS: p and q prime, and g of order q; without q no more than that p is prime.
    var areValid: Bool {
        let prime = SecretInteger(prime)
        guard contains(base), prime.isOdd, prime.isPrime else { return false }
        guard let subprime else { return true }
        let order = SecretInteger(subprime)
        return order.isPrime && prime.decremented().remainder(by: order) == SecretInteger()
            && SecretInteger(base).power(order, modulo: prime) == SecretInteger(1)
    }
}

extension SecretInteger {
    convenience init(_ bigEndian: [UInt8]) { self.init(Secret(bigEndian)) }
}
