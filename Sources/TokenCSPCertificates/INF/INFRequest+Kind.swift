internal import FoundationEssentials
internal import TokenCSP

extension INFRequest {
    /// RequestType, how long a certificate is good, and the hash.
    mutating func readKind(_ settings: inout INFSettings, _ now: Date) throws(CSPError) {
        try readHash(&settings)
        let isCertificate = try readType(&settings)
        let keys = ["ValidityPeriod", "ValidityPeriodUnits", "NotBefore", "NotAfter"]
        let (period, units) = (settings.take(keys[0]), settings.take(keys[1]))
        let (first, last) = (settings.take(keys[2]), settings.take(keys[3]))
        guard isCertificate else {
            if let entry = period ?? units ?? first ?? last {
                throw entry.fault(
                    "\(entry.key) is for RequestType = Cert: how long a requested certificate is good, the CA says")
            }
            return
        }
        let from = try first.map { entry throws(CSPError) in try INFDate.parse(entry) } ?? now
        do throws(CSPError) {
            if let last {
                if let entry = period ?? units { throw entry.fault("\(entry.key) and NotAfter exclude each other") }
                kind = .certificate(try CertificateValidity(from: from, to: try INFDate.parse(last)))
            } else {
                let end = try INFDate.end(from, period, units)
                kind = .certificate(try CertificateValidity(from: from, to: end.addingTimeInterval(-1)))
            }
        } catch {
            // The dates' own faults have a line already.
            guard !error.reason.hasPrefix("line ") else { throw error }
            throw (last ?? period ?? units ?? first)?.fault(error.reason) ?? error
        }
    }

    private func readType(_ settings: inout INFSettings) throws(CSPError) -> Bool {
        guard let entry = settings.take("RequestType") else { return false }
        switch entry.value.lowercased() {
        case "pkcs10", "1", "0x1": return false
        case "cert", "4", "0x4": return true
        case "pkcs7", "2", "0x2", "cmc", "3", "0x3", "scep", "fd00", "0xfd00", "64768":
            throw entry.fault(
                "requests of the type \(entry.value) are not made: give PKCS10, which every CA takes, or Cert")
        default: throw entry.fault("RequestType is PKCS10 or Cert, and not \"\(shown(entry.value))\"")
        }
    }

    private mutating func readHash(_ settings: inout INFSettings) throws(CSPError) {
        if let alternate = try settings.flag("AlternateSignatureAlgorithm"), alternate.value {
            throw alternate.entry.fault(
                "signatures are PKCS #1 v1.5 and plain ECDSA: give AlternateSignatureAlgorithm = FALSE")
        }
        guard let entry = settings.take("HashAlgorithm") else { return }
        switch entry.value.lowercased().filter({ $0 != "-" && $0 != "_" }) {
        case "sha256": options.hash = .sha256
        case "sha384": options.hash = .sha384
        case "sha512": options.hash = .sha512
        case "sha1":
            guard curve == nil else {
                throw entry.fault("ECDSA keys do not sign with SHA-1: give sha256, sha384 or sha512")
            }
            options.hash = .sha1
            notes.append("line \(entry.line): SHA-1, which CAs and browsers refuse; sha256 is the one to take")
        case "md5", "md4", "md2":
            throw entry.fault("\(entry.value) is broken and not signed with: give sha256, sha384 or sha512")
        default: throw entry.fault("HashAlgorithm is sha256, sha384, sha512 or sha1, and not \"\(shown(entry.value))\"")
        }
    }
}

/// Dates and periods of an INF file. Times are UTC.
enum INFDate {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// `7/24/2012 10:31 AM` (month first, as in Microsoft's examples), `2012-07-24 10:31`, `24 July 2012`, `July 24, 2012`.
    static func parse(_ entry: INFFile.Entry) throws(CSPError) -> Date {
        let fault = entry.fault(
            "\(entry.key) is a date such as 7/24/2012 10:31 AM (month first) or 2012-07-24 10:31, and not \"\(shown(entry.value))\""
        )
        var words = entry.value.uppercased().split { " ,T".contains($0) && !($0 == "T" && !entry.value.contains("-")) }
            .map(String.init)
        if words.last == "Z" { words.removeLast() }
        if let last = words.last, last.hasSuffix("Z"), last.first?.isNumber == true {
            words[words.count - 1] = String(last.dropLast())
        }
        var seconds = 0
        if let time = words.firstIndex(where: { $0.contains(":") }) {
            let half = words.index(after: time) < words.count ? words[time + 1] : nil
            guard let parsed = Self.seconds(words[time], half), words.count <= time + (half == nil ? 1 : 2) else {
                throw fault
            }
            seconds = parsed
            words.removeSubrange(time...)
        }
        guard let day = day(words) else { throw fault }
        return Date(timeIntervalSince1970: Double(day) * 86_400 + Double(seconds))
    }

