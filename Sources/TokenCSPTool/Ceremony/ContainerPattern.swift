import ArgumentParser

/// The names of a ceremony's containers: a name, which gets "-1", "-2" …, or a pattern with one %d, as `tls-%03d`.
struct ContainerPattern {
    private let head: String
    private let tail: String
    /// Digits, filled up with zeros.
    private let width: Int

    init(_ text: String) throws {
        guard !text.lowercased().hasPrefix("pkcs11:"), !text.hasPrefix("\\") else {
            throw ValidationError("--count takes a plain container name or a pattern such as tls-%03d, and no URI")
        }
        var parts = [""]
        var width = 0
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                parts[parts.count - 1].append(character)
                continue
            }
            if rest.first == "%" {
                parts[parts.count - 1].append("%")
                rest.removeFirst()
                continue
            }
            let digits = rest.prefix { "0123456789".contains($0) }
            rest = rest.dropFirst(digits.count)
            guard rest.popFirst() == "d", digits.isEmpty || digits.hasPrefix("0") && digits.count <= 2 else {
                throw ValidationError(
                    "a pattern's number is written %d, or %03d for three digits; %% is a percent sign")
            }
            guard parts.count == 1 else { throw ValidationError("a pattern has one number: one %d") }
            width = Int(digits) ?? 0
            parts.append("")
        }
        if parts.count == 1 { parts = [parts[0] + "-", ""] }
        (head, tail, self.width) = (parts[0], parts[1], width)
    }

    func name(_ number: Int) -> String {
        let digits = String(number)
        return head + String(repeating: "0", count: max(0, width - digits.count)) + digits + tail
    }
}
