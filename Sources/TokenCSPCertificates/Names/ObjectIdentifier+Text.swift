public import SwiftASN1
public import TokenCSP

extension ASN1ObjectIdentifier {
    /// An object identifier from its dotted form, `2.5.29.17`.
    ///
    /// - Throws: ERROR_INVALID_PARAMETER, naming what is wrong.
    public init(dotted text: String) throws(CSPError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        var numbers: [UInt] = []
        for part in parts {
            // swift-asn1 would add up and multiply what a stranger wrote.
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), part.count == 1 || part.first != "0",
                let number = UInt(part), number <= UInt(UInt32.max)
            else { throw Self.malformed(text) }
            numbers.append(number)
        }
        guard numbers.count >= 2, numbers[0] <= 2, numbers[0] == 2 || numbers[1] < 40, numbers.count <= 64 else {
            throw Self.malformed(text)
        }
        self = try certifying(.invalidParameter, "object identifier \"\(text)\"") {
            try ASN1ObjectIdentifier(elements: numbers)
        }
    }

    private static func malformed(_ text: String) -> CSPError {
        CSPError(.invalidParameter, "\"\(text)\" is no object identifier; one looks like 1.3.6.1.5.5.7.3.1")
    }

    /// Whether a text is meant as one, and not as a name.
    static func isMeant(by text: some StringProtocol) -> Bool {
        text.utf8.first.map { (0x30...0x39).contains($0) } ?? false
    }
}
