import Glibc

@testable import TokenCSP

/// The file of default providers, by which CryptSetProvider keeps what it is told.
enum ProviderFiles {
    private static let path: String = {
        setenv("XDG_CONFIG_HOME", scratchFile(""), 1)
        mkdir(scratchFile("tokencsp"), 0o700)
        return scratchFile("tokencsp/providers.conf")
    }()
    private static let types = (1...30).map { ProviderType(rawValue: $0) }

    static func run(_ input: UnsafeRawBufferPointer) {
        expect(write(input, to: path), "the file is written")
        let isText = String(validating: input, as: UTF8.self) != nil
        guard let before = names() else {
            expect(!isText, "a text is read")
            return
        }
        expect(isText, "what is no text is refused")
        let chosen = "Microsoft Strong Cryptographic Provider"
        expect((try? ProviderDefaults.set(chosen, type: 1, .user)) != nil, "a default is set")
        expect(names() == before.merging([1: chosen]) { $1 }, "a default is set, and no other is changed")
        expect((try? ProviderDefaults.set(nil, type: 1, .user)) != nil, "a default is taken away")
        expect(names() == before.filter { $0.key != 1 }, "a default is taken away, and no other is changed")
    }

    private static func names() -> [UInt32: String]? {
        var names: [UInt32: String] = [:]
        for type in types {
            do {
                names[type.rawValue] = try ProviderDefaults.name(type, .user)
            } catch {
                return nil
            }
        }
        return names
    }
}
