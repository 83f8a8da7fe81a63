import Foundation
import PKCS11
import TestTokens

/// NSS's softokn on a throw-away database: one a process, for the module takes its folder at C_Initialize.
enum NSSDatabase {
    static let pin = "nss-secret"
    static let modulePath: String? = {
        ["x86_64", "aarch64"].map { "/usr/lib/\($0)-linux-gnu/libsoftokn3.so" }
            .first { FileManager.default.fileExists(atPath: $0) }
    }()

    static var isAvailable: Bool {
        modulePath != nil && FileManager.default.fileExists(atPath: "/usr/bin/certutil")
    }

    private static let made = Result { () throws -> Module in
        let folder = TestToken.folder.appendingPathComponent("nss")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let pinFile = try temporaryFile(Array(pin.utf8))
        let answer = try run(["certutil", "-N", "-d", "sql:\(folder.path)", "-f", pinFile.path])
        guard answer.status == 0, let modulePath else { throw CocoaError(.fileNoSuchFile) }
        return try Module.load(
            path: modulePath,
            reserved: "configdir='sql:\(folder.path)' certPrefix='' keyPrefix='' secmod='secmod.db' flags="
        )
    }

    static var module: Module { get throws { try made.get() } }

    /// The token that keeps objects, logged in.
    static func token() throws -> Token {
        let module = try module
        guard let slot = try module.slots().first(where: { try $0.tokenInfo().label == "NSS Certificate DB" }) else {
            throw CocoaError(.fileNoSuchFile)
        }
        let token = module.token(in: slot)
        try token.login(PIN(pin))
        return token
    }
}
