import Glibc
import TokenCSP

/// The file of a manifest on its way: an auditor's file is never lost, and no half-written one is ever seen.
///
/// Each write goes to a file beside it that then takes its name. A new manifest takes a free name only; one that is
/// appended to or replaced must still be what was found at the beginning.
struct ManifestFile {
    /// What to do where the file is there.
    enum Mode {
        case create, append, replace
    }

    /// 8,000 keys have room in it.
    static let limit = 128 << 20

    let path: String
    /// What stood in it and stays.
    private(set) var runs: [Manifest.Run] = []
    /// SHA-256 of what was written last.
    private(set) var digest: [UInt8]?
    /// What the name is known to stand for; nil: nothing.
    private var identity: Identity?
    private var permissions: mode_t = 0o644
    /// Whether a manifest that is there goes.
    let isReplacement: Bool

    /// Looks, before any key is made, whether the file could be written.
    init(_ path: String, _ mode: Mode) throws(ToolError) {
        self.path = path
        var status = stat()
        let isThere = stat(path, &status) == 0
        isReplacement = isThere && mode == .replace
        if isThere {
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw ToolError(.usage, "\(printable(path)) is no regular file: a manifest is kept in one")
            }
            switch mode {
            case .create:
                throw ToolError(
                    .exists,
                    "\(printable(path)) exists already: --append adds to it, --replace-manifest puts a new one in its place"
                )
            case .append: runs = try Self.read(path).manifest.runs
            case .replace: break
            }
            identity = Identity(status)
            permissions = status.st_mode & 0o777
        }
        // A file can be made here: else keys would be on the token and in no manifest.
        let trial = try temporaryFile()
        close(trial.descriptor)
        unlink(trial.path)
    }

    /// - Returns: the manifest, and the SHA-256 of the file's bytes.
    static func read(_ path: String) throws(ToolError) -> (manifest: Manifest, digest: [UInt8]) {
        let bytes = try InputFile(path).content(limit: limit, of: "manifest")
        return (try ManifestReader.read(bytes, file: path == "-" ? "standard input" : printable(path)), sha256(bytes))
    }

    /// Writes what stood in the file and this run. The bytes are on the disk when it returns.
    mutating func write(_ run: Manifest.Run) throws {
        let text = try Output.encode(Manifest(runs: runs + [run])) + "\n"
        let bytes = Array(text.utf8)
        let file = try temporaryFile()
        var failure = writeAll(bytes, to: file.descriptor)
        if failure == 0, fsync(file.descriptor) != 0 { failure = errno }
        var status = stat()
        if failure == 0, fstat(file.descriptor, &status) != 0 { failure = errno }
        if close(file.descriptor) != 0, failure == 0 { failure = errno }
        if failure == 0 { failure = take(file.path) }
        unlink(file.path)
        guard failure == 0 else {
            throw ToolError(
                failure == EEXIST ? .exists : .failure,
                failure == EEXIST
                    ? "\(printable(path)) was made or changed by somebody else meanwhile"
                    : "cannot write \(printable(path)): \(systemMessage(failure))")
        }
        identity = Identity(status)
        digest = sha256(bytes)
        syncFolder()
    }

    // MARK: - The name

    /// The finished file takes the manifest's name. Answers 0 or an errno.
    private func take(_ finished: String) -> Int32 {
        guard let identity else {
            // Unlike rename, this fails where the name is taken.
            return link(finished, path) == 0 ? 0 : errno
        }
        var status = stat()
        guard stat(path, &status) == 0 else { return errno }
        guard Identity(status) == identity else { return EEXIST }
        return rename(finished, path) == 0 ? 0 : errno
    }

    private func temporaryFile() throws(ToolError) -> (path: String, descriptor: Int32) {
        var name = Array((path + ".XXXXXX").utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else {
            let code = errno
            throw ToolError(
                code == ENOENT ? .notFound : .failure,
                "cannot make a file beside \(printable(path)): \(systemMessage(code))")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let mask = umask(0)
        umask(mask)
        fchmod(descriptor, identity == nil ? permissions & ~mask : permissions)
        return (String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self), descriptor)
    }

    /// A name is on the disk when its folder is.
    private func syncFolder() {
        let folder = path.contains("/") ? String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Which file, and which state of it.
    private struct Identity: Equatable {
        let device: UInt
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int

        init(_ status: stat) {
            (device, inode, size) = (UInt(status.st_dev), UInt(status.st_ino), Int(status.st_size))
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }
    }
}
