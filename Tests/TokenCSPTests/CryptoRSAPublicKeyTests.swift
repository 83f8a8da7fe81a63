import Foundation
import Testing

@testable import TokenCSP

@Suite("RSA public key")
struct CryptoRSAPublicKeyTests {
    @Test("verifies what openssl signed, and nothing else", arguments: HashKind.allCases)
    func verifiesWhatOpenSSLSigned(_ kind: HashKind) throws {
        let signer = try OpenSSLKey(bits: 1024)
        let digest = (1...kind.digestSize).map { UInt8($0) }
        // The DigestInfo is ours here, for MD2 and MD4 have none in openssl; the next test has openssl's.
        let message = DigestInfo.encode(kind, digest: digest)
        let signature = try signer.sign(message)
        #expect(signer.key.verify(signature: signature, encodedMessage: message))
        #expect(!signer.key.verify(signature: signature, encodedMessage: digest))

        for other in HashKind.allCases where other != kind {
            #expect(!signer.key.verify(signature: signature, encodedMessage: DigestInfo.encode(other, digest: digest)))
        }
        for index in signature.indices {
            var corrupt = signature
            corrupt[index] ^= 1 << (index % 8)
            #expect(!signer.key.verify(signature: corrupt, encodedMessage: message))
        }
        for index in message.indices {
            var corrupt = message
            corrupt[index] ^= 0x80
            #expect(!signer.key.verify(signature: signature, encodedMessage: corrupt))
        }
    }

    @Test(
        "verifies a DigestInfo that openssl made itself",
        arguments: [HashKind.md5, .sha1, .sha256, .sha384, .sha512])
    func verifiesADigestInfoThatOpenSSLMade(_ kind: HashKind) throws {
        let signer = try OpenSSLKey(bits: 1024)
        let message = Array("TokenCSP".utf8)
        let hash = HostHash(kind)
        message.withUnsafeBytes { hash.update($0) }
        let signature = try runCommand(
            "dgst", "-\(kind)", "-sign", signer.file("key.pem"), signer.file("data", containing: message))
        let encoded = DigestInfo.encode(kind, digest: hash.finish())
        #expect(signer.key.verify(signature: signature, encodedMessage: encoded))
    }

    @Test("verifies a bare hash, as of CRYPT_NOHASHOID and SSL3's 36 bytes", arguments: [16, 20, 32, 36])
    func verifiesABareHash(length: Int) throws {
        let signer = try OpenSSLKey(bits: 512)
        let hash = [UInt8](repeating: 0x5A, count: length)
        #expect(signer.key.verify(signature: try signer.sign(hash), encodedMessage: hash))
    }

    @Test("refuses a signature or a message of the wrong length")
    func refusesWrongLengths() throws {
        let signer = try OpenSSLKey(bits: 1024)
        let message = [UInt8](repeating: 7, count: 20)
        let signature = try signer.sign(message)
        #expect(signer.key.verify(signature: signature, encodedMessage: message))
        for length in 0..<signature.count {
            #expect(!signer.key.verify(signature: Array(signature.prefix(length)), encodedMessage: message))
        }
        #expect(!signer.key.verify(signature: signature + [0], encodedMessage: message))
        #expect(!signer.key.verify(signature: [0] + signature, encodedMessage: message))
        for length in [0, 19, 21, 117, 118, 128, 4096] {
            let other = [UInt8](repeating: 7, count: length)
            #expect(!signer.key.verify(signature: signature, encodedMessage: other))
        }
    }

    @Test("refuses numbers that are no signature at all", arguments: [0x00, 0x01, 0xFF] as [UInt8])
    func refusesNumbersThatAreNoSignature(byte: UInt8) throws {
        let signer = try OpenSSLKey(bits: 1024)
        let signature = [UInt8](repeating: byte, count: 128)
        #expect(!signer.key.verify(signature: signature, encodedMessage: [1, 2, 3]))
        #expect(!signer.key.verify(signature: signer.key.modulus, encodedMessage: [1, 2, 3]))
    }

    @Test("with an exponent of one, a signature is the padded message itself")
    func withAnExponentOfOne() throws {
        let modulus = try OpenSSLKey(bits: 512).key.modulus
        let key = try #require(RSAPublicKey(modulus: modulus, publicExponent: 1))
        let message = [UInt8](repeating: 9, count: 20)
        let signature = padded(message, length: 64)
        #expect(key.verify(signature: signature, encodedMessage: message))
        #expect(!key.verify(signature: signature, encodedMessage: signature))
    }

