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
}
