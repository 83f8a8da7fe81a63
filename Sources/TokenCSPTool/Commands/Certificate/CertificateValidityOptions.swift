import ArgumentParser
import FoundationEssentials
import TokenCSP
import TokenCSPCertificates

/// How long a certificate is good.
struct CertificateValidityOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Days that it is good from now on (default: 365).", valueName: "number"))
    var days: Int?

    @Option(
        help: ArgumentHelp("When it begins: 2027-01-31, or 2027-01-31T12:00:00Z (default: now).", valueName: "date"))
    var notBefore: String?

    @Option(help: ArgumentHelp("When it ends, that day included; in place of --days.", valueName: "date"))
    var notAfter: String?

    mutating func validate() throws {
        if days != nil, notAfter != nil { throw ValidationError("--days and --not-after exclude each other") }
        do {
            _ = try validity()
        } catch let error as CSPError {
            throw ValidationError(error.reason)
        }
    }

    func validity() throws -> CertificateValidity {
        let from = try notBefore.map { try Self.date($0, endOfDay: false, "--not-before") } ?? .now
        guard let notAfter else { return try CertificateValidity(days: days ?? 365, from: from) }
        return try CertificateValidity(from: from, to: Self.date(notAfter, endOfDay: true, "--not-after"))
    }

    /// A day, or a moment in UTC.
    private static func date(_ text: String, endOfDay: Bool, _ option: String) throws -> Date {
        let isDay = text.utf8.count == 10
        let whole = isDay ? text + (endOfDay ? "T23:59:59Z" : "T00:00:00Z") : text
        // Told again, because what parses it forgives much.
        guard let date = try? Date(whole, strategy: .iso8601), date.formatted(.iso8601) == whole else {
            throw ValidationError(
                "\(option) \"\(printable(text))\": a date is 2027-01-31, or 2027-01-31T12:00:00Z in UTC")
        }
        return date
    }
}
