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
        throw CSPError(code, "\(subject): \(error)")
    }
}
