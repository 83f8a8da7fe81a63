import CGnuTLS
import Glibc
import PKCS11
import TokenCSP

/// `--form` of `key import`: what a file with a private key is.
enum PrivateKeyForm: String, CaseIterable {
    case pem, der, pkcs12, blob, wrapped
}

/// A file with a private key, read into memory that is wiped.
struct PrivateKeyFile {
    /// What it holds, once it is open.
    enum Content {
        case key(PrivateKeyInfo, certificates: [UInt8])
        /// PRIVATEKEYBLOB, in the clear or behind its header encrypted.
        case blob(PIN)
        /// For this token's eyes alone.
        case wrapped([UInt8], PublicKey)
    }

    let form: PrivateKeyForm
    private let path: String
    private let bytes: PIN
    private static let limit = 1 << 20

    /// - Parameter form: nil to find out.
    init(_ path: String, _ form: PrivateKeyForm?) throws(ToolError) {
        cgnutls_forbid_core_files()
        self.path = path
        bytes = try Self.read(path)
        guard let form = form ?? bytes.withUnsafeBytes({ Self.form(of: $0) }) else {
            throw ToolError(
                .failure, "\(printable(path)) is no private key in PEM, DER, PKCS#12 or a PRIVATEKEYBLOB")
        }
        self.form = form
    }

    private static func read(_ path: String) throws(ToolError) -> PIN {
        let descriptor = path == "-" ? STDIN_FILENO : Glibc.open(path, O_RDONLY | O_CLOEXEC)
        let name = path == "-" ? "standard input" : printable(path)
        guard descriptor >= 0 else {
            let code = errno
            throw ToolError(code == ENOENT ? .notFound : .failure, "cannot open \(name): \(systemMessage(code))")
        }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        let memory = SecretMemory(byteCount: limit + 1)
        var count = 0
        while count < memory.bytes.count {
            let received = Glibc.read(
                descriptor, memory.bytes.baseAddress?.advanced(by: count), memory.bytes.count - count)
            if received < 0, errno == EINTR { continue }
            guard received >= 0 else { throw ToolError(.failure, "cannot read \(name): \(systemMessage(errno))") }
            if received == 0 { break }
            count += received
        }
        guard count <= limit else { throw ToolError(.failure, "\(name) is too long for a private key") }
        return PIN(UnsafeRawBufferPointer(rebasing: memory.bytes[..<count]))
    }

    private static func form(of bytes: UnsafeRawBufferPointer) -> PrivateKeyForm? {
        if contains("-----BEGIN TOKENCSP WRAPPED KEY-----", bytes) { return .wrapped }
        if contains("PRIVATE KEY-----", bytes) { return .pem }
        if bytes.count > 20, bytes[0] == 7, bytes[1] == 2 || bytes[1] == 3, bytes[2] == 0, bytes[3] == 0 {
            return .blob
        }
        guard bytes.count > 8, bytes[0] == 0x30, let content = content(bytes) else { return nil }
        // PFX has version 3, a private key 0 or 1.
        return bytes[content] == 2 && bytes[content + 1] == 1 && bytes[content + 2] == 3 ? .pkcs12 : .der
    }

    /// Where the content of the outermost element begins, with room for three bytes.
    private static func content(_ der: UnsafeRawBufferPointer) -> Int? {
        let start = der[1] < 0x80 ? 2 : 2 + Int(der[1] & 0x7F)
        return start + 2 < der.count ? start : nil
    }

    private static func contains(_ text: StaticString, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let text = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes.count >= text.count else { return false }
        return (0...bytes.count - text.count).contains { start in
            bytes[start] == text[0] && UnsafeRawBufferPointer(rebasing: bytes[start...]).starts(with: text)
        }
    }

    // MARK: - Opening it

    /// Whether a passphrase is needed as far as the file tells; of a PRIVATEKEYBLOB it does not.
    private var isEncrypted: Bool {
        bytes.withUnsafeBytes { bytes in
            switch form {
            case .pem: Self.contains("ENCRYPTED", bytes)
            // EncryptedPrivateKeyInfo begins with an algorithm, keys in the clear with a version.
            case .der: bytes.count > 8 && Self.content(bytes).map { bytes[$0] == 0x30 } == true
            case .pkcs12, .blob, .wrapped: false
            }
        }
    }

