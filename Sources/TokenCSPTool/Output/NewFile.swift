import Glibc
import TokenCSP

/// A file that is there as a whole or not at all: written beside its place under another name, and put there at the end.
/// What is no plain file (a pipe, a device, standard output) is written to as it comes.
struct NewFile: ~Copyable {
    /// What becomes of a file that is there.
    enum Existing {
        case replaced, kept
    }

    private let descriptor: Int32
    private let name: String
    /// Nil where it is written to directly.
    private let place: (temporary: String, path: String)?
    private let existing: Existing

    /// - Parameters:
    ///   - path: nil and "-" are standard output.
    ///   - isSecret: for its owner alone (mode 600), whatever the umask allows.
    ///   - existing: `.kept` refuses a file that is there, now or when this one takes its place.
    init(_ path: String?, isSecret: Bool, existing: Existing = .replaced) throws(ToolError) {
        self.existing = existing
        guard let path, path != "-" else {
            (descriptor, name, place) = (STDOUT_FILENO, "standard output", nil)
            return
        }
        name = printable(path)
        let found = permissions(of: path)
        if let found, found & S_IFMT != S_IFREG {
            let opened = open(path, O_WRONLY | O_CLOEXEC)
            guard opened >= 0 else { throw Self.failure("open", printable(path), errno) }
            (descriptor, place) = (opened, nil)
            return
        }
        if found != nil, existing == .kept { throw Self.taken(name) }
        // The file behind a symbolic link is replaced, and not the link (/dev/stdout is one).
        let final = found == nil ? path : try Self.resolved(path)
        var generator = SystemRandomNumberGenerator()
        let temporary = final + ".tokencsp-" + String(UInt64.random(in: .min ... .max, using: &generator), radix: 36)
        let opened = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isSecret ? 0o600 : 0o644)
        guard opened >= 0 else { throw Self.failure("create", printable(path), errno) }
        // One that is replaced keeps its mode, as with cp.
        if let found, !isSecret { fchmod(opened, found & 0o777) }
        (descriptor, place) = (opened, (temporary, final))
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
        let result =
            existing == .replaced
            ? rename(place.temporary, place.path) : Self.renameToFree(place.temporary, place.path)
        guard result == 0 else {
            throw existing == .kept && errno == EEXIST ? Self.taken(name) : Self.failure("put in place", name, errno)
        }
    }

    /// Refuses, before something is made for it, a file that could not be written.
    static func requirePossible(_ path: String?, isSecret: Bool, existing: Existing = .replaced) throws(ToolError) {
        guard let path, path != "-" else { return }
        guard let found = permissions(of: path), found & S_IFMT != S_IFREG else {
            // A temporary file that goes again.
            _ = try NewFile(path, isSecret: isSecret, existing: existing)
            return
        }
        // Pipes are not opened before there is something for them: the reader would see their end.
        if found & S_IFMT == S_IFDIR { throw failure("write", printable(path), EISDIR) }
        guard access(path, W_OK) == 0 else { throw failure("write", printable(path), errno) }
    }

    /// A whole file at once.
    static func write(
        _ bytes: [UInt8], to path: String?, isSecret: Bool, existing: Existing = .replaced
    ) throws(ToolError) {
        let file = try NewFile(path, isSecret: isSecret, existing: existing)
        try file.write(bytes)
        try file.commit()
    }

    /// A rename that fails where the name is taken. Answers 0, or -1 and an errno.
    private static func renameToFree(_ old: String, _ new: String) -> Int32 {
        if link(old, new) == 0 { return 0 }
        guard errno == EPERM || errno == EOPNOTSUPP else { return -1 }
        // On file systems without links (FAT) an empty file holds the name.
        let holder = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard holder >= 0 else { return -1 }
        close(holder)
        let result = rename(old, new)
        let failure = errno
        if result != 0 { unlink(new) }
        errno = failure
        return result
    }

    private static func resolved(_ path: String) throws(ToolError) -> String {
        guard let real = realpath(path, nil) else { throw failure("open", printable(path), errno) }
        defer { free(real) }
        return String(cString: real)
    }

    private static func taken(_ name: String) -> ToolError {
        ToolError(
            .exists,
            "\(name) is there already, and may be the only copy of a key: name another file, or give --overwrite")
    }

    private static func failure(_ verb: String, _ name: String, _ code: Int32) -> ToolError {
        ToolError(code == ENOENT ? .notFound : .failure, "cannot \(verb) \(name): \(systemMessage(code))")
    }
}
