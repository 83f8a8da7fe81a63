import ArgumentParser
import PKCS11

/// The few things that the command itself must know about a PKCS#11 URI (RFC 7512). The library parses it.
struct PKCS11URI {
    private let path: Substring
    private let query: [Substring]

    init(_ text: String) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first ?? ""
        query = parts.count > 1 ? parts[1].split(separator: "&") : []
    }

    /// Whether a PIN stands in the URI, wherever the parser finds it; a malformed URI that may hold one counts.
    static func hasPINValue(_ text: String) -> Bool {
        if let uri = try? TokenURI(text) { return uri.pinValue != nil }
        let plain = text.lowercased()
        return plain.contains("pin") && plain.contains("value")
    }

    /// Refuses a `pin-source` that is none: it may be a PIN given by mistake, and is not shown.
    static func validatePINSource(_ text: String) throws {
        guard let source = (try? TokenURI(text))?.pinSource, let fault = PINSource.formFault(source) else { return }
        throw ValidationError("pin-source in a URI: \(fault)")
    }

    /// Whether a container's name is a URI with a key's id.
    static func namesKey(_ container: String?) -> Bool {
        guard let container, container.lowercased().hasPrefix("pkcs11:") else { return false }
        return (try? TokenURI(container))?.objectID != nil
    }

    /// The URI of any token of the same module.
    var removingToken: String { query.isEmpty ? "pkcs11:" : "pkcs11:?" + query.joined(separator: "&") }

    var removingPINSource: String {
        let kept = query.filter { !$0.hasPrefix("pin-source=") && !$0.hasPrefix("pin-value=") }
        return kept.isEmpty ? String(path) : path + "?" + kept.joined(separator: "&")
    }
}
