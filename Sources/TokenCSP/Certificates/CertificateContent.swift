/// What a certificate says, as far as storing and listing it takes: a walk over its DER (RFC 5280, section 4.1).
///
/// Whether anybody should trust it is not looked at.
public struct CertificateContent: Sendable, Hashable {
    /// An extension as it stands in the certificate.
    public struct Extension: Sendable, Hashable {
        /// The object identifier: the content of its DER.
        public let identifier: [UInt8]
        /// Whether who does not understand it must refuse the certificate.
        public let isCritical: Bool
        /// What the OCTET STRING holds.
        public let value: [UInt8]
    }

    /// The serial number, an INTEGER in DER.
    public let serialNumber: [UInt8]
    /// The issuer, a Name in DER.
    public let issuer: [UInt8]
    /// The subject, a Name in DER.
    public let subject: [UInt8]
    /// The first second it is good, since 1970.
    public let notBefore: Int64
    /// The last second it is good, since 1970.
    public let notAfter: Int64
    /// The public key, a SubjectPublicKeyInfo in DER.
    public let subjectPublicKeyInfo: [UInt8]
    /// The extensions, in their order.
    public let extensions: [Extension]
    /// How it is signed: an AlgorithmIdentifier in DER.
    public let signatureAlgorithm: [UInt8]

    /// - Parameter der: one certificate and nothing behind it.
    /// - Throws: NTE_BAD_DATA.
    public init(_ der: [UInt8]) throws(CSPError) {
        let parsed = der.withUnsafeBytes { bytes in
            Result { () throws(CSPError) in try Self(bytes) }
        }
        guard case .success(let content) = parsed else {
            throw CSPError(.badData, "this is no X.509 certificate in DER")
        }
        self = content
    }

    private init(_ bytes: UnsafeRawBufferPointer) throws(CSPError) {
        var outer = DERReader(bytes)
        var certificate = try outer.sequence()
        try outer.end()
        var signed = try certificate.sequence()
        signatureAlgorithm = Array(try certificate.encoded(DERReader.Tag.sequence))
        _ = try certificate.element(DERReader.Tag.bitString)
        try certificate.end()

        if signed.tag == 0xA0 { _ = try signed.element(0xA0) }
        serialNumber = Array(try signed.encoded(DERReader.Tag.integer))
        _ = try signed.sequence()
        issuer = Array(try signed.encoded(DERReader.Tag.sequence))
        var validity = try signed.sequence()
        notBefore = try Self.time(&validity)
        notAfter = try Self.time(&validity)
        subject = Array(try signed.encoded(DERReader.Tag.sequence))
        subjectPublicKeyInfo = Array(try signed.encoded(DERReader.Tag.sequence))
        for tag: UInt8 in [0x81, 0x82] where signed.tag == tag { _ = try signed.element(tag) }
        extensions = try Self.readExtensions(&signed)
        try signed.end()
    }

    private static func readExtensions(_ signed: inout DERReader) throws(CSPError) -> [Extension] {
        guard signed.tag == 0xA3 else { return [] }
        var tagged = DERReader(try signed.element(0xA3))
        var list = try tagged.sequence()
        var extensions: [Extension] = []
        while list.tag != nil { extensions.append(try readExtension(&list)) }
        return extensions
    }

    private static func readExtension(_ list: inout DERReader) throws(CSPError) -> Extension {
        var one = try list.sequence()
        let identifier = Array(try one.element(DERReader.Tag.objectIdentifier))
        var isCritical = false
        if one.tag == DERReader.Tag.boolean { isCritical = try one.element(DERReader.Tag.boolean).first == 0xFF }
        let value = Array(try one.element(DERReader.Tag.octetString))
        return Extension(identifier: identifier, isCritical: isCritical, value: value)
    }

    /// Whether basic constraints say that it is a CA's.
    public var isAuthority: Bool {
        guard let constraints = extensions.first(where: { $0.identifier == [0x55, 0x1D, 0x13] }) else { return false }
        return constraints.value.withUnsafeBytes { bytes in
            var reader = DERReader(bytes)
            guard var content = try? reader.sequence(), content.tag == DERReader.Tag.boolean else { return false }
            return (try? content.element(DERReader.Tag.boolean).first) == 0xFF
        }
    }

    /// The bits of the public key: what a key identifier is the hash of.
    var publicKeyBits: [UInt8] {
        subjectPublicKeyInfo.withUnsafeBytes { bytes in
            var reader = DERReader(bytes)
            guard var content = try? reader.sequence(), (try? content.sequence()) != nil,
                let bits = try? content.element(DERReader.Tag.bitString)
            else { return [] }
            return Array(bits.dropFirst())
        }
    }

    // MARK: - Times

    /// UTCTime, with the years 1950 to 2049 in two digits, or GeneralizedTime (RFC 5280, section 4.1.2.5).
    private static func time(_ reader: inout DERReader) throws(CSPError) -> Int64 {
        let isShort = reader.tag == 0x17
        let text = Array(try reader.element(isShort ? 0x17 : 0x18))
        let yearDigits = isShort ? 2 : 4
        guard text.count == yearDigits + 11, text.last == UInt8(ascii: "Z"),
            text.dropLast().allSatisfy({ (0x30...0x39).contains($0) })
        else { throw DERReader.malformed }
        func number(_ range: Range<Int>) -> Int64 { text[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) } }
        var year = number(0..<yearDigits)
        if isShort { year += year < 50 ? 2000 : 1900 }
        let parts = (0..<5).map { number(yearDigits + 2 * $0..<yearDigits + 2 * $0 + 2) }
        guard (1...12).contains(parts[0]), (1...31).contains(parts[1]), parts[2] < 24, parts[3] < 60, parts[4] < 61
        else {
            throw DERReader.malformed
        }
        return days(year, parts[0], parts[1]) * 86_400 + parts[2] * 3600 + parts[3] * 60 + parts[4]
    }

    /// Days from 1970-01-01 in the Gregorian calendar; the year begins in March, so that the leap day is its last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
