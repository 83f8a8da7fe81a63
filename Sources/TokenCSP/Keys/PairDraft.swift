internal import PKCS11

/// A DSS or Diffie-Hellman pair before CRYPT_PREGEN's second step: its domain parameters are the program's to set.
struct PairDraft: Sendable {
    let request: GenerationRequest
    private(set) var prime: [UInt8]?
    private(set) var subprime: [UInt8]?
    private(set) var base: [UInt8]?

    /// KP_… that CryptSetKeyParam takes of such a key.
    static let parameters: Set<UInt32> = [
        KeyParameter.prime, KeyParameter.base, KeyParameter.subprime, KeyParameter.privateValue,
        KeyParameter.publicParameters,
    ]

    init(_ request: GenerationRequest) { self.request = request }

    private var family: PairFamily { request.pair?.family ?? .rsa }

    /// KP_P, KP_G, KP_Q: a number, little-endian, of its full width. KP_PUB_PARAMS: a blob of version 3 with all.
    ///
    /// - Throws: NTE_BAD_DATA (another length than the key's), NTE_BAD_TYPE (q of Diffie-Hellman).
    mutating func set(_ id: UInt32, _ bytes: [UInt8]) throws(CSPError) {
        if id == KeyParameter.publicParameters { return try set(DomainBlob(parameters: bytes, family)) }
        let number: [UInt8] = bytes.reversed()
        guard number.count == width(id) else {
            throw CSPError(
                .badData, "a number of \(number.count) bytes: key parameter \(id) of this key has \(width(id))")
        }
        guard id == KeyParameter.base || number.first ?? 0 >= 0x80 else {
            throw CSPError(.badData, "key parameter \(id): the highest bit of the prime is not set")
        }
        switch id {
        case KeyParameter.prime: prime = number
        case KeyParameter.base: base = number
        default: subprime = number
        }
    }

    private mutating func set(_ blob: DomainBlob) throws(CSPError) {
        guard let parameters = blob.parameters, parameters.bits == request.bits else {
            let bits = blob.parameters?.bits ?? 0
            throw CSPError(.badData, "parameters of \(bits) bits: the key was asked for with \(request.bits)")
        }
        try parameters.check(family)
        prime = parameters.prime
        base = parameters.base
        subprime = family == .dsa ? parameters.subprime : nil
    }

    private func width(_ id: UInt32) -> Int {
        // FIPS 186-4, section 4.2: the longer primes have a longer q. Version 2 of the blobs has room for the short one.
        id == KeyParameter.subprime ? (request.bits < 2048 ? DomainBlob.subprimeSize : 32) : request.bits / 8
    }

    /// What was set, big-endian; nil before.
    func number(_ id: UInt32) -> [UInt8]? {
        switch id {
        case KeyParameter.prime: prime
        case KeyParameter.base: base
        default: subprime
        }
    }

    /// The request with all the numbers.
    ///
    /// - Throws: NTE_BAD_KEY_STATE where one was not set, NTE_BAD_DATA where they are no domain parameters.
    func completed() throws(CSPError) -> GenerationRequest {
        guard let prime, let base, family == .diffieHellman || subprime != nil else {
            throw CSPError(.badKeyState, "CRYPT_PREGEN: the domain parameters come before KP_X")
        }
        let parameters = DomainParameters(prime: prime, subprime: subprime, base: base)
        try parameters.check(family)
        var request = request
        request.domain = parameters
        return request
    }
}

extension Key {
    /// KP_P, KP_G, KP_Q and KP_PUB_PARAMS set a number of a key in the making; KP_X with NULL makes it, on the token.
    func setDomainParameter(_ id: UInt32, _ data: UnsafePointer<UInt8>?) throws(CSPError) {
        let family = PairAlgorithm.all[algorithm]?.family
        guard family == .dsa || family == .diffieHellman, id != KeyParameter.subprime || family == .dsa else {
            throw notApplicable(id)
        }
        guard case .draft(var draft) = material, let spec else {
            throw CSPError(.badKeyState, "the \(algorithm) key is made: CRYPT_PREGEN leaves its numbers to be set")
        }
        if id == KeyParameter.privateValue {
            guard data == nil else {
                throw CSPError(.invalidParameter, "KP_X: the private number is made on the token, pbData must be NULL")
            }
            let made = try context.generatePair(draft.completed(), spec)
            return try become(made.nature, twin: made.state.withLock { $0.twin })
        }
        guard let data else { throw CSPError(.invalidParameter, "key parameter \(id): the data pointer is NULL") }
        try draft.set(id, DataBlob.bytes(data, most: 16_384))
        let old = nature
        try become(
            Nature(
                material: .draft(draft), algorithm: old.algorithm, bits: old.bits, flags: old.flags, report: nil))
    }

    /// KP_P, KP_G and KP_Q, little-endian; KP_VERIFY_PARAMS answers by its success alone.
    func domainParameter(_ id: UInt32) throws(CSPError) -> [UInt8] {
        if case .draft(let draft) = material, id != KeyParameter.verifyParameters {
            guard let number = draft.number(id) else {
                throw CSPError(.badKeyState, "CRYPT_PREGEN: key parameter \(id) was not set")
            }
            return number.reversed()
        }
        let parameters: DomainParameters? =
            if case .draft(let draft) = material { try draft.completed().domain } else { try? publicNumbers().domain }
        guard let parameters else { throw notApplicable(id) }
        switch id {
        case KeyParameter.prime: return parameters.prime.reversed()
        case KeyParameter.base: return parameters.base.littleEndianNumber(parameters.size)
        case KeyParameter.subprime:
            guard let subprime = parameters.subprime else { throw notApplicable(id) }
            return subprime.reversed()
        default:
            guard parameters.areValid else {
                throw CSPError(.badData, "the domain parameters are not what they must be")
            }
            return []
        }
    }
}
