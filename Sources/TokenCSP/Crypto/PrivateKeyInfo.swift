internal import CNettle
package import PKCS11

/// A private key from a file: the numbers of a PKCS#8 PrivateKeyInfo in wiped memory, checked against each other.
package struct PrivateKeyInfo: Sendable {
    let numbers: PrivateNumbers

    package var publicKey: PublicKey { numbers.publicKey }

    /// - Parameter der: from anywhere; wiping it is the caller's.
    /// - Throws: NTE_BAD_DATA for anything but a key of RSA, DSA, P-256, P-384, P-521 or Ed25519.
    package init(_ der: UnsafeRawBufferPointer) throws(CSPError) {
        if let rsa = try? PKCS8.decodeRSA(der) {
            numbers = .rsa(rsa)
            return
        }
        numbers = try Self.value(der)
    }

    /// The DER, as RFC 5208 and RFC 5915 have it.
    package func encoded() -> PIN {
        var der: [UInt8]
        switch numbers {
        case .rsa(let numbers): der = PKCS8.encodeRSA(numbers)
        case .value(let value, let key): der = PKCS8.encodeValue(value, key)
        }
        defer { wipe(&der) }
        return Secret(der)
    }

    /// What a container has such a key as; nil where the kind serves only the other key spec.
    package func algorithm(_ spec: KeySpec) -> AlgorithmID? { Self.algorithm(publicKey, spec) }

    package static func algorithm(_ publicKey: PublicKey, _ spec: KeySpec) -> AlgorithmID? {
        switch publicKey {
        case .rsa: spec.rsaAlgorithm
        case .dsa: spec == .signature ? .dssSign : nil
        case .diffieHellman: spec == .keyExchange ? .dhSF : nil
        case .ellipticCurve(let key) where key.curve == .ed25519: spec == .signature ? .ed25519 : nil
        case .ellipticCurve: spec == .keyExchange ? .ecdh : .ecdsa
        }
    }

    /// The first provider that has keys of this kind, by name.
    package static func provider(_ publicKey: PublicKey, _ spec: KeySpec) -> String? {
        guard let algorithm = algorithm(publicKey, spec) else { return nil }
        return ProviderProfile.all.first { $0.algorithm(algorithm) != nil }?.name
    }

    init(_ numbers: PrivateNumbers) { self.numbers = numbers }

    // MARK: - Keys of one number, whose public half is not in the structure, or not to be believed

    private static let dsa: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01]

    private static func value(_ der: UnsafeRawBufferPointer) throws(CSPError) -> PrivateNumbers {
        var whole = DERReader(der)
        var info = try whole.sequence()
        try whole.end()
        _ = try info.integer()
        var algorithm = try info.sequence()
        let identifier = try algorithm.element(DER.rsaEncryption[0])
        if identifier.elementsEqual(dsa.dropFirst(2)) {
            var parameters = try algorithm.sequence()
            let domain = DomainParameters(
                prime: Array(try parameters.integer()), subprime: Array(try parameters.integer()),
                base: Array(try parameters.integer()))
            try domain.check(.dsa)
            let value = try PKCS8.decodeInteger(der)
            return .value(value, .dsa(DSAPublicKey(parameters: domain, value: try domain.publicValue(value))))
        }
        var name = identifier
        if identifier.elementsEqual(DER.idECPublicKey.dropFirst(2)) {
            name = try algorithm.element(DER.rsaEncryption[0])
        }
        guard let curve = EllipticCurve.allCases.first(where: { name.elementsEqual($0.parameters.dropFirst(2)) }) else {
            throw CSPError(
                .badData,
                EllipticCurve.unsupported(in: der)
                    ?? "the private key is of another kind: RSA, DSA, P-256, P-384, P-521 and Ed25519 are known")
        }
        let value = try PKCS8.curveValue(der, curve)
        guard let key = EllipticCurvePublicKey(curve: curve, privateKey: value) else {
            throw CSPError(.badData, "the number is no private key on \(curve.rawValue)")
        }
        return .value(value, .ellipticCurve(key))
    }
}

extension EllipticCurvePublicKey {
    /// The public half of a private key, big-endian and of the curve's size; of Ed25519 of a seed.
    init?(curve: EllipticCurve, privateKey: Secret) {
        guard privateKey.count == curve.size else { return nil }
        guard curve == .ed25519 else {
            guard let point = CurvePoint(curve, privateKey: privateKey)?.encoded else { return nil }
            self.init(curve: curve, point: point)
            return
        }
        var point = [UInt8](repeating: 0, count: curve.size)
        privateKey.withUnsafeBytes { seed in
            nettle_ed25519_sha512_public_key(&point, seed.bindMemory(to: UInt8.self).baseAddress)
        }
        wipeStack()
        self.init(curve: curve, point: point)
    }
}

extension Context {
    /// Puts a private key into the container, as CryptImportKey does with a PRIVATEKEYBLOB.
    ///
    /// - Throws: NTE_BAD_ALGID where the kind of key does not serve this key spec; else as ``importKey(_:under:flags:padding:)``.
    package func importKey(_ info: PrivateKeyInfo, _ spec: KeySpec, flags: KeyFlags) throws(CSPError) -> Key {
        guard let algorithm = info.algorithm(spec) else {
            throw CSPError(.badAlgID, "such a key cannot be an \(spec) key")
        }
        var blob = try info.numbers.blob(algorithm, version: info.publicKey.domain == nil ? 2 : 3)
        defer { wipe(&blob) }
        return try importKey(blob, flags: flags)
    }

    /// Puts a PRIVATEKEYBLOB that is in wiped memory into the container, as ``importKey(_:under:flags:padding:)`` does.
    package func importKey(_ blob: PIN, under key: Key?, flags: KeyFlags) throws(CSPError) -> Key {
        try blob.withUnsafeBytes { bytes in
            Result { () throws(CSPError) in try importKey(bytes, under: key, flags: flags.rawValue) }
        }.get()
    }
}

extension Key {
    /// The private key, where it may leave: see ``export(_:under:padding:)`` with ``KeyBlobType/privateKey``.
    package func privateKeyInfo() throws(CSPError) -> PrivateKeyInfo { PrivateKeyInfo(try privateNumbers()) }
}

extension PrivateKeyInfo {
    /// The first provider that has keys of an algorithm, by name.
    package static func provider(of algorithm: AlgorithmID) -> String? {
        ProviderProfile.all.first { $0.algorithm(algorithm) != nil }?.name
    }

    /// Whether a PRIVATEKEYBLOB has behind its header exactly the magic of its algorithm's keys in the clear. One that is
    /// encrypted has any four bytes there, printable ones too.
    package static func isPlainBlob(_ blob: UnsafeRawBufferPointer) -> Bool {
        guard blob.count >= 12 else { return false }
        let version = blob[1]
        let algorithm = AlgorithmID(rawValue: KeyBlob.number([UInt8](blob[4..<8])[...]))
        let magic = KeyBlob.number([UInt8](blob[8..<12])[...])
        switch PairAlgorithm.all[algorithm]?.family {
        case .rsa: return magic == RSAPrivateNumbers.blobMagic
        case .dsa: return magic == DomainBlob.magic(.dsa, version: version, isPrivate: true)
        case .diffieHellman: return magic == DomainBlob.magic(.diffieHellman, version: version, isPrivate: true)
        case .ellipticCurve: return EllipticCurvePublicKey.privateKeyMagics(algorithm).contains(magic)
        // No passphrase makes a key of it.
        case nil: return true
        }
    }
}
