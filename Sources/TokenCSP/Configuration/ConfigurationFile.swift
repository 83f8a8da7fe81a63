internal import Glibc
internal import PKCS11

/// The configuration file: `key = value` lines, `#` comments, a `[module PATH]` section for each module with settings and a
/// `[token LABEL]` section for each token.
///
///     token = pkcs11:token=demo?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/demo.pin
///     default-container = alice
///
///     [module /usr/lib/x86_64-linux-gnu/libsoftokn3.so]
///     init-reserved = configdir='sql:/var/lib/nss' certPrefix='' keyPrefix='' secmod='secmod.db' flags=
///
///     [token demo]
///     pin-cache = none
struct ConfigurationFile {
    /// A value and the line that it stands in.
    struct Setting {
        let key: String
        let value: String
        /// `configuration file PATH, line N`
        let place: String

        /// The error that says what the value should be.
        func malformed(_ allowed: String) -> CSPError {
            CSPError(.provTypeEntryBad, "\(place): \(key) = \(value) should be \(allowed)")
        }
    }

    /// What the lines up to the next section are about.
    private enum Section {
        case general
        case module(String)
        case token(String)

        var keys: [String] {
            switch self {
            case .general:
                [
                    "token", "default-container", "session-keys", "interaction", "pinentry", "prompt-timeout",
                    "pin-cache",
                ]
            case .module: ["init-reserved"]
            case .token: ["pin-cache"]
            }
        }

        init?(_ line: String) {
            guard line.hasSuffix("]") else { return nil }
            func name(_ prefix: String) -> String? {
                guard line.hasPrefix(prefix) else { return nil }
                let name = trimmed(line.dropFirst(prefix.count).dropLast())
                return name.isEmpty ? nil : name
            }
            if let path = name("[module ") {
                self = .module(path)
            } else if let label = name("[token ") {
                self = .token(label)
            } else {
                return nil
            }
        }
    }

    private(set) var settings: [String: Setting] = [:]
    /// By path.
    private(set) var modules: [String: [String: Setting]] = [:]
    /// By label.
    private(set) var tokens: [String: [String: Setting]] = [:]

    private static let maximumSize = 1 << 20

    /// Nil where there is no such file.
    static func read(_ path: String) throws(CSPError) -> ConfigurationFile? {
        guard let text = try text(path) else { return nil }
        if let last = last.withLock({ $0 }), last.path.isSame(path), last.text.isSame(text) { return last.file }
        let file = try ConfigurationFile(text, path: path)
        // A PIN in it is not kept for longer than it is needed, however its name is written.
        if !text.contains("%"), !text.lowercased().contains("pin-value") { last.withLock { $0 = (path, text, file) } }
        return file
    }

    /// The file that was read last, which is read again each time that a container is opened, and seldom changes.
    private static let last = Lock<(path: String, text: String, file: ConfigurationFile)?>(nil)

    /// A file's content; nil where there is none.
    static func text(_ path: String) throws(CSPError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw CSPError(.provTypeEntryBad, "configuration file \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var failure: CInt?
        withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { piece in
            while bytes.count <= maximumSize {
                let count = Glibc.read(descriptor, piece.baseAddress, piece.count)
                if count < 0, errno == EINTR { continue }
                if count < 0 { failure = errno }
                guard count > 0 else { return }
                bytes.append(contentsOf: piece[..<count])
            }
        }
        if let failure {
            throw CSPError(.provTypeEntryBad, "configuration file \(path): \(String(cString: strerror(failure)))")
        }
        guard bytes.count <= maximumSize, let text = String(validating: bytes, as: UTF8.self) else {
            throw CSPError(.provTypeEntryBad, "configuration file \(path) is no UTF-8 text of at most 1 MiB")
        }
        return text
    }

    /// The lines, empty ones too. CR and LF together are one Character of Swift's, which is not "\n".
    static func lines(_ text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    init(_ text: String, path: String) throws(CSPError) {
        var section = Section.general
        for (index, line) in Self.lines(text).enumerated() {
            let line = trimmed(line)
            if line.isEmpty || line.hasPrefix("#") { continue }
            let place = "configuration file \(path), line \(index + 1)"
            if line.hasPrefix("[") {
                guard let next = Section(line) else {
                    throw CSPError(
                        .provTypeEntryBad,
                        "\(place): \"\(line)\" should be [module /path/to/module.so] or [token LABEL]")
                }
                section = next
                continue
            }
            guard let equals = line.firstIndex(of: "=") else {
                throw CSPError(.provTypeEntryBad, "\(place): \"\(line)\" should be key = value")
            }
            let key = trimmed(line[..<equals])
            let value = trimmed(line[line.index(after: equals)...])
            guard section.keys.contains(key) else {
                let allowed = section.keys.joined(separator: ", ")
                throw CSPError(.provTypeEntryBad, "\(place): \"\(key)\" is unknown; known here: \(allowed)")
            }
            guard !value.isEmpty else { throw CSPError(.provTypeEntryBad, "\(place): \(key) has no value") }
            let setting = Setting(key: key, value: value, place: place)
            let earlier: Setting?
            switch section {
            case .general: earlier = settings.updateValue(setting, forKey: key)
            case .module(let path): earlier = modules[path, default: [:]].updateValue(setting, forKey: key)
            case .token(let label): earlier = tokens[label, default: [:]].updateValue(setting, forKey: key)
            }
            if let earlier {
                throw CSPError(.provTypeEntryBad, "\(place): \(key) is set already: \(earlier.place)")
            }
        }
    }
}

extension String {
    /// Byte for byte: a String is equal to others that files and tokens tell apart.
    func isSame(_ other: String) -> Bool {
        utf8.count == other.utf8.count
            && (utf8.withContiguousStorageIfAvailable { own in
                other.utf8.withContiguousStorageIfAvailable { own.elementsEqual($0) }
            } ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}

func trimmed(_ text: some StringProtocol) -> String {
    func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" || character == "\r" }
    guard let start = text.firstIndex(where: { !isBlank($0) }), let end = text.lastIndex(where: { !isBlank($0) }) else {
        return ""
    }
    return String(text[start...end])
}
