import PKCS11
import Testing

@testable import TokenCSP

@Suite("Private and public keys from files")
struct PrivateKeyInfoTests {
    /// Of each curve: a private key (of Ed25519 a seed) in its own bytes.
    private static let keys: [(EllipticCurve, Secret)] = EllipticCurve.allCases.map { curve in
        (curve, Secret((0..<curve.size).map { $0 == 0 ? 0 : UInt8($0 & 0x7F) + 1 }))
    }

    private func encoded(_ curve: EllipticCurve, _ value: Secret) throws -> [UInt8] {
        let key = try #require(EllipticCurvePublicKey(curve: curve, privateKey: value))
        return PrivateKeyInfo(.value(value, .ellipticCurve(key))).encoded().withUnsafeBytes { [UInt8]($0) }
    }

    private func read(_ der: [UInt8]) throws -> PrivateKeyInfo {
        try lending(der) { (bytes) throws(CSPError) in try PrivateKeyInfo(bytes) }
    }

    @Test("reads what it wrote, and computes the public half") func roundTrip() throws {
        for (curve, value) in Self.keys {
            let key = try #require(EllipticCurvePublicKey(curve: curve, privateKey: value))
            let info = try read(encoded(curve, value))
            #expect(info.publicKey == .ellipticCurve(key))
            #expect(info.algorithm(.keyExchange) == (curve == .ed25519 ? nil : .ecdh))
            #expect(try PublicKey(subjectPublicKeyInfo: info.publicKey.subjectPublicKeyInfo()) == info.publicKey)
            #expect(try PublicKey(encoded: Array(info.publicKey.pem().utf8)) == info.publicKey)
        }
    }

    @Test("refuses what is cut off, and survives what is changed") func damage() throws {
        for (curve, value) in Self.keys {
            let der = try encoded(curve, value)
            for count in 0..<der.count { #expect(throws: CSPError.self) { try read(Array(der[..<count])) } }
            for index in der.indices {
                var changed = der
                changed[index] ^= 0x81
                // Another number is another key; whatever else is no key.
                _ = try? read(changed)
            }
            let publicKey = try read(der).publicKey.subjectPublicKeyInfo()
            for count in 0..<publicKey.count {
                #expect(throws: CSPError.self) { try PublicKey(subjectPublicKeyInfo: Array(publicKey[..<count])) }
            }
        }
    }

    @Test("refuses a point that is not on the curve, and a number beyond the group's order") func notOnCurve() throws {
        let (curve, value) = Self.keys[0]
        let key = try #require(EllipticCurvePublicKey(curve: curve, privateKey: value))
        var info = PublicKey.ellipticCurve(key).subjectPublicKeyInfo()
        info[info.count - 1] ^= 1
        #expect(throws: CSPError.self) { try PublicKey(subjectPublicKeyInfo: info) }
        #expect(EllipticCurvePublicKey(curve: .p256, privateKey: Secret([UInt8](repeating: 0xFF, count: 32))) == nil)
        #expect(EllipticCurvePublicKey(curve: .p256, privateKey: Secret([UInt8](repeating: 0, count: 32))) == nil)
    }

    @Test("takes a blob as plain by its exact magic alone, not by letters in a ciphertext") func plainBlobs() throws {
        func isPlain(_ algorithm: AlgorithmID, _ magic: [UInt8], version: UInt8 = 2) -> Bool {
            let blob = KeyBlob.header(7, algorithm, version: version) + magic + [UInt8](repeating: 0x41, count: 100)
            return blob.withUnsafeBytes { PrivateKeyInfo.isPlainBlob($0) }
        }
        let known: [(AlgorithmID, String, UInt8)] = [
            (.rsaSign, "RSA2", 2), (.rsaKeyExchange, "RSA2", 2), (.dssSign, "DSS2", 2), (.dssSign, "DSS4", 3),
            (.dhSF, "\0DH2", 2), (.dhSF, "\0DH4", 3), (.ecdsa, "ECS2", 2), (.ecdsa, "ECS6", 2), (.ecdh, "ECK4", 2),
            (.ed25519, "EDS2", 2),
        ]
        for (algorithm, magic, version) in known {
            #expect(isPlain(algorithm, Array(magic.utf8), version: version), "\(algorithm) \(magic)")
            for index in 0..<4 {
                var other = Array(magic.utf8)
                other[index] ^= 1
                #expect(!isPlain(algorithm, other, version: version), "\(algorithm) \(other)")
            }
            for printable in ["RD0x", "Ra d", "\0abc", "EQRS", "DH2\0"] {
                #expect(!isPlain(algorithm, Array(printable.utf8), version: version))
            }
        }
        for (curve, value) in Self.keys {
            let key = try #require(EllipticCurvePublicKey(curve: curve, privateKey: value))
            for algorithm in curve == .ed25519 ? [AlgorithmID.ed25519] : [.ecdsa, .ecdh] {
                let blob = try key.privateKeyBlob(algorithm, value)
                #expect(blob.withUnsafeBytes { PrivateKeyInfo.isPlainBlob($0) })
            }
        }
        for count in 0..<12 {
            #expect(![UInt8](repeating: 7, count: count).withUnsafeBytes { PrivateKeyInfo.isPlainBlob($0) })
        }
    }

    @Test("finds PEM blocks among anything, and none in what is cut off") func pem() {
        let text = "before: it\r\n" + PEM.encode([1, 2, 3], "A") + "between\n" + PEM.encode([4], "B C")
        let blocks = PEM.blocks(in: Array(text.utf8))
        #expect(blocks.map(\.label) == ["A", "B C"])
        #expect(blocks.map(\.bytes) == [[1, 2, 3], [4]])
        #expect(PEM.blocks(in: Array(text.replacing("END A", with: "END X").utf8)).map(\.label) == ["B C"])
        #expect(PEM.blocks(in: Array("-----BEGIN A-----\nAQI*\n-----END A-----\n".utf8)).isEmpty)
        #expect(PEM.blocks(in: Array("-----BEGIN A-----\nAQID\n".utf8)).isEmpty)
        let old = "-----BEGIN K-----\nProc-Type: 4,ENCRYPTED\n\nAQID\n-----END K-----\n"
        #expect(PEM.blocks(in: Array(old.utf8)).map(\.hasHeaders) == [true])
    }

    /// RFC 7914, section 11.
    @Test("PBKDF2 with HMAC-SHA-256 as in RFC 7914") func passwordKey() {
        let key = PasswordKey.derive(PIN("passwd"), salt: Array("salt".utf8), iterations: 1, count: 64)
        let expected = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        #expect(
            key.withUnsafeBytes { $0.prefix(32).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) } }
                .joined() == expected)
    }

    @Test("a pair whose halves ask for different things is one, and asks for the more") func mixedProtection() {
        let identifier = KeyIdentifier(.signature)
        let raised = identifier.protected(.pin)
        #expect(KeyIdentifier(raised)?.protection == .pin)
        #expect(KeyIdentifier(raised)?.spec == .signature)
        #expect(KeyIdentifier.identity(raised) == identifier.bytes)
        #expect(KeyIdentifier.identity([1, 2]) == [1, 2])
    }
}
