internal import Glibc

/// The configuration file: `key = value` lines, `#` comments, one `[module PATH]` section for each module with settings.
///
///     token = pkcs11:token=demo?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/demo.pin
///     default-container = alice
///
///     [module /usr/lib/x86_64-linux-gnu/libsoftokn3.so]
///     init-reserved = configdir='sql:/var/lib/nss' certPrefix='' keyPrefix='' secmod='secmod.db' flags=
struct ConfigurationFile {
    private(set) var settings: [String: String] = [:]
    private(set) var modules: [String: [String: String]] = [:]

    private static let maximumSize = 1 << 20

    /// Nil where there is no such file.
    static func read(_ path: String) throws(CSPError) -> ConfigurationFile? {
        guard let text = try text(path) else { return nil }
        return try ConfigurationFile(text, path: path)
    }

    /// A file's content; nil where there is none.
    static func text(_ path: String) throws(CSPError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw CSPError(.provTypeEntryBad, "configuration file \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= maximumSize {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CSPError(.provTypeEntryBad, "configuration file \(path): \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            bytes.append(contentsOf: piece[..<count])
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
        var section: String?
        for (index, line) in Self.lines(text).enumerated() {
            let line = trimmed(line)
            if line.isEmpty || line.hasPrefix("#") { continue }
            let place = "configuration file \(path), line \(index + 1)"
            if line.hasPrefix("[") {
                guard line.hasSuffix("]"), line.hasPrefix("[module "),
                    case let name = trimmed(line.dropFirst(8).dropLast()),
                    !name.isEmpty
                else {
                    throw CSPError(.provTypeEntryBad, "\(place): \"\(line)\" should be [module /path/to/module.so]")
                }
                section = name
                continue
            }
            guard let equals = line.firstIndex(of: "=") else {
                throw CSPError(.provTypeEntryBad, "\(place): \"\(line)\" should be key = value")
            }
            let key = trimmed(line[..<equals])
            let value = trimmed(line[line.index(after: equals)...])
            let known = section == nil ? ["token", "default-container", "session-keys"] : ["init-reserved"]
            guard known.contains(key) else {
                let allowed = known.joined(separator: ", ")
                throw CSPError(.provTypeEntryBad, "\(place): \"\(key)\" is unknown; known here: \(allowed)")
            }
            guard !value.isEmpty else { throw CSPError(.provTypeEntryBad, "\(place): \(key) has no value") }
            if let section { modules[section, default: [:]][key] = value } else { settings[key] = value }
        }
    }
}

func trimmed(_ text: some StringProtocol) -> String {
    func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" || character == "\r" }
    guard let start = text.firstIndex(where: { !isBlank($0) }), let end = text.lastIndex(where: { !isBlank($0) }) else {
        return ""
    }
    return String(text[start...end])
}
