import Foundation
import PKCS11
import TestTokens

/// A new token, logged in.
func loggedInToken() throws -> Token {
    let made = try TestToken.make()
    let token = try made.token()
    try token.login(PIN(made.userPIN))
    return token
}

/// An error to compare with: only its code counts.
func error(_ value: ReturnValue) -> PKCS11Error {
    PKCS11Error(.returned(value), function: "")
}

func error(_ code: PKCS11Error.Code) -> PKCS11Error {
    PKCS11Error(code, function: "")
}

/// Attributes of objects that the tests make.
enum Sample {
    static func data(_ label: String, _ value: [UInt8] = [], isPrivate: Bool = false, onToken: Bool = true) -> Template
    {
        [
            Attribute(.data), Attribute(.token, onToken), Attribute(.isPrivate, isPrivate), Attribute(.label, label),
            Attribute(.application, "TokenCSP tests"), Attribute(.value, bytes: value),
        ]
    }

    static func aesKey(_ value: [UInt8]? = nil, label: String = "aes", onToken: Bool = false) -> Template {
        [
            Attribute(.secretKey), Attribute(.aes), Attribute(.token, onToken), Attribute(.isPrivate, true),
            Attribute(.label, label), Attribute(.sensitive, true), Attribute(.encrypt, true), Attribute(.decrypt, true),
            value.map { Attribute(.value, bytes: $0) } ?? Attribute(.valueLen, 32),
        ]
    }

    static func rsaPublic(bits: UInt = 2048, label: String = "rsa", onToken: Bool = false) -> Template {
        [
            Attribute(.token, onToken), Attribute(.isPrivate, false), Attribute(.label, label),
            Attribute(.modulusBits, bits), Attribute(.publicExponent, bytes: [1, 0, 1]), Attribute(.verify, true),
            Attribute(.encrypt, true),
        ]
    }

    static func rsaPrivate(
        label: String = "rsa", onToken: Bool = false, alwaysAuthenticate: Bool = false
    ) -> Template {
        [
            Attribute(.token, onToken), Attribute(.isPrivate, true), Attribute(.label, label),
            Attribute(.sensitive, true), Attribute(.extractable, false), Attribute(.sign, true),
            Attribute(.decrypt, true), Attribute(.alwaysAuthenticate, alwaysAuthenticate),
        ]
    }

    /// DigestInfo of a SHA-256 value, for CKM_RSA_PKCS.
    static func sha256DigestInfo(_ digest: [UInt8]) -> [UInt8] {
        [
            0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
            0x20,
        ]
            + digest
    }
}

extension Token {
    /// An RSA pair of the sample templates, of session objects that live as long as the session stays open.
    func rsaPair(
        bits: UInt = 2048, onToken: Bool = false, alwaysAuthenticate: Bool = false
    ) throws(PKCS11Error) -> KeyPair<ObjectHandle> {
        try writing { session throws(PKCS11Error) in
            try session.generateKeyPair(
                Mechanism(.rsaPKCSKeyPairGen),
                publicKey: Sample.rsaPublic(bits: bits, onToken: onToken),
                privateKey: Sample.rsaPrivate(onToken: onToken, alwaysAuthenticate: alwaysAuthenticate)
            )
        }
    }

    func find(_ template: Template) throws(PKCS11Error) -> [ObjectHandle] {
        try reading { session throws(PKCS11Error) in try session.find(template) }
    }

    func read(_ object: ObjectHandle, _ types: [AttributeType]) throws(PKCS11Error) -> AttributeValues {
        try reading { session throws(PKCS11Error) in try session.attributes(of: object, types) }
    }

    func create(_ template: Template) throws(PKCS11Error) -> ObjectHandle {
        try writing { session throws(PKCS11Error) in try session.create(template) }
    }
}

/// Runs a command to its end; answers its exit status and standard output.
@discardableResult
func run(_ command: [String], input: Data? = nil) throws -> (status: Int32, output: Data) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    let source = Pipe()
    process.standardInput = input == nil ? FileHandle.nullDevice : source
    try process.run()
    if let input {
        try source.fileHandleForWriting.write(contentsOf: input)
        try source.fileHandleForWriting.close()
    }
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, bytes)
}

/// A file of its own in the tests' private folder.
func temporaryFile(_ content: [UInt8] = [], suffix: String = "") throws -> URL {
    let file = TestToken.folder.appendingPathComponent(UUID().uuidString + suffix)
    try Data(content).write(to: file)
    return file
}
