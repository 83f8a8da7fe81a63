internal import CPKCS11
internal import Glibc

/// A PKCS#11 URI (RFC 7512), parsed and written by p11-kit.
public final class TokenURI: @unchecked Sendable {
    // Unchecked: changed in the initializers only.
    private let uri: OpaquePointer
    /// The text that was parsed, without a `pin-value`, and without a `pin-source` that may be a PIN.
    public let text: String

    /// - Throws: `.invalidURI`, naming the text and p11-kit's reason.
    public convenience init(_ text: String) throws(PKCS11Error) {
        // p11-kit takes a C string: a NUL would silently cut the rest off.
        guard !text.utf8.contains(0) else {
            throw PKCS11Error(
                .invalidURI, function: "p11_kit_uri_parse", message: "the token URI contains a NUL character")
        }
        // p11-kit drops them, and another file or command than the one that was written would be used.
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw PKCS11Error(
                .invalidURI, function: "p11_kit_uri_parse",
                message:
                    "\"\(Self.redacted(text))\" holds a blank or a control character: a PKCS#11 URI writes a blank "
                    + "as %20")
        }
        let uri = try Self.new()
        let result = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri)
        guard result == CInt(P11_KIT_URI_OK.rawValue) else {
            p11_kit_uri_free(uri)
            throw PKCS11Error(
                .invalidURI,
                function: "p11_kit_uri_parse",
                message: "\"\(Self.redacted(text))\" is no PKCS#11 URI (RFC 7512): \(Self.message(result))"
            )
        }
        // p11-kit would let such a URI stand and match nothing, or as if the attribute were not there.
        // A PIN in front of the question mark would be part of a label, and shown.
        let path = String(decoding: text.utf8.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
        guard p11_kit_uri_any_unrecognized(uri) == 0, !Self.hidesNUL(text), Self.redacted(path) == path else {
            p11_kit_uri_free(uri)
            throw PKCS11Error(
                .invalidURI,
                function: "p11_kit_uri_parse",
                message: "\"\(Self.redacted(text))\" has an attribute that is unknown, too long, contains %00, or is a "
                    + "pin-value in front of the question mark"
            )
        }
        self.init(owning: uri, text: Self.redacted(text))
    }

    /// The URI that names a token, and its module by path.
    public convenience init(token: TokenInfo, modulePath: String) throws(PKCS11Error) {
        let uri = try Self.new()
        if let info = p11_kit_uri_get_token_info(uri) {
            Self.fill(&info.pointee.label, token.label)
            Self.fill(&info.pointee.manufacturerID, token.manufacturer)
            Self.fill(&info.pointee.model, token.model)
            Self.fill(&info.pointee.serialNumber, token.serial)
        }
        p11_kit_uri_set_module_path(uri, modulePath)
        self.init(owning: uri, text: Self.format(uri))
    }

    private init(owning uri: OpaquePointer, text: String) {
        self.uri = uri
        self.text = text
    }

    deinit {
        p11_kit_uri_free(uri)
    }

    private static func new() throws(PKCS11Error) -> OpaquePointer {
        guard let uri = p11_kit_uri_new() else { throw .returned(.hostMemory, "p11_kit_uri_new") }
        return uri
    }
}

// MARK: - What it names