    /// - Parameter passphrase: is called where one is needed.
    func open(_ passphrase: () throws -> PIN) throws -> Content {
        switch form {
        case .blob: return .blob(bytes)
        case .wrapped: return try wrapped()
        case .pem, .der:
            return try read(isEncrypted ? try passphrase() : nil)
        case .pkcs12:
            // Some have an empty one, or none.
            if let content = try? read(PIN([])) { return content }
            return try read(passphrase())
        }
    }

    private func wrapped() throws -> Content {
        let text = bytes.withUnsafeBytes { [UInt8]($0) }
        guard let wrapped = PEM.blocks(in: text).first(where: { $0.label == Self.wrappedLabel }) else {
            throw damaged(nil)
        }
        return .wrapped(wrapped.bytes, try PublicKey(encoded: text))
    }

    /// Behind BEGIN of what `key export --recipient` writes.
    static let wrappedLabel = "TOKENCSP WRAPPED KEY"

    private func read(_ passphrase: PIN?) throws -> Content {
        var contents = cgnutls_contents()
        defer { cgnutls_free(&contents) }
        // With a zero behind it, which C wants.
        let text = passphrase.map { passphrase in
            let text = SecretMemory(byteCount: passphrase.count + 1)
            passphrase.withUnsafeBytes { text.bytes.copyMemory(from: $0) }
            return PIN(UnsafeRawBufferPointer(text.bytes))
        }
        let result = bytes.withUnsafeBytes { bytes in
            func call(_ passphrase: UnsafePointer<CChar>?) -> cgnutls_result {
                form == .pkcs12
                    ? cgnutls_read_pkcs12(bytes.baseAddress, bytes.count, passphrase, &contents)
                    : cgnutls_read_key(bytes.baseAddress, bytes.count, form == .pem ? 1 : 0, passphrase, &contents)
            }
            guard let text else { return call(nil) }
            return text.withUnsafeBytes { call($0.baseAddress?.assumingMemoryBound(to: CChar.self)) }
        }
        switch result {
        case CGNUTLS_OK: break
        case CGNUTLS_WRONG_PASSPHRASE:
            throw ToolError.passphrase("\(printable(path)): the passphrase is wrong, or the file is damaged")
        case CGNUTLS_NO_LIBRARY:
            throw ToolError(.failure, "libgnutls.so.30 is not installed, which reads this file (libgnutls30)")
        default: throw damaged(cgnutls_message().map { String(cString: $0) })
        }
        guard let key = contents.key else {
            throw ToolError(.notFound, "\(printable(path)) holds certificates and no private key")
        }
        let info = try PrivateKeyInfo(UnsafeRawBufferPointer(start: key, count: contents.key_size))
        let certificates = UnsafeRawBufferPointer(start: contents.certificates, count: contents.certificates_size)
        return .key(info, certificates: [UInt8](certificates))
    }

    /// Object identifier 1.3.6.1.4.1.11591.4.11.
    private static let scrypt: [UInt8] = [0x06, 0x09, 0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x04, 0x0B]

    private func damaged(_ reason: String?) -> ToolError {
        var der = bytes.withUnsafeBytes { [UInt8]($0) }
        if form == .pem {
            var blocks = PEM.blocks(in: der)
            wipe(&der)
            der = blocks.first { $0.label.hasSuffix("PRIVATE KEY") }?.bytes ?? []
            for index in blocks.indices { wipe(&blocks[index].bytes) }
        }
        defer { wipe(&der) }
        if let reason = EllipticCurve.unsupported(in: der) {
            return ToolError(.failure, "\(printable(path)): \(reason)")
        }
        let isScrypt = der.indices.contains { der[$0...].starts(with: Self.scrypt) }
        if isScrypt {
            return ToolError(
                .failure,
                "\(printable(path)) is encrypted by scrypt, which GnuTLS lacks: 'openssl pkey -in FILE -aes256 -out NEW' "
                    + "makes a file of it that can be read")
        }
        return ToolError(
            .failure, "\(printable(path)) is no private key, or damaged" + (reason.map { " (GnuTLS: \($0))" } ?? ""))
    }
}
