import Testing
import TokenCSP
import TokenCSPCertificates
import X509

@Suite("Names and usages from text")
struct NameTests {
    @Test(
        "a distinguished name is read as RFC 4514 has it",
        arguments: [
            ("CN=a,O=b", "CN=a,O=b"), (" CN = a b , O = b ", "CN=a b,O=b"), ("cn=a;o=b", "CN=a,O=b"),
            ("CN=a\\,b\\+c", "CN=a\\,b\\+c"), ("CN=\"a, b\",O=\"say \"\"x\"\"\"", "CN=a\\, b,O=say \\\"x\\\""),
            ("CN=L\\C4\\8Di\\C4\\87", "CN=Lčić"), ("CN=a+OU=b,C=DE", "CN=a+OU=b,C=DE"),
            ("2.5.4.3=a,OID.2.5.4.10=b", "CN=a,O=b"), ("1.2.3.4=x", "1.2.3.4=x"), ("CN=#0C0161", "CN=a"),
            ("CN=\\ a\\ ", "CN=\\ a\\ "), ("/C=DE/O=a, b/CN=c", "CN=c,O=a\\, b,C=DE"), ("", ""),
            ("E=a@b.c,DC=b,DC=c", "E=a@b.c,DC=b,DC=c"), ("CN=\\#a", "CN=\\#a"), ("S=x,G=y", "ST=x,GN=y"),
        ])
    func names(_ text: String, _ expected: String) throws {
        let name = try DistinguishedName(text: text)
        #expect(name.text == expected)
        #expect(try DistinguishedName(text: expected) == name)
    }

    @Test("the order can be the certificate's own")
    func order() throws {
        #expect(try DistinguishedName(text: "C=DE,CN=a", isForward: true) == DistinguishedName(text: "CN=a,C=DE"))
    }

    @Test(
        "a malformed one is refused, and the reason quotes it",
        arguments: [
            "example.com", "CN=", "CN", "=a", "CN=a,", "CN=a,,O=b", "XX=a", "CN=\"a", "CN=\"a\"b", "CN=a\\", "C=DEU",
            "C=D1E",
            "CN=#0C", "CN=#0", "CN=#", "CN=a\"b", "CN=\\FF", "2.5..4=a", "9.1=a", "1.40=a",
            "2.18446744073709551615=a", "CN=a\\00b", "CN=a\u{1}", "C=ü1", "DC=ü",
            "CN=\(String(repeating: "x", count: 65))",
            "+CN=a", "/CN", "CN=a+",
        ])
    func malformedNames(_ text: String) throws {
        let error = #expect(throws: CSPError.self) { try DistinguishedName(text: text) }
        #expect(error?.code == .invalidParameter)
    }

    @Test(
        "an alternative name is read, and told in the same form",
        arguments: [
            "dns:a.example.com", "dns:*.example.com", "dns:localhost", "dns:_srv._tcp.a", "ip:10.0.0.1", "ip:::1",
            "email:a.b+c@example.com", "uri:urn:uuid:f81d4fae", "upn:alice@example.com", "dn:CN=a,O=b", "rid:1.2.3",
        ])
    func alternativeNames(_ text: String) throws {
        #expect(try GeneralName(text: text).text == text)
        #expect(try GeneralName(text: text.replacing("dns:", with: "DNS:").replacing("ip:", with: "IP:")).text == text)
    }

    @Test(
        "a malformed alternative name is refused",
        arguments: [
            "", "a.example.com", "dns:", "dns:a..b", "dns:a b", "dns:*", "dns:a.*.b", "dns:-a", "dns:ü.example",
            "dns:a.",
            "ip:1.2.3", "ip:1.2.3.4/24", "ip:", "ip:g::1", "email:a", "email:@b", "email:a@", "email:a@b@c", "uri:a",
            "uri::",
            "uri:1a:b", "uri:a: b", "upn:", "dn:a", "rid:a", "other:x", "dns:\(String(repeating: "a", count: 64))",
        ])
    func malformedAlternativeNames(_ text: String) throws {
        let error = #expect(throws: CSPError.self) { try GeneralName(text: text) }
        #expect(error?.code == .invalidParameter)
    }

    @Test("usages go by their names, identifiers and Windows' bits")
    func usages() throws {
        #expect(try KeyUsage(windowsBits: 0xA0) == KeyUsage(digitalSignature: true, keyEncipherment: true))
        #expect(try KeyUsage(windowsBits: 0x8006) == KeyUsage(keyCertSign: true, cRLSign: true, decipherOnly: true))
        #expect(try KeyUsage(windowsBits: 0x01) == KeyUsage(encipherOnly: true))
        #expect(try KeyUsage(names: ["CONTENTCOMMITMENT", "crlsign"]).names == ["nonRepudiation", "cRLSign"])
        #expect(throws: CSPError(.invalidParameter, "")) { try KeyUsage(names: ["signing"]) }
        #expect(throws: CSPError(.invalidParameter, "")) { try KeyUsage(windowsBits: 0x100) }
        #expect(try ExtendedKeyUsage.Usage(name: "SERVERAUTH") == .serverAuth)
        #expect(try ExtendedKeyUsage.Usage(name: "1.3.6.1.5.5.7.3.1").name == "serverAuth")
        #expect(try ExtendedKeyUsage.Usage(name: "1.2.3").name == "1.2.3")
        #expect(throws: CSPError(.invalidParameter, "")) { try ExtendedKeyUsage.Usage(name: "server") }
        #expect(throws: CSPError(.invalidParameter, "")) { try ExtendedKeyUsage.Usage(name: "1") }
    }
}
