extension HashKind {
    /// The plain hash functions among the algorithms.
    init?(_ algorithm: AlgorithmID) {
        switch algorithm {
        case .md2: self = .md2
        case .md4: self = .md4
        case .md5: self = .md5
        case .sha1: self = .sha1
        case .sha256: self = .sha256
        case .sha384: self = .sha384
        case .sha512: self = .sha512
        default: return nil
        }
    }
}

extension AlgorithmID {
    init(_ kind: HashKind) {
        switch kind {
        case .md2: self = .md2
        case .md4: self = .md4
        case .md5: self = .md5
        case .sha1: self = .sha1
        case .sha256: self = .sha256
        case .sha384: self = .sha384
        case .sha512: self = .sha512
        }
    }
}
