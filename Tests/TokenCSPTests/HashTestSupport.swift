import Foundation
import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

/// What the tests of hashes share.
enum HashTests {
    /// A context without a container and without a token.
    static func context(_ provider: String = "TokenCSP RSA and AES Provider") throws -> Context {
        try Context.acquire(provider: provider, flags: .verifyContext, configuration: Configuration())
    }

    static func key(_ algorithm: AlgorithmID, _ bytes: [UInt8], in context: Context) throws -> Key {
        let session = try #require(SessionAlgorithm.all[algorithm])
        let value = SessionKey(session, .host(Secret(bytes)), bytes: bytes.count)
        return Key(context, .session(value), algorithm, spec: nil, bits: bytes.count * 8)
    }

    static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    static func hex(_ bytes: [UInt8]) -> String { hexadecimal(bytes) }

    static func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }

    /// Bytes that do not repeat with any block.
    static func data(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

    /// What openssl answers to `input` on its standard input.
    static func openssl(_ arguments: [String], _ input: [UInt8] = []) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(input).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
        return [UInt8](bytes)
    }
}

extension Hash {
    /// CryptGetHashParam with a buffer of `capacity` bytes, nil for NULL: what was stored, and the length afterwards.
    func read(_ id: UInt32, capacity: Int?, flags: UInt32 = 0) throws(CSPError) -> (bytes: [UInt8], length: Int) {
        var length = UInt32(capacity ?? 0)
        var buffer = [UInt8](repeating: 0xEE, count: (capacity ?? 0) + 1)
        let isNull = capacity == nil
        let result = buffer.withUnsafeMutableBufferPointer { buffer in
            Result { () throws(CSPError) in
                try parameter(id, data: isNull ? nil : buffer.baseAddress, length: &length, flags: flags)
            }
        }
        try result.get()
        return (Array(buffer.prefix(isNull ? 0 : Int(length))), Int(length))
    }

    /// CryptSetHashParam.
    func set(_ id: UInt32, _ bytes: [UInt8], flags: UInt32 = 0) throws(CSPError) {
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(CSPError) in try setParameter(id, data: buffer.baseAddress, flags: flags) }
        }
        try result.get()
    }

    /// HP_HMAC_INFO as C lays it out: 4 bytes, 4 of padding, a pointer, 4 and 4, a pointer, 4 and 4.
    func setInfo(
        _ algorithm: UInt32, _ inner: (UnsafePointer<UInt8>?, UInt32), _ outer: (UnsafePointer<UInt8>?, UInt32)
    ) throws(CSPError) {
        func little(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        let gap: [UInt8] = [0xCC, 0xCC, 0xCC, 0xCC]
        let info =
            little(algorithm) + gap + little(UInt(bitPattern: inner.0)) + little(inner.1) + gap
            + little(UInt(bitPattern: outer.0)) + little(outer.1) + gap
        try set(5, info)
    }
}
