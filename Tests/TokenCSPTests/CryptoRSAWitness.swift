import Foundation
import PKCS11
import Testing

@testable import TokenCSP

/// A private key that openssl made, in a folder of its own that goes with it. openssl is the witness for what the
/// library reads and writes.
final class RSAWitness {
    let bits: Int
    private let folder: URL

    init(bits: Int, exponent: UInt32 = 65537) throws {
        self.bits = bits
        folder = FileManager.default.temporaryDirectory.appending(path: "tokencsp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try openssl(
            "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:\(bits)",
            "-pkeyopt", "rsa_keygen_pubexp:\(exponent)", "-out", path)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var path: String { folder.appending(path: "key.pem").path() }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let url = folder.appending(path: name)
        try Data(bytes).write(to: url)
        return url.path()
    }

    /// PrivateKeyInfo.
    func pkcs8() throws -> [UInt8] {
        try openssl("pkcs8", "-topk8", "-nocrypt", "-in", path, "-outform", "DER")
    }

    /// PRIVATEKEYBLOB.
    func blob() throws -> [UInt8] {
        try openssl("rsa", "-in", path, "-outform", "MS PRIVATEKEYBLOB")
    }

    func numbers() throws -> RSAPrivateNumbers { try PKCS8.decodeRSA(pkcs8()) }

    func encrypt(_ message: [UInt8], _ options: [String]) throws -> [UInt8] {
        try openssl(["pkeyutl", "-encrypt", "-inkey", path, "-in", file("message", message)] + options)
    }

    func decrypt(_ ciphertext: [UInt8], _ options: [String]) throws -> [UInt8] {
        try openssl(["pkeyutl", "-decrypt", "-inkey", path, "-in", file("ciphertext", ciphertext)] + options)
    }
}

/// Runs openssl; its standard output, or a failed requirement.
@discardableResult
func openssl(_ arguments: String..., input: [UInt8]? = nil) throws -> [UInt8] {
    try openssl(arguments, input: input)
}

@discardableResult
func openssl(_ arguments: [String], input: [UInt8]? = nil) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    let inputPipe = Pipe()
    process.standardInput = inputPipe
    try process.run()
    // A pipe takes 64 KiB without a reader; no test has more.
    try inputPipe.fileHandleForWriting.write(contentsOf: input ?? [])
    try inputPipe.fileHandleForWriting.close()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
    return [UInt8](bytes)
}

extension RSAPrivateNumbers {
    /// The same key with exponents of one.
    func withExponentOfOne() throws -> RSAPrivateNumbers {
        let key = try #require(RSAPublicKey(modulus: publicKey.modulus, publicExponent: 1))
        return try RSAPrivateNumbers(
            publicKey: key, prime1: prime1, prime2: prime2, exponent1: Secret([1]), exponent2: Secret([1]),
            coefficient: coefficient, privateExponent: Secret([1]))
    }

    /// A key of these factors, big-endian.
    init(factors p: [UInt8], _ q: [UInt8], exponent: UInt32) throws {
        let e = SecretInteger(UInt(exponent))
        let prime1 = SecretInteger(Secret(p))
        let prime2 = SecretInteger(Secret(q))
        let d = try RSAPrivateNumbers.privateExponent(
            publicExponent: exponent, prime1: Secret(p), prime2: Secret(q), ending: Secret([] as [UInt8]))
        let modulus = (prime1 * prime2).bigEndian().bytes
        guard let publicKey = RSAPublicKey(modulus: modulus, publicExponent: exponent) else {
            throw CSPError(.badData, "")
        }
        try self.init(
            publicKey: publicKey,
            prime1: Secret(p), prime2: Secret(q),
            exponent1: e.inverse(modulo: prime1.decremented())?.bigEndian() ?? Secret([0]),
            exponent2: e.inverse(modulo: prime2.decremented())?.bigEndian() ?? Secret([0]),
            coefficient: prime2.inverse(modulo: prime1)?.bigEndian() ?? Secret([0]), privateExponent: d)
    }
}

extension Secret {
    var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
}

extension RSAPublicKey {
    func encrypt(_ message: [UInt8], padding: RSAEncryptionPadding) throws -> [UInt8] {
        let result = message.withUnsafeBytes { bytes in
            Result { () throws(CSPError) in try encrypt(bytes, padding: padding) }
        }
        return try result.get()
    }
}

/// The bytes of hexadecimal digits; blanks are left out.
func hex(_ digits: String) -> [UInt8] {
    let digits = digits.filter { !$0.isWhitespace }
    return stride(from: 0, to: digits.count, by: 2).compactMap { offset in
        UInt8(digits.dropFirst(offset).prefix(2), radix: 16)
    }
}

/// SplitMix64: the same sequence in every run, so that a failure can be repeated.
struct RepeatableGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// One to four bytes changed, half of them among the first `head`; every fourth result is cut short.
    mutating func mutation(of original: [UInt8], head: Int) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &self) {
            let end = Bool.random(using: &self) ? min(head, bytes.count) : bytes.count
            bytes[Int.random(in: 0..<end, using: &self)] = UInt8.random(in: 0...255, using: &self)
        }
        if Int.random(in: 0..<4, using: &self) == 0 { bytes.removeLast(Int.random(in: 0...bytes.count, using: &self)) }
        return bytes
    }
}
