import Glibc
import PKCS11

@testable import TokenCSP

/// The configuration file.
enum ConfigurationFiles {
    private static let path = scratchFile("tokencsp.conf")

    static func run(_ input: UnsafeRawBufferPointer) {
        let isWritten = write(input, to: path)
        setenv("TOKENCSP_CONFIG", path, 1)
        let loaded = Result { try Configuration.load() }
        expect(isWritten, "the file is written")
        guard let text = String(validating: input, as: UTF8.self) else {
            expect((try? loaded.get()) == nil, "what is no text is refused")
            return
        }
        guard let file = try? ConfigurationFile(text, path: path) else {
            expect((try? loaded.get()) == nil, "what is malformed is refused")
            return
        }
        let isKnown = isKnown(file)
        guard let configuration = try? loaded.get() else {
            expect(!isKnown, "a file is loaded")
            return
        }
        expect(isKnown, "an unknown value is refused")
        if environment("TOKENCSP_TOKEN") == nil {
            expect(configuration.tokenURI == file.settings["token"]?.value, "the file names the token")
        }
        expect(configuration.defaultContainer == file.settings["default-container"]?.value, "and the container")
        expect(configuration.pinentry == file.settings["pinentry"]?.value, "and the pinentry")
        expect(Set(configuration.pinCaches.keys) == Set(file.tokens.keys), "and the tokens with a policy")
        expectSame(file)
    }

    /// Whether every value is one that its key takes; said in another way than the library says it.
    private static func isKnown(_ file: ConfigurationFile) -> Bool {
        func holds(_ key: String, _ words: [String], numbers: Bool = false, in settings: Settings) -> Bool {
            guard let value = settings[key]?.value else { return true }
            let number = value.utf8.contains { !(48...57).contains($0) } ? nil : UInt64(value)
            return words.contains(value) || numbers && number.map { $0 <= 365 * 86400 } ?? false
        }
        let caches = [file.settings] + file.tokens.values
        return holds("session-keys", ["automatic", "token", "host"], in: file.settings)
            && holds("interaction", ["automatic", "terminal", "pinentry", "none"], in: file.settings)
            && holds("prompt-timeout", [], numbers: true, in: file.settings)
            && caches.allSatisfy { holds("pin-cache", ["release", "none"], numbers: true, in: $0) }
            && file.settings["token"].map { (try? TokenURI($0.value)) != nil } ?? true
    }

    private typealias Settings = [String: ConfigurationFile.Setting]

    /// What was read is read again from a file that is written out of it.
    private static func expectSame(_ file: ConfigurationFile) {
        var text = lines(file.settings)
        for (name, settings) in file.modules { text += "[module \(name)]\n" + lines(settings) }
        for (name, settings) in file.tokens { text += "[token \(name)]\n" + lines(settings) }
        let again = try? ConfigurationFile(text, path: path)
        let isSame =
            again.map { again in
                values(again.settings) == values(file.settings)
                    && again.modules.mapValues(values) == file.modules.mapValues(values)
                    && again.tokens.mapValues(values) == file.tokens.mapValues(values)
            } ?? false
        expect(isSame, "what was read is read again")
    }

    private static func values(_ settings: Settings) -> [String: String] { settings.mapValues(\.value) }

    private static func lines(_ settings: Settings) -> String {
        settings.map { "\($0.key) = \($0.value.value)\r\n" }.joined()
    }
}

/// A path in memory, of this process.
func scratchFile(_ name: String) -> String {
    let folder = (environment("FUZZ_SCRATCH") ?? "/dev/shm") + "/\(getpid())"
    mkdir(folder, 0o700)
    return folder + "/" + name
}

func write(_ bytes: UnsafeRawBufferPointer, to path: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return Glibc.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count
}
