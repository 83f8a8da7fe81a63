import Glibc
import TokenCSP

/// A file that is there as a whole or not at all: written beside its place under another name, and put there at the end.
/// What is no plain file (a pipe, a device, standard output) is written to as it comes.
struct NewFile: ~Copyable {
    private let descriptor: Int32
    private let name: String
    /// Nil where it is written to directly.
    private let place: (temporary: String, path: String)?

    /// - Parameters:
    ///   - path: nil and "-" are standard output.
    ///   - isSecret: for its owner alone (mode 600), whatever the umask allows.
    init(_ path: String?, isSecret: Bool) throws(ToolError) {
        guard let path, path != "-" else {
            (descriptor, name, place) = (STDOUT_FILENO, "standard output", nil)
            return
        }
        name = printable(path)
        if let mode = permissions(of: path), mode & S_IFMT != S_IFREG {
            let opened = open(path, O_WRONLY | O_CLOEXEC)
            guard opened >= 0 else { throw Self.failure("open", printable(path), errno) }
            (descriptor, place) = (opened, nil)
            return
        }
        var generator = SystemRandomNumberGenerator()
        let temporary = path + ".tokencsp-" + String(UInt64.random(in: .min ... .max, using: &generator), radix: 36)
        let opened = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isSecret ? 0o600 : 0o644)
        guard opened >= 0 else { throw Self.failure("create", printable(path), errno) }
        (descriptor, place) = (opened, (temporary, path))
        TemporaryFiles.add(temporary)
    }

    deinit {
        if descriptor != STDOUT_FILENO { close(descriptor) }
        guard let place else { return }
        unlink(place.temporary)
        TemporaryFiles.removeAll()
    }

    /// Whether what was written cannot be taken back.
    var isDirect: Bool { place == nil }

    func write(_ bytes: [UInt8]) throws(ToolError) {
        let failure = writeAll(bytes, to: descriptor)
        guard failure == 0 else { throw Self.failure("write", name, failure) }
    }

    /// Puts the file in its place. Without this there is none.
    consuming func commit() throws(ToolError) {
        guard let place else { return }
        guard fsync(descriptor) == 0 else { throw Self.failure("write", name, errno) }
        guard rename(place.temporary, place.path) == 0 else { throw Self.failure("put in place", name, errno) }
    }

    /// A whole file at once.
    static func write(_ bytes: [UInt8], to path: String?, isSecret: Bool) throws(ToolError) {
        let file = try NewFile(path, isSecret: isSecret)
        try file.write(bytes)
        try file.commit()
    }

    private static func failure(_ verb: String, _ name: String, _ code: Int32) -> ToolError {
        ToolError(code == ENOENT ? .notFound : .failure, "cannot \(verb) \(name): \(systemMessage(code))")
    }
}
