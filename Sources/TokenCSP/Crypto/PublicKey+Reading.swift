package import PKCS11

extension PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280, section 4.1) of an RSA key or of one on a curve.
    ///
    /// - Throws: NTE_BAD_DATA for anything else, a point that is not on the curve too.
    package init(subjectPublicKeyInfo der: [UInt8]) throws(CSPError) {
        self = try lending(der) { (bytes) throws(CSPError) in try Self.read(bytes) }
    }

    /// Reads PEM (`PUBLIC KEY`) or DER.
    package init(encoded: [UInt8]) throws(CSPError) {
        let block = PEM.blocks(in: encoded).first { $0.label == "PUBLIC KEY" }
        try self.init(subjectPublicKeyInfo: block?.bytes ?? encoded)
    }

    private static func read(_ bytes: UnsafeRawBufferPointer) throws(CSPError) -> PublicKey {
        do throws(CSPError) {
            var whole = DERReader(bytes)
            var info = try whole.sequence()
            try whole.end()
            var algorithm = try info.sequence()
            let content = try info.element(0x03)
            try info.end()
            guard content.first == 0 else { throw DERReader.malformed }
            let bits = UnsafeRawBufferPointer(rebasing: content.dropFirst())
            let identifier = try algorithm.element(DER.rsaEncryption[0])
            if identifier.elementsEqual(DER.rsaEncryption.dropFirst(2)) { return .rsa(try rsa(bits)) }
            let curve: EllipticCurve?
            if identifier.elementsEqual(DER.idECPublicKey.dropFirst(2)) {
                let name = try algorithm.element(DER.rsaEncryption[0])
                curve = EllipticCurve.allCases.first { name.elementsEqual($0.parameters.dropFirst(2)) }
            } else {
                curve = EllipticCurve.allCases.first { identifier.elementsEqual($0.parameters.dropFirst(2)) }
            }
            try algorithm.end()
            guard let curve, let key = EllipticCurvePublicKey(curve: curve, point: Array(bits)), key.isOnCurve else {
                throw DERReader.malformed
            }
            return .ellipticCurve(key)
        } catch {
            throw CSPError(
                .badData,
                EllipticCurve.unsupported(in: bytes)
                    ?? "this is no public key of RSA, P-256, P-384, P-521 or Ed25519 in PEM or DER")
        }
    }

    private static func rsa(_ bytes: UnsafeRawBufferPointer) throws(CSPError) -> RSAPublicKey {
        var whole = DERReader(bytes)
        var numbers = try whole.sequence()
        try whole.end()
        let modulus = Array(try numbers.integer())
        let exponent = try numbers.integer()
        try numbers.end()
        guard exponent.count <= 4,
            let key = RSAPublicKey(modulus: modulus, publicExponent: exponent.reduce(0) { $0 << 8 | UInt32($1) })
        else { throw DERReader.malformed }
        return key
    }
}

extension Context {
    /// Somebody's public key from a file, as an imported PUBLICKEYBLOB would be.
    ///
    /// - Throws: NTE_BAD_ALGID where keys of the kind do not serve this key spec.
    package func publicKey(_ key: PublicKey, _ spec: KeySpec) throws(CSPError) -> Key {
        guard let algorithm = PrivateKeyInfo.algorithm(key, spec) else {
            throw CSPError(.badAlgID, "such a key is no \(spec) key")
        }
        return Key(self, .publicKey(key), algorithm, spec: nil, bits: key.bits)
    }

    /// A session key of these bytes, on the host.
    package func sessionKey(_ algorithm: AlgorithmID, _ value: PIN) throws(CSPError) -> Key {
        var blob = KeyBlob.header(BlobType.plaintext, algorithm) + littleEndian(UInt32(clamping: value.count))
        blob.reserveCapacity(blob.count + value.count)
        value.withUnsafeBytes { blob += $0 }
        defer { wipe(&blob) }
        return try importKey(blob)
    }
}
