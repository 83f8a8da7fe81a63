public import FoundationEssentials
public import TokenCSP

/// From when to when a certificate is good, in whole seconds.
public struct CertificateValidity: Sendable, Hashable {
    /// The first second.
    public let from: Date
    /// The last second.
    public let to: Date

    /// - Throws: ERROR_INVALID_PARAMETER where the end is before the beginning, and beyond the years 1950 to 9999.
    public init(from: Date, to: Date) throws(CSPError) {
        // RFC 5280, section 4.1.2.5: the first UTCTime, the last GeneralizedTime.
        let possible = Date(timeIntervalSince1970: -631_152_000)...Date(timeIntervalSince1970: 253_402_300_799)
        guard possible.contains(from), possible.contains(to) else {
            throw CSPError(.invalidParameter, "a certificate is good within the years 1950 to 9999")
        }
        self.from = Date(timeIntervalSince1970: from.timeIntervalSince1970.rounded(.down))
        self.to = Date(timeIntervalSince1970: to.timeIntervalSince1970.rounded(.down))
        guard self.from <= self.to else {
            throw CSPError(.invalidParameter, "a certificate cannot end before it begins")
        }
    }

    /// From now on.
    ///
    /// - Parameter days: of 24 hours, one at least.
    /// - Throws: ERROR_INVALID_PARAMETER.
    public init(days: Int, from: Date = .now) throws(CSPError) {
        guard (1...3_000_000).contains(days) else {
            throw CSPError(.invalidParameter, "a validity of \(days) days: 1 and more are possible")
        }
        try self.init(from: from, to: from.addingTimeInterval(Double(days) * 86_400 - 1))
    }
}