    private static func seconds(_ time: String, _ half: String?) -> Int? {
        let parts = time.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard (2...3).contains(parts.count), (0...23).contains(parts[0]), (0...59).contains(parts[1]),
            parts.count == 2 || (0...59).contains(parts[2])
        else { return nil }
        var hour = parts[0]
        switch half {
        case nil: break
        case "AM", "PM":
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (half == "PM" ? 12 : 0)
        default: return nil
        }
        return hour * 3600 + parts[1] * 60 + (parts.count == 3 ? parts[2] : 0)
    }

    /// Days since 1970.
    private static func day(_ words: [String]) -> Int? {
        if words.count == 1 {
            for (separator, order) in [("/", [2, 0, 1]), ("-", [0, 1, 2])] {
                let parts = words[0].split(separator: separator, omittingEmptySubsequences: false)
                guard parts.count == 3 else { continue }
                let numbers = parts.map { $0.allSatisfy { $0.isASCII && $0.isNumber } ? Int($0) ?? -1 : -1 }
                return days(numbers[order[0]], numbers[order[1]], numbers[order[2]])
            }
            return nil
        }
        guard words.count == 3, let year = Int(words[2]),
            let word = words.prefix(2).firstIndex(where: { $0.first?.isLetter == true && $0.count >= 3 }),
            let month = months.firstIndex(of: words[word].prefix(3).lowercased()), let day = Int(words[1 - word])
        else { return nil }
        return days(year, month + 1, day)
    }

    /// Days since 1970 of a day in the Gregorian calendar; nil for one that there is not.
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int? {
        guard (1950...9999).contains(year), (1...12).contains(month), (1...length(year, month)).contains(day) else {
            return nil
        }
        let past = year - 1
        var days = past * 365 + past / 4 - past / 100 + past / 400 - 719_162
        for earlier in 1..<max(month, 1) { days += length(year, earlier) }
        return days + day - 1
    }

    private static func length(_ year: Int, _ month: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// The end of a period; one year where none is said, as certreq has it.
    static func end(_ from: Date, _ period: INFFile.Entry?, _ units: INFFile.Entry?) throws(CSPError) -> Date {
        var count = 1
        if let units {
            guard let number = units.number, (1...1_000_000_000).contains(number) else {
                throw units.fault("ValidityPeriodUnits is a number from 1 on, and not \"\(shown(units.value))\"")
            }
            count = Int(number)
        }
        switch period?.value.lowercased() {
        case "seconds": return from.addingTimeInterval(Double(count))
        case "minutes": return from.addingTimeInterval(Double(count) * 60)
        case "hours": return from.addingTimeInterval(Double(count) * 3600)
        case "days": return from.addingTimeInterval(Double(count) * 86_400)
        case "weeks": return from.addingTimeInterval(Double(count) * 7 * 86_400)
        case "months": return try adding(months: count, to: from, period ?? units)
        case nil, "years":
            guard count <= 10_000 else { break }
            return try adding(months: count * 12, to: from, period ?? units)
        default: break
        }
        guard let entry = period, count <= 10_000 else {
            throw units?.fault("that is more than 8000 years") ?? CSPError(.invalidParameter, "no period")
        }
        throw entry.fault(
            "ValidityPeriod is Years, Months, Weeks, Days, Hours, Minutes or Seconds, and not \"\(shown(entry.value))\""
        )
    }

    /// By the calendar: a month from January 31 is February's last day.
    private static func adding(months: Int, to date: Date, _ entry: INFFile.Entry?) throws(CSPError) -> Date {
        let seconds = date.timeIntervalSince1970
        var day = Int((seconds / 86_400).rounded(.down))
        let rest = seconds - Double(day) * 86_400
        var (year, month) = (1950, 1)
        day += 7305
        while day >= length(year, month), year < 9999 {
            day -= length(year, month)
            (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
        }
        let total = month - 1 + months
        (year, month) = (year + total / 12, total % 12 + 1)
        guard day >= 0, year <= 9999, let end = days(year, month, min(day + 1, length(year, month))) else {
            throw entry?.fault("a certificate is good until the year 9999 at most")
                ?? CSPError(.invalidParameter, "a certificate is good until the year 9999 at most")
        }
        return Date(timeIntervalSince1970: Double(end) * 86_400 + rest)
    }
}
