@testable import TokenCSP

/// dwFlags of CryptImportKey.
enum ImportFlag {
    static let exportable: UInt32 = 0x1
    static let noSalt: UInt32 = 0x10
    static let oaep: UInt32 = 0x40
}

/// A key blob, and a target's choices, which stand where BLOBHEADER has two reserved bytes: so an input is a blob as
/// programs have them.
struct BlobInput {
    /// With zeros in the reserved bytes.
    let blob: [UInt8]
    let choice: Int
    private let bits: UInt8

    init(_ input: UnsafeRawBufferPointer) {
        var blob = Array(input)
        choice = blob.count > 2 ? Int(blob[2]) : 0
        bits = blob.count > 3 ? blob[3] : 0
        // With all bits set the bytes are left as they are.
        if bits != 0xFF { for index in blob.indices.dropFirst(2).prefix(2) { blob[index] = 0 } }
        self.blob = blob
    }

    /// Whether a bit of the second byte is set.
    func has(_ bit: UInt8) -> Bool { bits & 1 << bit != 0 }

    /// The second byte.
    var flags: Int { Int(bits) }
}

/// A context without a container. Its token has the private keys that are not of RSA, as session objects.
func hostContext(provider: String = "Microsoft Enhanced RSA and AES Cryptographic Provider") -> Context {
    var configuration = Configuration(tokenURI: environment("TOKENCSP_TOKEN"))
    configuration.sessionKeys = .host
    do {
        return try Context.acquire(provider: provider, flags: .verifyContext, configuration: configuration)
    } catch {
        fatalError("no context of \"\(provider)\": \(error)")
    }
}

/// A context of each provider, Microsoft's, which have the fewest rules, first.
private let contexts = ProviderProfile.all.reversed().map { hostContext(provider: $0.name) }

/// A context of a provider that has the algorithm; of any, where none has.
func providerContext(of algorithm: UInt32, choice: Int = 0) -> Context {
    let able = contexts.filter { $0.profile.algorithm(AlgorithmID(rawValue: algorithm)) != nil }
    return able.isEmpty ? contexts[choice % contexts.count] : able[choice % able.count]
}

extension Context {
    /// Nil where it is refused.
    func imported(_ blob: [UInt8], under key: Key? = nil, flags: UInt32 = ImportFlag.exportable) -> Key? {
        blob.withUnsafeBytes { try? importKey($0, under: key, flags: flags) }
    }

    func plaintextKey(_ algorithm: AlgorithmID, _ value: [UInt8], flags: UInt32 = ImportFlag.exportable) -> Key? {
        imported(header(8, algorithm.rawValue) + littleEndian(UInt32(value.count)) + value, flags: flags)
    }
}

extension Key {
    /// CryptExportKey by the two-call protocol; nil where it is refused.
    func exported(_ type: UInt32, under key: Key? = nil, flags: UInt32 = 0) -> [UInt8]? {
        var size: UInt32 = 0
        guard (try? export(type, under: key, flags: flags, data: nil, length: &size)) != nil else { return nil }
        var blob = [UInt8](repeating: 0xEE, count: Int(size))
        var length = size
        do {
            try blob.withUnsafeMutableBufferPointer {
                try export(type, under: key, flags: flags, data: $0.baseAddress, length: &length)
            }
        } catch {
            expect(
                (error as? CSPError)?.code != .moreData,
                "a blob of type \(type) has the size that was told, not \(length)")
            return nil
        }
        expect(length <= size, "a blob of type \(type) is no longer than was told")
        return Array(blob.prefix(Int(length)))
    }

    /// The value of a session key.
    func value() -> [UInt8]? { exported(8).map { Array($0.dropFirst(12)) } }

    /// A session key decrypts what it encrypts.
    func expectItEncrypts() {
        let message = Array("a message of 27 bytes......".utf8)
        var data = message + [UInt8](repeating: 0, count: 32)
        var length = UInt32(message.count)
        let capacity = UInt32(data.count)
        let encrypted: Void? = data.withUnsafeMutableBufferPointer {
            try? encrypt(hash: nil, final: true, flags: 0, data: $0.baseAddress, length: &length, capacity: capacity)
        }
        // A key for an HMAC alone, or a mode that is not there.
        guard encrypted != nil else { return }
        data.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            expect(
                (try? decrypt(hash: nil, final: true, flags: 0, data: base, length: &length)) != nil,
                "a \(algorithm) key decrypts what it encrypted")
        }
        expect(Array(data.prefix(Int(length))) == message, "a \(algorithm) key decrypts to what it encrypted")
    }
}

func header(_ type: UInt8, _ algorithm: UInt32) -> [UInt8] { [type, 2, 0, 0] + littleEndian(algorithm) }

/// A DWORD; zeros where the bytes end.
func number(_ bytes: some Collection<UInt8>) -> UInt32 {
    zip(bytes, [0, 8, 16, 24] as [UInt32]).reduce(0) { $0 | UInt32($1.0) << $1.1 }
}
