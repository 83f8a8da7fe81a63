internal import Glibc
internal import PKCS11

/// The lines of the Assuan protocol, which pinentries speak: percent-encoded, of at most 1000 bytes.
enum AssuanText {
    static let longestLine = 1000

    /// A command with its text, without the line's end. A text that does not fit is cut, and ends in "…".
    static func line(_ command: String, _ text: String) -> [UInt8] {
        let limit = longestLine - 8
        var line = Array(command.utf8) + [UInt8(ascii: " ")]
        for scalar in text.unicodeScalars {
            let encoded = encode(scalar)
            guard line.count + encoded.count <= limit else {
                return line + Array("…".utf8)
            }
            line += encoded
        }
        return line
    }

    private static func encode(_ scalar: Unicode.Scalar) -> [UInt8] {
        guard scalar.value < 0x20 || scalar == "%" || scalar.value == 0x7F else { return Array(String(scalar).utf8) }
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "%"), digits[Int(scalar.value >> 4)], digits[Int(scalar.value & 15)]]
    }

    /// Appends what stands percent-encoded in `bytes`. False for a wrong encoding and where it is too long.
    static func decode(_ bytes: some Collection<UInt8>, into buffer: SecretBuffer) -> Bool {
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            var value = byte
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return false
                }
                value = high << 4 | low
            }
            guard buffer.append(value) else { return false }
        }
        return true
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

/// What a pinentry answers, a line at a time.
enum AssuanReply {
    case ok
    /// The code's low 16 bits, which say what, without who says it.
    case error(code: Int, words: String)
    case data
    /// S NAME.
    case status(String)
    case comment

    /// Nil for what is none. The data of a D line go to `data`.
    init?(_ line: UnsafeRawBufferPointer, data: SecretBuffer) {
        guard line.first != UInt8(ascii: "#"), !line.isEmpty else {
            self = .comment
            return
        }
        let end = line.firstIndex(of: UInt8(ascii: " ")) ?? line.endIndex
        let rest = line[end...].dropFirst()
        switch String(decoding: line[..<end], as: UTF8.self) {
        case "OK": self = .ok
        case "D":
            guard AssuanText.decode(rest, into: data) else { return nil }
            self = .data
        case "S":
            self = .status(String(decoding: rest.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
        case "ERR":
            let text = String(decoding: rest, as: UTF8.self)
            guard let code = Int(text.prefix { $0 != " " }), code >= 0 else { return nil }
            let words = SecretBuffer(capacity: AssuanText.longestLine)
            _ = AssuanText.decode(text.drop { $0 != " " }.dropFirst().utf8, into: words)
            self = .error(code: code & 0xFFFF, words: words.text)
        default: return nil
        }
    }
}
