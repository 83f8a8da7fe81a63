internal import CPKCS11
internal import Glibc

/// Where a PIN is read from: what RFC 7512 calls a `pin-source`.
public enum PINSource {
    /// No PIN is longer; a larger file is something else.
    private static let maximumLength = 1024

    /// Reads a PIN. One newline at its end is dropped.
    ///
    /// - Parameter source: `file:/run/demo.pin` (or a plain path), `env:NAME`, `fd:N`, or a name for which the program
    ///   has registered a callback with p11-kit (`p11_kit_pin_register_callback`).
    /// - Throws: `.pinSourceUnreadable`, naming the source.
    public static func read(_ source: String) throws(PKCS11Error) -> PIN {
        if let name = source.dropping(prefix: "env:") {
            guard let value = getenv(name) else { throw unreadable(source, "the environment has no variable \(name)") }
            return try pin(UnsafeRawBufferPointer(start: value, count: strnlen(value, maximumLength + 1)), source)
        }
        if let number = source.dropping(prefix: "fd:") {
            guard let descriptor = CInt(number), descriptor >= 0 else {
                throw unreadable(source, "\"\(number)\" is no file descriptor")
            }
            return try read(descriptor, source)
        }
        if let registered = p11_kit_pin_request(source, nil, "PIN", P11_KIT_PIN_FLAGS_USER_LOGIN) {
            defer { p11_kit_pin_unref(registered) }
            var length = 0
            let value = p11_kit_pin_get_value(registered, &length)
            return try pin(UnsafeRawBufferPointer(start: value, count: length), source)
        }
        let path =
            source.dropping(prefix: "file://").map { $0.hasPrefix("/") ? $0 : "/" + $0 } ?? source.dropping(
                prefix: "file:") ?? source
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw unreadable(source, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        return try read(descriptor, source)
    }

    private static func read(_ descriptor: CInt, _ source: String) throws(PKCS11Error) -> PIN {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: maximumLength + 1, alignment: 1)
        defer {
            wipe(buffer)
            buffer.deallocate()
        }
        var length = 0
        while length < buffer.count {
            let count = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: length), buffer.count - length)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(source, String(cString: strerror(errno))) }
            if count == 0 { break }
            length += count
        }
        return try pin(UnsafeRawBufferPointer(rebasing: buffer[..<length]), source)
    }

    private static func pin(_ bytes: UnsafeRawBufferPointer, _ source: String) throws(PKCS11Error) -> PIN {
        var end = bytes.count
        if end > 0, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
        if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        guard end > 0 else { throw unreadable(source, "it is empty") }
        guard end <= maximumLength else {
            throw unreadable(source, "it holds more than \(maximumLength) bytes, which no PIN has")
        }
        return PIN(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    }

    private static func unreadable(_ source: String, _ reason: String) -> PKCS11Error {
        PKCS11Error(.pinSourceUnreadable, function: "PINSource.read", message: "PIN source \"\(source)\": \(reason)")
    }
}

extension String {
    /// The rest behind `prefix`, or nil where the text does not start with it.
    func dropping(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
