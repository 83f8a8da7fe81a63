internal import PKCS11

/// The public data object that says what a label cannot: that a container exists while it is empty, and which pair is
/// current while another replaces it. It goes as soon as the keys speak for themselves.
///
/// Its value is text: a line `TokenCSP 1`, `kind dss` or `kind curve` where it is no RSA provider's, then `current ID` in hexadecimal for each pair that is being replaced.
struct ContainerRecord {
    static let application = "TokenCSP"
    private static let firstLine = "TokenCSP 1"

    var kind = ContainerKind.rsa
    /// The pairs that stay valid until this record is removed.
    var current: [KeyIdentifier] = []
    let label: String

    init(label: String, kind: ContainerKind, current: [KeyIdentifier] = []) {
        self.label = label
        self.kind = kind
        self.current = current
    }

    init?(_ value: [UInt8], label: String) {
        self.label = label
        let lines = String(decoding: value, as: UTF8.self).split(separator: "\n")
        guard lines.first == Substring(Self.firstLine) else { return nil }
        for line in lines.dropFirst() {
            if line.hasPrefix("kind ") { kind = ContainerKind(rawValue: String(line.dropFirst(5))) ?? .rsa }
            guard line.hasPrefix("current "), let id = Self.bytes(line.dropFirst(8)).flatMap({ KeyIdentifier($0) })
            else { continue }
            current.append(id)
        }
    }

    var template: Template {
        let text =
            ([Self.firstLine] + (kind == .rsa ? [] : ["kind " + kind.rawValue])
            + current.map { "current " + hexadecimal($0.bytes) }).joined(separator: "\n") + "\n"
        return [
            Attribute(.data), Attribute(.token, true), Attribute(.isPrivate, false), Attribute(.label, label),
            Attribute(.application, Self.application), Attribute(.value, text),
        ]
    }

    private static func bytes(_ digits: Substring) -> [UInt8]? {
        let nibbles = digits.compactMap(\.hexDigitValue)
        guard nibbles.count == digits.count, nibbles.count % 2 == 0 else { return nil }
        return stride(from: 0, to: nibbles.count, by: 2).map { UInt8(nibbles[$0] << 4 | nibbles[$0 + 1]) }
    }
}
