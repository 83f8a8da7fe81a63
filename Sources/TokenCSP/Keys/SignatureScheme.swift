/// How a kind of key signs, and what its signatures look like: as the token makes them, in CryptoAPI's form, and in
/// everybody else's.
enum SignatureScheme: Sendable, Equatable {
    case rsa(bits: Int)
    /// Two numbers of so many bytes.
    case dsa(half: Int)
    case ecdsa(half: Int)
    case edDSA(half: Int)

    /// Bytes of a signature as the token makes it, and in CryptoAPI's form.
    var size: Int {
        switch self {
        case .rsa(let bits): (bits + 7) / 8
        case .dsa(let half), .ecdsa(let half), .edDSA(let half): 2 * half
        }
    }

    /// From the token's form to CryptoAPI's, and back: RSA little-endian, DSA as two little-endian numbers, ECDSA as two
    /// big-endian ones, EdDSA as RFC 8032 has it.
    func turn(_ signature: UnsafeMutableRawBufferPointer) {
        switch self {
        case .rsa: reverse(signature[...])
        case .dsa(let half):
            reverse(signature.prefix(half))
            reverse(signature.dropFirst(half))
        case .ecdsa, .edDSA: break
        }
    }

    /// Bytes of each of two numbers that everybody but CryptoAPI puts into a SEQUENCE (RFC 3279, section 2.2); nil where the
    /// token's form is everybody's.
    var half: Int? {
        switch self {
        case .rsa, .edDSA: nil
        case .dsa(let half), .ecdsa(let half): half
        }
    }

    /// The most bytes that a signature has in everybody's form.
    var commonSize: Int {
        // Tags and lengths, and a zero before a number whose top bit is set.
        half == nil ? size : size + 12
    }
}

/// In place, by words.
private func reverse(_ bytes: Slice<UnsafeMutableRawBufferPointer>) {
    let bytes = UnsafeMutableRawBufferPointer(rebasing: bytes)
    var low = 0
    var high = bytes.count
    while high - low >= 16 {
        high -= 8
        let first = bytes.loadUnaligned(fromByteOffset: low, as: UInt64.self)
        let last = bytes.loadUnaligned(fromByteOffset: high, as: UInt64.self)
        bytes.storeBytes(of: last.byteSwapped, toByteOffset: low, as: UInt64.self)
        bytes.storeBytes(of: first.byteSwapped, toByteOffset: high, as: UInt64.self)
        low += 8
    }
    while high - low >= 2 {
        high -= 1
        (bytes[low], bytes[high]) = (bytes[high], bytes[low])
        low += 1
    }
}

extension PublicKey {
    /// Nil for keys that do not sign.
    var signatureScheme: SignatureScheme? {
        switch self {
        case .rsa(let key): .rsa(bits: key.bits)
        case .dsa(let key): .dsa(half: key.parameters.subprime?.count ?? 0)
        case .ellipticCurve(let key) where key.curve == .ed25519: .edDSA(half: key.curve.size)
        case .ellipticCurve(let key): .ecdsa(half: key.curve.size)
        case .diffieHellman: nil
        }
    }
}
