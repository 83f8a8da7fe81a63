internal import CNettle
internal import PKCS11

extension DSAPublicKey {
    /// Version 2 has room for a q of 160 bits alone.
    private var leastVersion: UInt8 { parameters.subprime?.count == DomainBlob.subprimeSize ? 2 : 3 }

    /// The PUBLICKEYBLOB; of version 3 where that is asked for, or q is longer than 160 bits.
    func publicKeyBlob(_ algorithm: AlgorithmID, version: UInt8 = 2) throws(CSPError) -> [UInt8] {
        try DomainBlob.encode(
            algorithm, .dsa, parameters, value: value, version: max(version, leastVersion))
    }

    func privateKeyBlobSize(version: UInt8) -> Int {
        DomainBlob.size(
            .dsa, parameters, version: max(version, leastVersion), secretSize: parameters.subprime?.count ?? 0)
    }

    /// The PRIVATEKEYBLOB, which the caller wipes.
    func privateKeyBlob(
        _ algorithm: AlgorithmID, _ value: Secret, version: UInt8 = 2
    ) throws(CSPError) -> [UInt8] {
        try DomainBlob.encode(
            algorithm, .dsa, parameters, value: self.value, secret: (value, parameters.subprime?.count ?? 0),
            version: max(version, leastVersion))
    }

    static func decode(privateKeyBlob blob: [UInt8]) throws(CSPError) -> PrivateNumbers {
        let read = try DomainBlob(blob, .dsa, isPrivate: true)
        let (parameters, secret) = try read.privateNumbers(.dsa)
        let key = DSAPublicKey(parameters: parameters, value: try parameters.publicValue(secret))
        try read.check(key.value)
        return .value(secret, .dsa(key))
    }

    static func decode(publicKeyBlob blob: [UInt8]) throws(CSPError) -> Self {
        let read = try DomainBlob(blob, .dsa, isPrivate: false)
        guard let parameters = read.parameters, let value = read.value else {
            throw CSPError(.badData, "the blob holds no DSA public key")
        }
        try parameters.check(.dsa)
        guard parameters.size == read.size, parameters.contains(value) else {
            throw CSPError(.badData, "the blob holds no DSA public key")
        }
        return DSAPublicKey(parameters: parameters, value: value)
    }

    /// Whether a signature belongs to the message (FIPS 186-4, section 4.7): r and s, each as long as q, little-endian.
    func verify(_ signature: [UInt8], _ message: SignatureMessage) -> Bool {
        let size = parameters.subprime?.count ?? 0
        // gmp ends the process over a modulus of zero; an import checked more, a token's word is taken here.
        guard let subprime = parameters.subprime, size > 0, signature.count == 2 * size,
            [parameters.prime, subprime].allSatisfy({ $0.last.map { !$0.isMultiple(of: 2) } ?? false })
        else { return false }
        var numbers = dsa_params()
        nettle_dsa_params_init(&numbers)
        defer { nettle_dsa_params_clear(&numbers) }
        nettle_mpz_set_str_256_u(&numbers.p, parameters.prime.count, parameters.prime)
        nettle_mpz_set_str_256_u(&numbers.q, size, subprime)
        nettle_mpz_set_str_256_u(&numbers.g, parameters.base.count, parameters.base)
        var pair = dsa_signature()
        nettle_dsa_signature_init(&pair)
        defer { nettle_dsa_signature_clear(&pair) }
        nettle_mpz_set_str_256_u(&pair.r, size, Array(signature.prefix(size).reversed()))
        nettle_mpz_set_str_256_u(&pair.s, size, Array(signature.suffix(size).reversed()))
        var key = __mpz_struct()
        nettle_mpz_init_set_str_256_u(&key, value.count, value)
        defer { __gmpz_clear(&key) }
        let digest = [UInt8](message.leftmost(size))
        return nettle_dsa_verify(&numbers, &key, digest.count, digest, &pair) == 1
    }
}

extension DomainBlob {
    /// What a PRIVATEKEYBLOB holds, checked.
    func privateNumbers(_ family: PairFamily) throws(CSPError) -> (DomainParameters, Secret) {
        guard let found = parameters, let secret else { throw CSPError(.badData, "the blob holds no private key") }
        let parameters = family == .dsa ? found : found.withoutSubprime
        try parameters.check(family)
        guard parameters.size == size else { throw CSPError(.badData, "the blob's prime is shorter than it says") }
        // The key that it replaces is a good one.
        guard parameters.areValid else { throw CSPError(.badData, "the domain parameters are not what they must be") }
        return (parameters, secret)
    }

    /// That the blob's y, where it has one, is the private key's.
    func check(_ value: [UInt8]) throws(CSPError) {
        guard let own = self.value else { return }
        guard own.drop(while: { $0 == 0 }) == value[...] else {
            throw CSPError(.badData, "the blob's public and private number do not belong together")
        }
    }
}
