internal import Glibc

extension PINSource {
    /// Told of a PIN file that others can read, once a file. PKCS11 keeps no log of its own.
    package static let observer = Lock<(@Sendable (String) -> Void)?>(nil)

    /// The files that were told of.
    private static let told = Lock<Set<String>>([])

    static func readFile(_ path: String) throws(Fault) -> PIN {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw .system }
        defer { close(descriptor) }
        warnOfReaders(descriptor, path)
        return try read(descriptor)
    }

    /// The path of a `file:` URI by RFC 8089: `/run/my%20pin`, `///run/my%20pin`, `//localhost/run/my%20pin`. Beyond it: a
    /// relative path, and a % with no two hexadecimal digits behind it, which stands for itself.
    static func path(_ text: String) throws(Fault) -> String {
        var path = text
        if let authority = text.dropping(prefix: "//") {
            guard let slash = authority.firstIndex(of: "/") else { throw Fault("the URI names no file") }
            guard ["", "localhost"].contains(authority[..<slash].lowercased()) else {
                throw Fault("the URI names another host; write file:///path")
            }
            path = String(authority[slash...])
        }
        var bytes: [UInt8] = []
        var rest = Array(path.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            let isEscape = byte == UInt8(ascii: "%") && digits.count == 2 && digits.allSatisfy(isHexadecimal)
            guard isEscape, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
                bytes.append(byte)
                continue
            }
            guard value != 0 else { throw Fault("its name holds a NUL character") }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw Fault("its name is no UTF-8") }
        return decoded
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// A credential that systemd hands to a service (LoadCredential=, SetCredential=).
    static func readCredential(_ name: String) throws(Fault) -> PIN {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".." else {
            throw Fault("a credential's name is that of a file, without a slash")
        }
        guard let value = getenv("CREDENTIALS_DIRECTORY"), value.pointee == CChar(bitPattern: UInt8(ascii: "/")) else {
            throw Fault(
                "the environment names no CREDENTIALS_DIRECTORY: systemd sets it for services with LoadCredential= or SetCredential="
            )
        }
        let descriptor = open(String(cString: value) + "/" + name, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw .system }
        defer { close(descriptor) }
        return try read(descriptor)
    }

    // MARK: - Other readers

    /// Tells once of a regular file that its group or everybody can read, in folders that they can enter.
    private static func warnOfReaders(_ descriptor: CInt, _ path: String) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_mode & (S_IRGRP | S_IROTH) != 0, let resolved = realpath(path, nil)
        else { return }
        defer { free(resolved) }
        let place = String(cString: resolved)
        guard othersEnter(place), told.withLock({ $0.insert(place).inserted }) else { return }
        observer.withLock { $0 }?("PIN file \(path): other users can read it; chmod 600 would keep them out")
    }

    /// Whether every folder above the file lets its group or everybody in.
    private static func othersEnter(_ path: String) -> Bool {
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            var status = stat()
            guard stat(folder.isEmpty ? "/" : String(folder), &status) == 0,
                status.st_mode & (S_IXGRP | S_IXOTH) != 0
            else { return false }
        }
        return true
    }
}