extension TokenURI {
    public var modulePath: String? { string(p11_kit_uri_get_module_path(uri)) }
    public var moduleName: String? { string(p11_kit_uri_get_module_name(uri)) }
    public var pinSource: String? { string(p11_kit_uri_get_pin_source(uri)) }
    /// The PIN itself, where somebody wrote it into the URI.
    public var pinValue: PIN? {
        // Not by way of a String, which would repair bytes that are no UTF-8.
        p11_kit_uri_get_pin_value(uri).map { PIN(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }

    /// CKA_LABEL of the object, where the URI names one.
    public var objectLabel: String? {
        attribute(CKA_LABEL).map { String(decoding: $0, as: UTF8.self) }
    }

    /// CKA_ID of the object.
    public var objectID: [UInt8]? { attribute(CKA_ID) }

    /// Whether the URI says which module.
    public var namesModule: Bool { modulePath != nil || moduleName != nil }

    /// Whether the URI says anything of a token: label, manufacturer, model or serial number.
    public var namesToken: Bool {
        guard let info = p11_kit_uri_get_token_info(uri) else { return false }
        return info.pointee.label.0 != 0 || info.pointee.manufacturerID.0 != 0 || info.pointee.model.0 != 0
            || info.pointee.serialNumber.0 != 0
    }

    /// Whether the token in this slot is one that the URI means.
    public func matches(_ slot: Slot) throws(PKCS11Error) -> Bool {
        try matches(slot) { () throws(PKCS11Error) in try SeenPlace(slot) }
    }

    func matches(_ slot: Slot, _ look: () throws(PKCS11Error) -> SeenPlace) throws(PKCS11Error) -> Bool {
        // p11-kit compares what modules and tokens tell of themselves, and leaves the query part to us.
        if let modulePath, modulePath != slot.module.path, realPath(modulePath) != realPath(slot.module.path) {
            return false
        }
        let seen = try look()
        var token = seen.token
        var place = seen.slot
        var module = try slot.module.ownInfo()
        // The TPM pads with NULs where the specification, and p11-kit, want blanks.
        Self.blankPad(&token.label)
        Self.blankPad(&token.manufacturerID)
        Self.blankPad(&token.model)
        Self.blankPad(&token.serialNumber)
        return p11_kit_uri_match_token_info(uri, &token) != 0
            && p11_kit_uri_match_module_info(uri, &module) != 0
            && p11_kit_uri_match_slot_info(uri, &place) != 0
            && (p11_kit_uri_get_slot_id(uri) == CK_SLOT_ID.max || p11_kit_uri_get_slot_id(uri) == slot.id)
    }

    private func attribute(_ type: UInt) -> [UInt8]? {
        guard let attribute = p11_kit_uri_get_attribute(uri, type), let value = attribute.pointee.pValue else {
            return nil
        }
        return [UInt8](UnsafeRawBufferPointer(start: value, count: Int(clamping: attribute.pointee.ulValueLen)))
    }

    private func string(_ text: UnsafePointer<CChar>?) -> String? {
        text.map { String(cString: $0) }
    }
}

// MARK: - Writing

extension TokenURI {
    /// The URI of an object on a token: token, `id`, `object` and, where given, its class and the module's path.
    public static func object(
        on token: TokenInfo, label: String, id: [UInt8], objectClass: ObjectClass? = nil, modulePath: String? = nil
    ) throws(PKCS11Error) -> String {
        let whole = try TokenURI(token: token, modulePath: modulePath ?? "")
        if modulePath == nil { p11_kit_uri_set_module_path(whole.uri, nil) }
        let identity =
            [Attribute(.label, label), Attribute(.id, bytes: id)] + (objectClass.map { [Attribute($0)] } ?? [])
        for attribute in identity where !attribute.bytes.isEmpty {
            _ = [attribute].withUnsafeAttributes { pointer, _ in p11_kit_uri_set_attribute(whole.uri, pointer) }
        }
        return format(whole.uri)
    }

    /// The URIs of many objects on one token: p11-kit writes the token's part once.
    public struct Objects: Sendable {
        private let token: [UInt8]

        public init(on token: TokenInfo) throws(PKCS11Error) {
            self.token = Array(try TokenURI.object(on: token, label: "", id: []).utf8)
        }

        /// As `object(on:label:id:)` answers it.
        public func uri(label: String, id: [UInt8]) -> String {
            var text = token
            // As many bytes at most as there will be: a list has one of these a key.
            text.reserveCapacity(token.count + 16 + 3 * (id.count + label.utf8.count))
            func add(_ name: StaticString, _ bytes: some Collection<UInt8>, plain: Bool) {
                guard !bytes.isEmpty else { return }
                if text.last != UInt8(ascii: ":") { text.append(UInt8(ascii: ";")) }
                name.withUTF8Buffer { text.append(contentsOf: $0) }
                for byte in bytes {
                    if plain, TokenURI.isUnreserved(byte) {
                        text.append(byte)
                    } else {
                        text.append(UInt8(ascii: "%"))
                        text.append(TokenURI.digit(byte >> 4))
                        text.append(TokenURI.digit(byte & 0xF))
                    }
                }
            }
            add("id=", id, plain: false)
            add("object=", label.utf8, plain: true)
            return String(decoding: text, as: UTF8.self)
        }
    }

    /// A hexadecimal digit of a number below 16.
    fileprivate static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "A") &+ (value &- 10)
    }