    @Test("is what `openssl rsa -pubout` prints", arguments: [512, 1023, 1024, 2048], [3, 65537])
    func isWhatOpenSSLPrints(bits: Int, exponent: UInt32) throws {
        let signer = try OpenSSLKey(bits: bits, exponent: exponent)
        #expect(signer.key.bits == bits)
        let pem = try runCommand("rsa", "-in", signer.file("key.pem"), "-pubout")
        #expect(signer.key.pem() == String(decoding: pem, as: UTF8.self))
        let der = try runCommand("rsa", "-in", signer.file("key.pem"), "-pubout", "-outform", "DER")
        #expect(signer.key.subjectPublicKeyInfo() == der)
    }

    @Test("has openssl's PUBLICKEYBLOB")
    func hasOpenSSLsBlob() throws {
        let signer = try OpenSSLKey(bits: 2048)
        let blob = try runCommand(
            "rsa", "-in", signer.file("key.pem"), "-pubout", "-outform", "MS PUBLICKEYBLOB")
        #expect(signer.key.publicKeyBlob(algorithm: 0xA400) == blob)
        #expect(try RSAPublicKey.decode(publicKeyBlob: blob).key == signer.key)
    }

    @Test("drops leading zeros of the modulus and counts its bits")
    func dropsLeadingZeros() throws {
        let modulus = [UInt8](repeating: 0x7F, count: 64)
        let key = try #require(RSAPublicKey(modulus: [0, 0, 0] + modulus, publicExponent: 65537))
        #expect(key.modulus == modulus)
        #expect(key.bits == 511)
        #expect(key == RSAPublicKey(modulus: modulus, publicExponent: 65537))
    }

    @Test("is not made of numbers that are no RSA key")
    func isNotMadeOfOtherNumbers() {
        func odd(_ count: Int) -> [UInt8] { [UInt8](repeating: 0xFF, count: count) }
        #expect(RSAPublicKey(modulus: odd(48), publicExponent: 1) != nil)
        #expect(RSAPublicKey(modulus: odd(2048), publicExponent: .max) != nil)
        #expect(RSAPublicKey(modulus: odd(47), publicExponent: 3) == nil)
        #expect(RSAPublicKey(modulus: [0x7F] + odd(47), publicExponent: 3) == nil)
        #expect(RSAPublicKey(modulus: [1] + odd(2048), publicExponent: 3) == nil)
        #expect(RSAPublicKey(modulus: odd(64) + [0xFE], publicExponent: 3) == nil)
        #expect(RSAPublicKey(modulus: odd(64), publicExponent: 0) == nil)
        #expect(RSAPublicKey(modulus: odd(64), publicExponent: 65536) == nil)
        #expect(RSAPublicKey(modulus: [], publicExponent: 3) == nil)
        #expect(RSAPublicKey(modulus: [UInt8](repeating: 0, count: 64), publicExponent: 3) == nil)
    }
}

/// A private key that openssl made, in a directory of its own that goes with it.
private final class OpenSSLKey {
    let key: RSAPublicKey
    private let directory: URL

    init(bits: Int, exponent: UInt32 = 65537) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "tokencsp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let path = directory.appending(path: "key.pem").path()
        try runCommand(
            "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:\(bits)",
            "-pkeyopt", "rsa_keygen_pubexp:\(exponent)", "-out", path)
        let line = try runCommand("rsa", "-in", path, "-noout", "-modulus")
        let hex = String(decoding: line, as: UTF8.self).dropFirst("Modulus=".count).dropLast()
        let modulus = stride(from: 0, to: hex.count, by: 2).compactMap { offset in
            UInt8(hex.dropFirst(offset).prefix(2), radix: 16)
        }
        key = try #require(RSAPublicKey(modulus: modulus, publicExponent: exponent))
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func file(_ name: String) -> String { directory.appending(path: name).path() }

    func file(_ name: String, containing bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: directory.appending(path: name))
        return file(name)
    }

    /// The private operation on the bytes as they are, padded. `pkeyutl -sign` would pad, but takes 64 bytes at most.
    func sign(_ bytes: [UInt8]) throws -> [UInt8] {
        try runCommand(
            "pkeyutl", "-decrypt", "-pkeyopt", "rsa_padding_mode:none", "-inkey", file("key.pem"),
            "-in", file("message", containing: padded(bytes, length: key.modulus.count)))
    }
}

/// PKCS#1 block type 1 (RFC 8017, section 9.2).
private func padded(_ message: [UInt8], length: Int) -> [UInt8] {
    [0, 1] + [UInt8](repeating: 0xFF, count: length - message.count - 3) + [0] + message
}

/// Runs openssl; its standard output, or a failed requirement.
@discardableResult
private func runCommand(_ arguments: String...) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
    return [UInt8](bytes)
}
