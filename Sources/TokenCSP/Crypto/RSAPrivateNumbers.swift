internal import PKCS11

/// The numbers of an RSA private key in wiped memory, on their way between a PRIVATEKEYBLOB and a token, or to the
/// host's ``RSAPrivateKey``.
///
/// They belong together: the initializer checks every one against the others.
struct RSAPrivateNumbers: Sendable {
    let publicKey: RSAPublicKey

    // Big-endian, without leading zeros. The names of PKCS#11 (section 6.1.3) and of Microsoft's blob.
    let prime1: Secret
    let prime2: Secret
    /// The private exponent modulo `prime1 - 1`.
    let exponent1: Secret
    /// The private exponent modulo `prime2 - 1`.
    let exponent2: Secret
    /// The inverse of `prime2` modulo `prime1`.
    let coefficient: Secret
    let privateExponent: Secret

    // MARK: - Creating it

    /// All numbers are big-endian; leading zeros are dropped.
    ///
    /// An exponent of one with private exponents of one is a key. Whether the factors are primes is not looked at.
    ///
    /// - Throws: NTE_BAD_DATA where the numbers do not make up a key.
    init(
        publicKey: RSAPublicKey, prime1: Secret, prime2: Secret, exponent1: Secret, exponent2: Secret,
        coefficient: Secret, privateExponent: Secret
    ) throws(CSPError) {
        let secrets = [prime1, prime2, exponent1, exponent2, coefficient, privateExponent]
        // No number is longer than the modulus; here, before gmp gets them: a caller's may be of any length.
        guard secrets.allSatisfy({ $0.count <= publicKey.modulus.count + 1 }) else { throw Self.inconsistent("length") }
        let p = SecretInteger(prime1)
        let q = SecretInteger(prime2)
        let dP = SecretInteger(exponent1)
        let dQ = SecretInteger(exponent2)
        let qInv = SecretInteger(coefficient)
        let d = SecretInteger(privateExponent)
        let e = SecretInteger(UInt(publicKey.publicExponent))
        let n = publicKey.modulus.withUnsafeBytes { SecretInteger($0) }
        let one = SecretInteger(1)

        guard p > one, q > one, p * q == n else { throw Self.inconsistent("factors") }
        // nettle and gmp rely on these bounds, and end the process where they do not hold.
        guard dP < p, dQ < q, qInv < p, d < n, p.isOdd, q.isOdd else { throw Self.inconsistent("size") }
        let p1 = p.decremented()
        let q1 = q.decremented()
        func isInverse(_ exponent: SecretInteger, modulo modulus: SecretInteger) -> Bool {
            (exponent * e).remainder(by: modulus) == one
        }
        guard isInverse(dP, modulo: p1), isInverse(dQ, modulo: q1) else { throw Self.inconsistent("exponents") }
        guard isInverse(d, modulo: p1), isInverse(d, modulo: q1) else { throw Self.inconsistent("private exponent") }
        guard (qInv * q).remainder(by: p) == one else { throw Self.inconsistent("coefficient") }

        self.publicKey = publicKey
        self.prime1 = p.bigEndian()
        self.prime2 = q.bigEndian()
        self.exponent1 = dP.bigEndian()
        self.exponent2 = dQ.bigEndian()
        self.coefficient = qInv.bigEndian()
        self.privateExponent = d.bigEndian()
    }

    private static func inconsistent(_ what: String) -> CSPError {
        CSPError(.badData, "the numbers of the RSA private key do not fit together: \(what)")
    }

    /// The private exponent of a key of which it is not known, or only its end.
    ///
    /// Two are in use, modulo `(prime1 - 1) * (prime2 - 1)` and modulo their least common multiple; `ending` decides.
    /// Where it decides for neither the answer is the first.
    ///
    /// - Parameter ending: The bytes of least value, big-endian.
    /// - Throws: NTE_BAD_DATA where there is none: the exponent has a divisor in common with one of the factors less 1.
    static func privateExponent(
        publicExponent: UInt32, prime1: Secret, prime2: Secret, ending: Secret
    ) throws(CSPError) -> Secret {
        let e = SecretInteger(UInt(publicExponent))
        let p1 = SecretInteger(prime1).decremented()
        let q1 = SecretInteger(prime2).decremented()
        guard let product = e.inverse(modulo: p1 * q1)?.bigEndian(),
            let multiple = e.inverse(modulo: p1.leastCommonMultiple(q1))?.bigEndian()
        else { throw inconsistent("exponent") }
        return !product.ends(with: ending) && multiple.ends(with: ending) ? multiple : product
    }
}

extension RSAPrivateNumbers {
    /// The secret numbers for C_CreateObject (PKCS#11, section 6.1.3): CKA_PRIVATE_EXPONENT to CKA_COEFFICIENT. The
    /// modulus and the public exponent are not among them.
    func privateAttributes() -> Template {
        [
            Attribute(.privateExponent, secret: privateExponent),
            Attribute(.prime1, secret: prime1),
            Attribute(.prime2, secret: prime2),
            Attribute(.exponent1, secret: exponent1),
            Attribute(.exponent2, secret: exponent2),
            Attribute(.coefficient, secret: coefficient),
        ]
    }
}

extension Secret {
    /// Whether these are the last bytes of the number; it may have leading zeros that are not stored.
    fileprivate func ends(with ending: Secret) -> Bool {
        withUnsafeBytes { bytes in
            ending.withUnsafeBytes { ending in
                let common = Swift.min(bytes.count, ending.count)
                return bytes.suffix(common).elementsEqual(ending.suffix(common))
                    && ending.dropLast(common).allSatisfy { $0 == 0 }
            }
        }
    }
}
