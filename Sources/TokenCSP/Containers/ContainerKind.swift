/// Whose container: under one name RSA, DSS and curve providers have each their own, as on Windows.
enum ContainerKind: String, Sendable, Hashable {
    case rsa
    /// DSA and Diffie-Hellman.
    case dss
    case curve

    init(_ family: PairFamily) {
        switch family {
        case .rsa: self = .rsa
        case .dsa, .diffieHellman: self = .dss
        case .ellipticCurve: self = .curve
        }
    }
}

extension ProviderProfile {
    var containerKind: ContainerKind { pairAlgorithm(.signature).map { ContainerKind($0.family) } ?? .rsa }
}
