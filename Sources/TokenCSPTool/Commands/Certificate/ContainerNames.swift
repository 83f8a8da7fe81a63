/// A container's name in the names of a request: `CN={container}.example.com`.
struct ContainerNames {
    static let placeholder = "{container}"

    private let container: String?

    /// - Parameter container: nil where the placeholder stands for itself.
    init(_ container: String?) {
        self.container = container
    }

    /// Within a distinguished name: whatever the container is called, it is a part of one value.
    func inSubject(_ text: String) -> String {
        guard let container else { return text }
        return text.replacing(Self.placeholder, with: Self.escaped(container))
    }

    /// Within `dns:…` and such, `dn:…` among them.
    func inAlternativeName(_ text: String) -> String {
        guard let container else { return text }
        if text.lowercased().hasPrefix("dn:") { return inSubject(text) }
        return text.replacing(Self.placeholder, with: container)
    }

    /// RFC 4514, section 2.4: any byte can be written \HH.
    private static func escaped(_ name: String) -> String {
        var result = ""
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "\\" + hexadecimal([byte])
            }
        }
        return result
    }
}
