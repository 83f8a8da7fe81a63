public import Foundation
public import PKCS11

/// A throw-away SoftHSM token. The process has one module, in a folder in memory that goes at exit; each suite makes a
/// token of its own in it (a few milliseconds).
public struct TestToken: Sendable {
    public static let modulePath = "/usr/lib/softhsm/libsofthsm2.so"

    public let label: String
    public let userPIN: String
    public let soPIN: String
    /// Token, module and PIN source.
    public let uri: String

    /// Makes a token with a label that no other has.
    ///
    /// - Parameter label: nil for one of its own.
    public static func make(
        userPIN: String = "1234", soPIN: String = "87654321", label: String? = nil
    ) throws -> TestToken {
        // Nobody is asked, whatever terminal or display there is.
        setenv("TOKENCSP_INTERACTION", "none", 0)
        let label = label ?? "test-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let module = try Self.module
        // One at a time: two would take the same free slot.
        try making.withLock {
            guard let free = try module.slots().first(where: { try !$0.tokenInfo().flags.contains(.isInitialized) })
            else {
                throw NoFreeSlot()
            }
            try free.initializeToken(label: label, soPIN: PIN(soPIN))
            guard let slot = try module.slots().first(where: { try $0.tokenInfo().label == label }) else {
                throw NoFreeSlot()
            }
            try module.token(in: slot).initializePIN(PIN(userPIN), soPIN: PIN(soPIN))
        }
        let pinFile = folder.appendingPathComponent(label + ".pin")
        try Data(userPIN.utf8).write(to: pinFile)
        return TestToken(
            label: label, userPIN: userPIN, soPIN: soPIN,
            uri: "pkcs11:token=\(label)?module-path=\(modulePath)&pin-source=file:\(pinFile.path)"
        )
    }

    /// The URI without a PIN source.
    public var uriWithoutPIN: String { "pkcs11:token=\(label)?module-path=\(Self.modulePath)" }

    /// The live token of the PKCS11 layer.
    public func token() throws -> Token {
        let module = try Self.module
        guard let slot = try module.slots().first(where: { try $0.tokenInfo().label == label }) else {
            throw NoFreeSlot()
        }
        return module.token(in: slot)
    }

    /// The environment for another process that is to use these tokens.
    public static var environment: [String: String] {
        ["SOFTHSM2_CONF": folder.appendingPathComponent("softhsm2.conf").path]
    }

    public struct NoFreeSlot: Error {}
    private static let making = NSLock()

    /// The module, started on the private folder.
    public static var module: Module {
        get throws {
            setenv("SOFTHSM2_CONF", folder.appendingPathComponent("softhsm2.conf").path, 1)
            return try Module.load(path: modulePath)
        }
    }

    /// The private folder; also a place for tests' files.
    public static let folder: URL = {
        let parent = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        let folder = URL(fileURLWithPath: parent).appendingPathComponent("tokencsp-tests-\(getpid())")
        let tokens = folder.appendingPathComponent("tokens")
        let template = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../softhsm-config/softhsm2.conf.in").standardized
        do {
            try FileManager.default.createDirectory(at: tokens, withIntermediateDirectories: true)
            // PIN files that others can read would be warned of.
            chmod(folder.path, 0o700)
            let configuration = try String(contentsOf: template, encoding: .utf8)
                .replacingOccurrences(of: "@TOKENDIR@", with: tokens.path)
                .replacingOccurrences(of: "@MECHANISMS@", with: "ALL")
                .replacingOccurrences(of: "@RESET_ON_FORK@", with: "false")
            try configuration.write(
                to: folder.appendingPathComponent("softhsm2.conf"), atomically: true, encoding: .utf8)
        } catch {
            fatalError("no folder for test tokens: \(error)")
        }
        atexit { try? FileManager.default.removeItem(at: TestToken.folder) }
        return folder
    }()
}
