internal import CWinCrypt
internal import TokenCSP

// The A functions speak UTF-8, the W functions UTF-16.

/// No string that a function takes is near this long: a scan for the NUL ends here.
private let longestString = 32768

/// The caller's UTF-8 string; nil stays nil, and what is not UTF-8 is refused with `code`.
func string(_ pointer: LPCSTR?, refusing code: ErrorCode) throws(CSPError) -> String? {
    guard let pointer else { return nil }
    let bytes = UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt8.self)
    return try decoded(bytes, as: UTF8.self, refusing: code)
}

/// The caller's UTF-16 string; nil stays nil, and an unpaired surrogate is refused with `code`.
func string(_ pointer: LPCWSTR?, refusing code: ErrorCode) throws(CSPError) -> String? {
    guard let pointer else { return nil }
    return try decoded(pointer, as: UTF16.self, refusing: code)
}

private func decoded<Encoding: Unicode.Encoding>(
    _ start: UnsafePointer<Encoding.CodeUnit>, as encoding: Encoding.Type, refusing code: ErrorCode
) throws(CSPError) -> String {
    var length = 0
    while length < longestString, start[length] != 0 { length += 1 }
    guard length < longestString else {
        throw CSPError(code, "A string does not end within \(longestString) characters.")
    }
    guard let string = String(validating: UnsafeBufferPointer(start: start, count: length), as: encoding) else {
        throw CSPError(code, "A string is not valid \(encoding == UTF8.self ? "UTF-8" : "UTF-16").")
    }
    return string
}

/// Where a caller wants a name: a buffer, its size in bytes and, by its type, the encoding. NULL asks for the size.
struct NameBuffer {
    private let data: UnsafeMutablePointer<UInt8>?
    private let length: UnsafeMutablePointer<DWORD>?
    private let isWide: Bool

    init(_ name: LPSTR?, _ length: UnsafeMutablePointer<DWORD>?) {
        data = name.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt8.self) }
        self.length = length
        isWide = false
    }

    init(_ name: LPWSTR?, _ length: UnsafeMutablePointer<DWORD>?) {
        data = name.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt8.self) }
        self.length = length
        isWide = true
    }

    /// Stores the name with its NUL. The length counts bytes in both encodings.
    func deliver(_ name: String) throws(CSPError) {
        try withLength(length) { (length) throws(CSPError) in
            try TokenCSP.deliver(isWide ? wideBytes(name) : Array(name.utf8) + [0], data: data, length: &length)
        }
    }

    private func wideBytes(_ name: String) -> [UInt8] {
        (Array(name.utf16) + [0]).flatMap { unit in withUnsafeBytes(of: unit) { Array($0) } }
    }
}
