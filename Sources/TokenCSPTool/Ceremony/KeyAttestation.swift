import TokenCSP

/// A field that is another than the manifest says.
///
/// Keys: `field`, `expected` (absent where the manifest has none), `found` (absent where the token has none).
struct Difference: Encodable, Hashable {
    let field: String
    let expected: String?
    let found: String?

    init(_ field: String, _ expected: String?, _ found: String?) {
        (self.field, self.expected, self.found) = (field, expected, found)
    }
}

extension [Difference] {
    /// Adds a difference where there is one.
    mutating func hold(_ field: String, _ expected: String?, _ found: String?) {
        if expected != found { append(Difference(field, expected, found)) }
    }

    var withoutRepetition: [Difference] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}

/// A key that is on the token and in no run of the manifest.
struct ExtraKey: Encodable {
    let container: String
    let spec: String
    let keySet: Manifest.KeySetName
    let algorithm: String
    let bits: Int
    let id: String
    let uri: String

    init(_ key: KeySummary, _ keySet: Manifest.KeySetName) {
        container = key.container
        spec = key.spec.argument
        self.keySet = keySet
        algorithm = key.algorithm.name
        bits = key.bits
        id = hexadecimal(key.id)
        uri = key.uri
    }
}

/// What became of one key of a manifest.
struct KeyAttestation {
    let container: String
    let spec: String
    let id: String
    var isMissing = false
    var differences: [Difference] = []
    /// Fields that were held against the token.
    var checked = 0
    /// What could not be seen.
    var unchecked: [String] = []

    init(_ key: Manifest.Key) {
        (container, spec, id) = (key.container, key.spec, key.id)
    }

    /// `agrees`, `differs`, `missing`, or `partly checked`.
    var verdict: String {
        if isMissing { return "missing" }
        if !differences.isEmpty { return "differs" }
        return unchecked.isEmpty ? "agrees" : "partly checked"
    }

    /// - Parameter isBlind: private objects are not visible.
    mutating func compare(_ key: Manifest.Key, _ report: KeyReport, isBlind: Bool) {
        differences.hold("algorithm", key.algorithm, report.algorithm.name)
        differences.hold("mechanism", key.mechanism, report.mechanism)
        differences.hold("protection", key.protection, report.protection.name)
        var found: [String: [String: KeyReport.Line]] = [:]
        for line in report.lines { found[line.object, default: [:]][line.attribute] = line }
        for object in ["private", "public"] {
            let expected = key.attributes.filter { $0.object == object }
            if found[object] == nil {
                if object == "private", isBlind {
                    unchecked.append("private half")
                } else if !expected.isEmpty {
                    differences.append(Difference("\(object) key", "on the token", nil))
                }
                continue
            }
            if object == "private" {
                differences.hold("protection_held_by", key.protectionHeldBy, report.protectionHolder?.rawValue)
            }
            compare(object, expected, found[object] ?? [:])
        }
        checked += 8
    }

    /// Both ways: the schema's version says which attributes a manifest has, so one that it lacks was taken out.
    private mutating func compare(
        _ object: String, _ expected: [Manifest.Attribute], _ found: [String: KeyReport.Line]
    ) {
        for line in expected {
            let now = found[line.attribute]
            // What the token does not tell is not read back: it was asked, and the CSP holds it.
            if now == nil, line.onToken == nil { continue }
            checked += 1
            differences.hold("\(object) \(line.attribute)", line.onToken, now?.onToken)
            guard let now, now.onToken == line.onToken else { continue }
            differences.hold("\(object) \(line.attribute) held_by", line.heldBy, now.heldBy.rawValue)
        }
        let named = Set(expected.map(\.attribute))
        for line in found.values.sorted(by: { $0.attribute < $1.attribute }) where !named.contains(line.attribute) {
            differences.append(Difference("\(object) \(line.attribute)", nil, line.onToken))
        }
    }
}

extension KeyAttestation: Encodable {
    private enum CodingKeys: String, CodingKey {
        case container, spec, id, result, differences, checked, unchecked
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(container, forKey: .container)
        try values.encode(spec, forKey: .spec)
        try values.encode(id, forKey: .id)
        try values.encode(verdict, forKey: .result)
        try values.encode(differences, forKey: .differences)
        try values.encode(checked, forKey: .checked)
        try values.encode(unchecked, forKey: .unchecked)
    }
}