    /// What p11-kit writes as it is.
    fileprivate static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func format(_ uri: OpaquePointer) -> String {
        var text: UnsafeMutablePointer<CChar>?
        guard p11_kit_uri_format(uri, P11_KIT_URI_FOR_ANY, &text) == CInt(P11_KIT_URI_OK.rawValue), let text else {
            return ""
        }
        defer { free(text) }
        return String(cString: text)
    }

    private static func message(_ result: CInt) -> String {
        guard let text = p11_kit_uri_message(result) else { return "malformed" }
        return String(cString: text)
    }

    /// The text without the value of any `pin-value`, fit for messages; also where the text is malformed. A `pin-source`
    /// stays where it has the form of one and is no command, in whose arguments a secret may stand.
    private static func redacted(_ text: String) -> String {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let sign = rest.firstIndex(of: UInt8(ascii: "=")) {
            result += rest[...sign]
            let start = rest[..<sign].lastIndex(where: isSeparator).map { $0 + 1 } ?? rest.startIndex
            // p11-kit drops blanks in a key, and a key that it does not know goes into the error.
            let key = percentDecoded(rest[start..<sign]).lowercased().filter { !$0.isWhitespace }
            rest = rest[(sign + 1)...]
            guard has(key.utf8, "pin") else { continue }
            if !has(key.utf8, "value") {
                guard has(key.utf8, "source") else { continue }
                let value = percentDecoded(rest.prefix { $0 != UInt8(ascii: "&") })
                if PINSource.isShown(value) { continue }
            }
            result += Array("…".utf8)
            // A PIN may hold a question mark; only this ends it.
            rest = rest[(rest.firstIndex(of: UInt8(ascii: "&")) ?? rest.endIndex)...]
        }
        return String(decoding: result + rest, as: UTF8.self)
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "&") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "?")
    }

    /// Whether the text occurs in the bytes. (The standard library's own search takes microseconds to begin.)
    private static func has(_ bytes: some Sequence<UInt8>, _ text: StaticString) -> Bool {
        let (bytes, text) = (Array(bytes), UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        return bytes.indices.contains { bytes[$0...].starts(with: text) }
    }

    /// Whether a value other than `id`, which is binary, contains an encoded NUL: it would silently end there.
    private static func hidesNUL(_ text: String) -> Bool {
        text.utf8.dropFirst("pkcs11:".utf8.count).split(whereSeparator: isSeparator).contains { attribute in
            has(attribute, "%00") && !attribute.starts(with: "id=".utf8)
        }
    }

    private static func fill<Field>(_ field: inout Field, _ text: String) {
        withUnsafeMutableBytes(of: &field) { bytes in
            bytes.copyBytes(from: text.utf8.prefix(bytes.count))
            for index in min(text.utf8.count, bytes.count)..<bytes.count { bytes[index] = UInt8(ascii: " ") }
        }
    }

    private static func blankPad<Field>(_ field: inout Field) {
        withUnsafeMutableBytes(of: &field) { bytes in
            var index = bytes.count
            while index > 0, bytes[index - 1] == 0 {
                index -= 1
                bytes[index] = UInt8(ascii: " ")
            }
        }
    }
}

/// The text with %XX read: a key may hide in that form.
private func percentDecoded(_ text: ArraySlice<UInt8>) -> String {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        if byte == UInt8(ascii: "%"), let value = UInt8(digits, radix: 16), digits.utf8.count == 2 {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
