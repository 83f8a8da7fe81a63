internal import CPKCS11
internal import Glibc

/// Where a PIN is read from: what RFC 7512 calls a `pin-source`.
public enum PINSource {
    /// No PIN is longer; what holds more is something else.
    static let maximumLength = 1024

    /// Reads a PIN. One newline at its end is dropped.
    ///
    /// - Parameters:
    ///   - source: `file:/run/demo.pin` (or a plain path with a slash in it), `env:NAME`, `fd:N`, `credential:NAME`
    ///     (systemd's), a command as `|/path/to/program arguments` or `command:…`, or a name for which the program has
    ///     registered a callback with p11-kit (`p11_kit_pin_register_callback`).
    ///   - allowingCommands: run a command. Never for a text that may come from anywhere, as a container's name may.
    /// - Throws: `.pinSourceUnreadable`, naming the source and never what it holds.
    public static func read(_ source: String, allowingCommands: Bool = false) throws(PKCS11Error) -> PIN {
        do throws(Fault) {
            return try find(source, allowingCommands)
        } catch {
            throw PKCS11Error(
                .pinSourceUnreadable, function: "PINSource.read", message: "PIN source \(name(source)): \(error.reason)"
            )
        }
    }

    /// The source as errors name it. Of a command only the program: an argument may be a secret. What has no known form
    /// may be a PIN that was put there by mistake, and is not shown.
    package static func name(_ source: String) -> String {
        guard formFault(source) == nil || asks(source) || source == "pin-value" else { return "(not shown)" }
        guard let command = command(source) else { return "\"\(source)\"" }
        let words = command.split(separator: " ", maxSplits: 1)
        guard let program = words.first, !program.contains("=") else { return "\"command:…\"" }
        return "\"command:\(program)\(words.count > 1 ? " …" : "")\""
    }

    /// Why a text is no source by its form, without the text; nil where it may be one.
    package static func formFault(_ source: String) -> String? {
        if asks(source) { return "\(source) is for the command's options only, as in --pin-source \(source)" }
        if source.contains("/") || command(source) != nil { return nil }
        for scheme in ["file:", "env:", "credential:"] where source.hasPrefix(scheme) { return nil }
        if let number = source.dropping(prefix: "fd:"), UInt16(number) != nil { return nil }
        return
            "it takes file:PATH, env:NAME, fd:N, credential:NAME, command:LINE or a path with a slash in it, and never "
            + "the PIN itself"
    }

    /// Whether errors may show the whole text.
    static func isShown(_ source: String) -> Bool {
        asks(source) || formFault(source) == nil && command(source) == nil
    }

    /// What asks a person is no source of the library's.
    private static func asks(_ source: String) -> Bool { source == "prompt" || source == "pinentry" }

    /// Why a source gives no PIN.
    struct Fault: Error {
        let reason: String
        let isEmptiness: Bool

        init(_ reason: String, isEmptiness: Bool = false) {
            self.reason = reason
            self.isEmptiness = isEmptiness
        }

        /// What errno says.
        static var system: Fault { Fault(String(cString: strerror(errno))) }
    }

    private static func find(_ source: String, _ allowingCommands: Bool) throws(Fault) -> PIN {
        // The C library would take the part in front of it for the whole.
        guard !source.utf8.contains(0) else { throw Fault("its name holds a NUL character") }
        if let name = source.dropping(prefix: "env:") {
            guard let value = getenv(name) else { throw Fault("the environment has no variable \(name)") }
            return try pin(UnsafeRawBufferPointer(start: value, count: strnlen(value, maximumLength + 3)))
        }
        if let number = source.dropping(prefix: "fd:"), let descriptor = UInt16(number) {
            return try read(CInt(descriptor))
        }
        if let name = source.dropping(prefix: "credential:") { return try readCredential(name) }
        if let command = command(source) {
            guard allowingCommands else {
                throw Fault(
                    "a command is run for TOKENCSP_TOKEN, the configuration file and --pin-source alone, not for a URI that is a container's name"
                )
            }
            return try run(command)
        }
        if let registered = p11_kit_pin_request(source, nil, "PIN", P11_KIT_PIN_FLAGS_USER_LOGIN) {
            defer { p11_kit_pin_unref(registered) }
            var length = 0
            let value = p11_kit_pin_get_value(registered, &length)
            return try pin(UnsafeRawBufferPointer(start: value, count: length))
        }
        if let fault = formFault(source) { throw Fault(fault) }
        guard let place = source.dropping(prefix: "file:") else { return try readFile(source) }
        return try readFile(try path(place))
    }

    /// What stands behind the bar of RFC 7512 or behind `command:`.
    private static func command(_ source: String) -> String? {
        source.dropping(prefix: "|") ?? source.dropping(prefix: "command:")
    }
}

// MARK: - Bytes

extension PINSource {
    /// Reads to the end.
    ///
    /// - Parameter deadline: where something else than a file is at the other end.
    static func read(_ descriptor: CInt, until deadline: Deadline? = nil) throws(Fault) -> PIN {
        // Room for a line's end, and for one byte too many.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: maximumLength + 3, alignment: 1)
        defer {
            wipe(buffer)
            buffer.deallocate()
        }
        var length = 0
        while length < buffer.count {
            if let deadline { try deadline.wait(for: descriptor) }
            let count = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: length), buffer.count - length)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system }
            if count == 0 { break }
            length += count
        }
        return try pin(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
    }

    private static func pin(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> PIN {
        var end = bytes.count
        if end > 0, bytes[end - 1] == UInt8(ascii: "\n") {
            end -= 1
            if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        }
        guard end > 0 else { throw Fault("it is empty", isEmptiness: true) }
        guard end <= maximumLength else {
            throw Fault("it holds more than \(maximumLength) bytes, which no PIN has")
        }
        guard !bytes[..<end].contains(0) else { throw Fault("it holds a NUL, which no PIN does") }
        return PIN(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    }
}

extension String {
    /// The rest behind `prefix`, or nil where the text does not start with it.
    func dropping(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
