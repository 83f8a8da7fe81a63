import Foundation

/// INF files to begin from.
enum INFSample {
    /// 2026-01-01.
    static let now = Date(timeIntervalSince1970: 1_767_225_600)

    /// A request in which every section stands.
    static let full = """
        [Version]
        Signature = "$Windows NT$"
        [NewRequest]
        Subject = "CN=%host%, O=""Example, Inc"", C=DE" ; a comment
        KeySpec = AT_KEYEXCHANGE
        KeyLength = 3072
        KeyUsage = "CERT_DIGITAL_SIGNATURE_KEY_USAGE | CERT_KEY_ENCIPHERMENT_KEY_USAGE"
        Exportable = TRUE
        MachineKeySet = FALSE
        KeyContainer = "web"
        ProviderName = "Microsoft RSA SChannel Cryptographic Provider"
        ProviderType = 12
        HashAlgorithm = sha384
        SMIME = TRUE
        RequestType = PKCS10
        [EnhancedKeyUsageExtension]
        OID = 1.3.6.1.5.5.7.3.1
        OID = 1.3.6.1.5.5.7.3.2
        [Extensions]
        %san% = "{text}"
        _continue_ = "dns=%host%&"
        _continue_ = "ipaddress=192.0.2.1&upn=a@example.com&1.2.3.4={utf8}x"
        1.2.3.5 = {hex}05 \\
            00
        2.5.29.19 = "{text}ca=1&pathlength=0"
        Critical = 2.5.29.19, %san%
        [RequestAttributes]
        CertificateTemplate = WebServer
        [Strings]
        host = "www.example.com"
        san = 2.5.29.17
        """

    /// A self-signed certificate of an ECDSA key.
    static let certificate = """
        [NewRequest]
        Subject = "CN=self"
        RequestType = Cert
        KeyAlgorithm = ECDSA_P384
        NotBefore = "7/24/2026 10:31 AM"
        ValidityPeriod = Months
        ValidityPeriodUnits = 18
        UserProtected = TRUE
        X500NameFlags = "CERT_NAME_STR_SEMICOLON_FLAG"
        """

    /// Some part of so many.
    static func range(in count: Int, _ generator: inout Random) -> Range<Int> {
        let (a, b) = (generator.below(count + 1), generator.below(count + 1))
        return min(a, b)..<max(a, b)
    }
}

/// The same numbers each time (xorshift).
struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func below(_ limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(max(limit, 1)))
    }
}
