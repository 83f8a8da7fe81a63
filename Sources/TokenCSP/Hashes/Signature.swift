/// A signature in the form that everybody but CryptoAPI uses: files, certificates, openssl.
public struct Signature: Sendable, Hashable {
    /// Of RSA a big-endian number as long as the modulus (RFC 8017); of DSA and ECDSA a SEQUENCE of r and s in DER
    /// (RFC 3279, section 2.2); of Ed25519 64 bytes (RFC 8032).
    public let bytes: [UInt8]

    /// A signature that came from elsewhere. Whether it fits a key is found out by ``Hash/verify(_:with:padding:)``.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    // MARK: - CryptoAPI's form

    /// A signature that a Windows program made (CryptSignHash).
    ///
    /// - Parameters:
    ///   - cryptoAPI: of RSA little-endian; of DSA r and s, both little-endian; of ECDSA r and s, both big-endian.
    ///   - key: the signer's public key.
    public init(cryptoAPI: [UInt8], key: PublicKey) {
        let half = cryptoAPI.count / 2
        switch key {
        case .rsa:
            bytes = cryptoAPI.reversed()
        case .dsa:
            bytes = DER.sequence(
                DER.integer(cryptoAPI.prefix(half).reversed()), DER.integer(cryptoAPI.dropFirst(half).reversed()))
        case .ellipticCurve(let key) where key.curve != .ed25519:
            bytes = DER.sequence(
                DER.integer(Array(cryptoAPI.prefix(half))), DER.integer(Array(cryptoAPI.dropFirst(half))))
        case .ellipticCurve, .diffieHellman:
            bytes = cryptoAPI
        }
    }

    /// The signature as a Windows program wants it (CryptVerifySignature); nil where it is none of such a key.
    ///
    /// - Parameter key: the signer's public key.
    public func cryptoAPIBytes(for key: PublicKey) -> [UInt8]? {
        let form: [UInt8]?
        switch key {
        case .rsa: form = bytes.reversed()
        case .dsa: form = pair(key.signatureSize / 2).map { $0.r.reversed() + $0.s.reversed() }
        case .ellipticCurve(let curve) where curve.curve != .ed25519:
            form = pair(key.signatureSize / 2).map { $0.r + $0.s }
        case .ellipticCurve, .diffieHellman: form = bytes
        }
        return form.flatMap { $0.count == key.signatureSize ? $0 : nil }
    }

    /// The two numbers, big-endian, of this many bytes each.
    private func pair(_ size: Int) -> (r: [UInt8], s: [UInt8])? {
        bytes.withUnsafeBytes { bytes in
            do throws(CSPError) {
                var reader = DERReader(bytes)
                var content = try reader.sequence()
                let numbers = [try content.integer(), try content.integer()]
                try content.end()
                try reader.end()
                let padded = numbers.map { [UInt8](repeating: 0, count: max(size - $0.count, 0)) + $0 }
                guard padded.allSatisfy({ $0.count == size }) else { return nil }
                return (padded[0], padded[1])
            } catch {
                return nil
            }
        }
    }
}
