import ArgumentParser
import TokenCSP

/// `--spec`: which of a container's two keys.
enum KeySpecArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
    case signature
    case exchange

    var keySpec: KeySpec {
        switch self {
        case .signature: .signature
        case .exchange: .keyExchange
        }
    }
}

extension KeySpec {
    /// The word of `--spec` for it.
    var argument: String {
        switch self {
        case .signature: KeySpecArgument.signature.rawValue
        case .keyExchange: KeySpecArgument.exchange.rawValue
        default: String(rawValue)
        }
    }
}

/// `--algorithm` of `key generate` and `explain`.
enum KeyAlgorithm: String, CaseIterable, ExpressibleByArgument, Sendable {
    case rsa
    case ecdsa
    case ecdh
    case ed25519
    case aes128 = "aes-128"
    case aes192 = "aes-192"
    case aes256 = "aes-256"
    case tripleDES = "3des"
    case tripleDES112 = "3des-112"

    var isSymmetric: Bool {
        switch self {
        case .rsa, .ecdsa, .ecdh, .ed25519: false
        case .aes128, .aes192, .aes256, .tripleDES, .tripleDES112: true
        }
    }

    /// The key spec that the algorithm is for; RSA serves both.
    var spec: KeySpecArgument? {
        switch self {
        case .ecdsa, .ed25519: .signature
        case .ecdh: .exchange
        default: nil
        }
    }

    /// The algorithm id for CryptGenKey.
    func algorithmID(_ spec: KeySpec) -> AlgorithmID {
        switch self {
        case .rsa: spec == .keyExchange ? .rsaKeyExchange : .rsaSign
        case .ecdsa: .ecdsa
        case .ecdh: .ecdh
        case .ed25519: .ed25519
        case .aes128: .aes128
        case .aes192: .aes192
        case .aes256: .aes256
        case .tripleDES: .tripleDES
        case .tripleDES112: .tripleDES112
        }
    }
}

/// `--hash` of `sign` and `verify`.
enum HashAlgorithm: String, CaseIterable, ExpressibleByArgument, Sendable {
    case sha1
    case sha256
    case sha384
    case sha512
    case md5

    var algorithmID: AlgorithmID {
        switch self {
        case .sha1: .sha1
        case .sha256: .sha256
        case .sha384: .sha384
        case .sha512: .sha512
        case .md5: .md5
        }
    }
}

/// `--format` of `key export-public`.
enum PublicKeyFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// SubjectPublicKeyInfo, base64 between BEGIN and END lines.
    case pem
    /// CryptoAPI's PUBLICKEYBLOB.
    case blob
    /// SubjectPublicKeyInfo, DER.
    case der
}

/// `--bits`: a key length. Which are allowed is a matter of the provider and the token.
enum KeyLength {
    static func parse(_ text: String) throws -> Int {
        guard let bits = Int(text), bits >= 0, !text.hasPrefix("+") else {
            throw ValidationError("a key length is a number of bits, such as 3072")
        }
        return bits
    }
}

/// `--flags`: CryptGenKey's dwFlags, as 0x… or decimal.
enum RawFlags {
    static func parse(_ text: String) throws -> UInt32 {
        let value = text.lowercased().hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
        guard let value, !text.hasPrefix("+") else {
            throw ValidationError("flags are a number from 0 to 0xFFFFFFFF, for instance 0x08000001")
        }
        return value
    }
}

/// A container's name as an argument. The empty string is CryptoAPI's other spelling of the default container; on a
/// command line it is an unset variable.
enum ContainerName {
    static let help = ArgumentHelp(
        #"The container: a name, \\.\READER\NAME or a PKCS#11 URI; the default container if left out."#,
        valueName: "name")

    /// For `validate()`, and no transform: swift-argument-parser would put the value, and a PIN in it, into its message.
    static func validate(_ text: String?) throws {
        guard let text else { return }
        guard !text.isEmpty else {
            throw ValidationError("the container's name is empty: leave it out for the default container")
        }
        guard text.lowercased().hasPrefix("pkcs11:") else { return }
        guard !PKCS11URI.hasPINValue(text) else {
            throw ValidationError(
                "a URI with pin-value is refused: other users can read a command line. Use --pin-source")
        }
        try PKCS11URI.validatePINSource(text)
    }
}
