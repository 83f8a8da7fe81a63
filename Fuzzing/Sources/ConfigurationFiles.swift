import Glibc

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
        let placement = file.settings["session-keys"]
        let isKnown = placement == nil || Configuration.Placement(rawValue: placement ?? "") != nil
        guard let configuration = try? loaded.get() else {
            expect(!isKnown, "a file is loaded")
            return
        }
        expect(isKnown, "an unknown placement is refused")
        if environment("TOKENCSP_TOKEN") == nil {
            expect(configuration.tokenURI == file.settings["token"], "the file names the token")
        }
        expect(configuration.defaultContainer == file.settings["default-container"], "the file names the container")
        expectSame(file)
    }

    /// What was read is read again from a file that is written out of it.
    private static func expectSame(_ file: ConfigurationFile) {
        var text = lines(file.settings)
        for (name, settings) in file.modules { text += "[module \(name)]\n" + lines(settings) }
        let again = try? ConfigurationFile(text, path: path)
        expect(again?.settings == file.settings && again?.modules == file.modules, "what was read is read again")
    }

    private static func lines(_ settings: [String: String]) -> String {
        settings.map { "\($0.key) = \($0.value)\r\n" }.joined()
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
