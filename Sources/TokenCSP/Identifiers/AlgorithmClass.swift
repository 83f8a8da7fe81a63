/// What an algorithm is for (ALG_CLASS_…).
struct AlgorithmClass: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt32

    static let signature = AlgorithmClass(rawValue: 1)
    static let dataEncryption = AlgorithmClass(rawValue: 3)
    static let keyExchange = AlgorithmClass(rawValue: 5)
}

extension AlgorithmID {
    /// The three bits of an ALG_ID that GET_ALG_CLASS reads.
    var algorithmClass: AlgorithmClass { AlgorithmClass(rawValue: rawValue >> 13 & 7) }
}
