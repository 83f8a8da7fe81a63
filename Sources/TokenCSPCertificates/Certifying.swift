internal import SwiftASN1
internal import TokenCSP

/// Runs work of swift-certificates and answers its failures in this package's terms.
///
/// - Parameters:
///   - code: what a failure of theirs is.
///   - subject: what they failed at.
func certifying<R>(_ code: ErrorCode, _ subject: String, _ work: () throws -> R) throws(CSPError) -> R {
    do {
        return try work()
    } catch let error as CSPError {
        // The token's, on its way through their code.
        throw error
    } catch {
        throw CSPError(code, "\(subject): \(words(for: error))")
    }
}

/// What their error says, without the name of its type and the line of their source.
private func words(for error: any Error) -> String {
    switch (error as? ASN1Error)?.code {
    case .truncatedASN1Field?: return "it is cut off"
    case .unexpectedFieldType?: return "a part of it is of another kind than has its place there"
    case .unsupportedFieldLength?: return "a length in it cannot be"
    default: break
    }
    // "ASN1Error.invalidASN1Object: reason SwiftASN1/DER.swift:12"
    let text = "\(error)"
    let parts = text.split(separator: ": ", maxSplits: 1)
    guard parts.count == 2, parts[0].contains("Error."), let place = parts[1].lastIndex(of: " "),
        parts[1][place...].contains(".swift:")
    else { return text }
    return parts[1][..<place].isEmpty ? "it is damaged" : String(parts[1][..<place])
}
