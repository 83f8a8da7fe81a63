import Glibc
import TokenCSP

/// A file that is read, or standard input.
struct InputFile: ~Copyable {
    private let descriptor: Int32
    private let name: String

    /// - Parameter path: nil and "-" are standard input.
    init(_ path: String?) throws(ToolError) {
        guard let path, path != "-" else {
            (descriptor, name) = (STDIN_FILENO, "standard input")
            return
        }
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else {
            let code = errno
            throw ToolError(
                code == ENOENT ? .notFound : .failure, "cannot open \(printable(path)): \(systemMessage(code))")
        }
        (descriptor, name) = (opened, printable(path))
    }

    deinit {
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    /// In bytes, of a plain file; nil of others.
    var size: Int? { plainFileSize(of: descriptor) }

    /// The next bytes, at most `limit`; none at the end.
    func chunk(_ limit: Int) throws(ToolError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            var received = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            while received < 0, errno == EINTR { received = Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
            if received < 0 { failure = errno }
            count = max(0, received)
        }
        guard failure == 0 else { throw ToolError(.failure, "cannot read \(name): \(systemMessage(failure))") }
        return bytes
    }

    /// The whole content, refused where it is more than `limit` bytes.
    func content(limit: Int, of what: String) throws(ToolError) -> [UInt8] {
        var content: [UInt8] = []
        while content.count <= limit {
            let bytes = try chunk(4096)
            guard !bytes.isEmpty else { return content }
            content += bytes
        }
        throw ToolError(.failure, "\(name) holds more than \(limit) bytes, which is no \(what)")
    }
}

/// Where a command's bytes go.
enum OutputFile {
    /// Writes a file as the umask allows (0644 at most), in place of what it held; nil and "-" are standard output.
    static func write(_ bytes: [UInt8], to path: String?) throws(ToolError) {
        guard let path, path != "-" else { return try Output.write(bytes) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            let code = errno
            throw ToolError(
                code == ENOENT ? .notFound : .failure,
                "cannot open \(printable(path)) to write: \(systemMessage(code))")
        }
        let failure = writeAll(bytes, to: descriptor)
        let closed = close(descriptor) == 0 ? 0 : errno
        guard failure == 0, closed == 0 else {
            let reason = systemMessage(failure == 0 ? closed : failure)
            throw ToolError(.failure, "cannot write \(printable(path)): \(reason)")
        }
    }

    static func isStandardOutput(_ path: String?) -> Bool { path == nil || path == "-" }
}

/// Whether two names stand for one file.
func isSameFile(_ first: String, _ second: String) -> Bool {
    var (one, other) = (stat(), stat())
    guard stat(first, &one) == 0, stat(second, &other) == 0 else { return false }
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino
}

/// Writes all of `bytes`; the answer is 0 or an errno.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { buffer in
        var rest = buffer[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let written = write(descriptor, part.baseAddress, part.count)
            if written < 0 {
                if errno == EINTR { continue }
                return errno
            }
            guard written > 0 else { return EIO }
            rest = rest.dropFirst(written)
        }
        return 0
    }
}

/// The system's words for an errno.
func systemMessage(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
}
